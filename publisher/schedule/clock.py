"""The ticker: calls the clock's steps once a second. What is due stands in the tables, never in the ticker.

It waits on the monotonic clock. What reads the wall clock stands still for as long as that is set back: with
APScheduler 3.11 nothing was published for an hour after the machine's time was corrected by one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from publisher.delivery.failure import place
from publisher.transaction import Begin, Transaction
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds."""
JUMP = 5.0
"""Seconds by which the wall clock may differ from the time that has passed; more is told."""


class Hours(Transaction, Protocol):
    """What the store tells of what is to come."""

    async def next_hour(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which anything is due."""


async def _nothing(seconds: float) -> float | None:
    return None


async def tick(
    steps: Mapping[str, Callable[[], Awaitable[object]]],
    stop: asyncio.Event,
    *,
    seconds: float = TICK,
    until_next: Callable[[float], Awaitable[float | None]] = _nothing,
) -> None:
    """Calls the steps in their order every `seconds` until `stop` is set, then lets a running one finish.

    One that fails is logged, and keeps no other from its turn. After a round that takes longer the next comes at once.
    `until_next`, given the seconds that the round took: those to the next hour that something is due at, so that it
    need not wait for the round after it.
    """
    jumps = JumpWatch()
    while not stop.is_set():
        begun = time.monotonic()
        jumps.look()
        for name, step in steps.items():
            if not stop.is_set():
                await _do(name, step)
        took = time.monotonic() - begun
        left = min(seconds - took, await _left(until_next, seconds, took))
        try:
            await asyncio.wait_for(stop.wait(), max(left, 0.0))
        except TimeoutError:
            continue


async def to_next_hour(read: Begin[Hours], clock: Clock, took: float) -> float | None:
    """Seconds to the next hour that anything is due at; None when nothing is.

    Zero for what became due during the round that just `took` so long: it may have looked before.
    """
    async with read() as tx:
        now = clock.now()
        moment = await tx.next_hour(now - timedelta(seconds=took))
    return (moment - now).total_seconds() if moment else None


async def _left(until_next: Callable[[float], Awaitable[float | None]], seconds: float, took: float) -> float:
    try:
        found = await until_next(took)
    except Exception as error:
        log.error("a step of the clock failed", action="tick_failed", step="next", error=place(error))
        return seconds
    return seconds if found is None else found


async def _do(name: str, step: Callable[[], Awaitable[object]]) -> None:
    try:
        await step()
    except Exception as error:
        log.error("a step of the clock failed", action="tick_failed", step=name, error=place(error))


class JumpWatch:
    """Tells when the machine's time was set, or the machine slept: what was due waits, or is late."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._apart = wall() - monotonic()

    def look(self) -> float:
        """Seconds by which the time jumped since the last look, forward or (negative) back; 0 for none."""
        apart = self._wall() - self._monotonic()
        jump, self._apart = apart - self._apart, apart
        if abs(jump) < JUMP:
            return 0.0
        if jump > 0:
            log.critical("the time jumped forward: what was due meanwhile is late, and told as its kind decides",
                         action="clock_jumped", seconds=round(jump))  # fmt: skip
        else:
            log.critical("the time was set back: what is planned comes at its hour, that much later than it would have",
                         action="clock_jumped", seconds=round(jump))  # fmt: skip
        return jump
