"""Keeps a lease alive while something slow is under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from publisher.delivery.failure import place

log = structlog.get_logger(__name__)


@asynccontextmanager
async def kept(renew: Callable[[], Awaitable[bool]], lease: timedelta, row: int) -> AsyncIterator[None]:
    """Calls `renew` at every third of `lease` for the length of the block, until it says that the lease is lost.

    `row` is named in the log when the store cannot be reached.
    """
    done = asyncio.Event()
    renewing = asyncio.create_task(_renew(renew, lease.total_seconds() / 3, row, done))
    try:
        yield
    finally:
        # Told rather than cancelled: a cancelled query would take its database connection with it.
        done.set()
        await renewing


async def _renew(renew: Callable[[], Awaitable[bool]], every: float, row: int, done: asyncio.Event) -> None:
    while not await _within(done, every):
        try:
            if not await renew():
                return
        except Exception as error:
            log.warning("a lease was not renewed", action="lease_not_renewed", id=row, error=place(error))


async def _within(done: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(done.wait(), seconds)
    except TimeoutError:
        return False
    return True
