"""The ticker: calls the clock's work once a second. What is due stands in the tables, never in the ticker.

The only module that imports APScheduler. Its defaults would lose ticks: a job that is a second late is dropped, and
one that was added to a store is removed before it has run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from publisher.delivery.failure import place

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds."""


async def tick(work: Callable[[], Awaitable[object]], stop: asyncio.Event, *, seconds: float = TICK) -> None:
    """Calls `work` every `seconds` until `stop` is set, then lets a running call finish.

    Calls never overlap; one that fails is logged and the next is made as if nothing had happened.
    """
    running = asyncio.Lock()

    async def once() -> None:
        async with running:
            if stop.is_set():
                return
            try:
                await work()
            except Exception as error:
                log.error("a tick failed", action="tick_failed", error=place(error))

    scheduler = AsyncIOScheduler(jobstores={"default": MemoryJobStore()}, timezone="UTC")
    scheduler.add_job(once, "interval", seconds=seconds, misfire_grace_time=None, coalesce=True, max_instances=1)
    scheduler.start()
    try:
        await once()
        await stop.wait()
    finally:
        # Its shutdown cancels a call that runs, in the middle of a transaction: no call may be left by then.
        scheduler.remove_all_jobs()
        await asyncio.sleep(0)
        async with running:
            scheduler.shutdown(wait=False)
