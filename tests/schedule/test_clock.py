"""The ticker goes on whatever happens; the workspace's time moves for all who read it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from publisher.schedule.clock import tick
from publisher.schedule.now import OffsetClock
from publisher.store.transaction import Store

DAY = timedelta(days=1)


async def test_a_tick_that_fails_is_followed_by_the_next() -> None:
    stop, calls = asyncio.Event(), 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            stop.set()
        raise ConnectionError("the database is away")

    await asyncio.wait_for(tick(work, stop, seconds=0.05), 30)

    assert calls == 3


async def test_ticks_never_overlap_and_the_last_one_finishes() -> None:
    stop, running, most, finished = asyncio.Event(), 0, 0, 0

    async def work() -> None:
        nonlocal running, most, finished
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.12)
        running -= 1
        finished += 1
        if finished == 2:
            stop.set()

    await asyncio.wait_for(tick(work, stop, seconds=0.05), 30)

    assert (most, running) == (1, 0)


async def test_all_clocks_of_a_workspace_move_together(store: Store) -> None:
    mine, other = OffsetClock(store.read), OffsetClock(store.read)
    async with store.begin() as tx:
        await mine.move(tx, DAY)
        await mine.move(tx, DAY)
    before = other.now()

    await other.refresh()

    assert other.now() - before >= 2 * DAY
    assert abs(mine.now() - other.now()) < timedelta(minutes=1)


async def test_nobody_moved_the_clock(store: Store) -> None:
    clock = OffsetClock(store.read)

    await clock.refresh()

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_sleeper_wakes_when_time_is_moved(store: Store) -> None:
    clock = OffsetClock(store.read)
    sleeping = asyncio.create_task(clock.sleep(DAY.total_seconds()))
    await asyncio.sleep(0)

    async with store.begin() as tx:
        await clock.move(tx, DAY)

    await asyncio.wait_for(sleeping, 30)
