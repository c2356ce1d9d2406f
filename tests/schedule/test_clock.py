"""The ticker goes on whatever happens; the workspace's time moves for all who read it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from publisher.delivery.stages import PlannedState
from publisher.release.states import ReleaseState
from publisher.schedule.clock import JumpWatch, tick, to_next_hour
from publisher.schedule.every import Every
from publisher.schedule.now import OffsetClock
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, Plan, bench, scheduled
from tests.delivery.test_life import PLAN as WORKS

DAY = timedelta(days=1)


async def test_a_tick_that_fails_is_followed_by_the_next() -> None:
    stop, calls = asyncio.Event(), 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            stop.set()
        raise ConnectionError("the database is away")

    await asyncio.wait_for(tick({"work": work}, stop, seconds=0.05), 30)

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

    await asyncio.wait_for(tick({"work": work}, stop, seconds=0.05), 30)

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


async def test_a_step_that_fails_keeps_no_other_from_its_turn() -> None:
    stop, done = asyncio.Event(), list[str]()

    async def fails() -> None:
        raise LookupError("a release that cannot be read")

    async def works() -> None:
        done.append("worked")
        stop.set()

    await asyncio.wait_for(tick({"fails": fails, "works": works}, stop, seconds=0.05), 30)

    assert done == ["worked"]


async def test_the_next_hour_ends_the_wait_and_a_database_that_is_away_does_not_end_the_clock() -> None:
    stop, rounds = asyncio.Event(), list[float]()
    waits = iter([0.05, ConnectionError("the database is away"), None])

    async def until_next(took: float) -> float | None:
        found = next(waits)
        if isinstance(found, Exception):
            raise found
        return found

    async def work() -> None:
        rounds.append(asyncio.get_running_loop().time())
        if len(rounds) == 3:
            stop.set()

    await asyncio.wait_for(tick({"work": work}, stop, seconds=0.5, until_next=until_next), 30)

    assert rounds[1] - rounds[0] < 0.4
    assert rounds[2] - rounds[1] > 0.4


async def test_the_next_hour_is_that_of_a_release_or_of_a_stage(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path)
    async with store.read() as tx:
        nothing = await tx.next_hour(NOON)
    async with store.begin() as tx:
        await scheduled(tx, Plan(publish_at=NOON + timedelta(hours=3)))
    await desk.published(WORKS)
    async with store.read() as tx:
        hours = [await tx.next_hour(NOON + timedelta(minutes=at)) for at in (0, 60, 120, 180)]

    assert nothing is None
    assert [(hour - NOON) / timedelta(hours=1) if hour else None for hour in hours] == [1, 2, 3, 4]


async def test_what_is_held_or_skipped_is_no_next_hour(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path)
    async with store.begin() as tx:
        held = await scheduled(tx, Plan(publish_at=NOON + timedelta(hours=3)))
        await tx.set_release_state(held, ReleaseState.SCHEDULED, ReleaseState.HELD)
    works = await desk.published(WORKS)
    async with store.begin() as tx:
        for row in await tx.planned_stages((await tx.release(works)).announcement_id):
            await tx.change_stage(row, PlannedState.HELD, at=NOON, reason="it may move")

    async with store.read() as tx:
        assert await tx.next_hour(NOON) is None


async def test_what_became_due_while_the_clock_was_busy_waits_for_no_second_round(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path)
    async with store.begin() as tx:
        await scheduled(tx, Plan(publish_at=NOON + timedelta(seconds=1)))
    desk.clock.advance(1.2)

    left = [await to_next_hour(store.read, desk.clock, took) for took in (0.1, 0.3)]

    assert left == [None, -0.2]


def test_a_jump_is_told_once_with_its_length() -> None:
    wall, monotonic = [1000.0], [10.0]
    watch = JumpWatch(lambda: wall[0], lambda: monotonic[0])

    def passed(real: float, shown: float) -> float:
        monotonic[0] += real
        wall[0] += shown
        return watch.look()

    with capture_logs() as told:
        jumps = [passed(1, 1), passed(1, 1 - 3600), passed(1, 1), passed(1, 1 + 7200), passed(60, 61)]

    assert jumps == [0, -3600, 0, 7200, 0]
    assert [(each["action"], each["seconds"], each["log_level"]) for each in told] == [
        ("clock_jumped", -3600, "critical"),
        ("clock_jumped", 7200, "critical"),
    ]


def test_what_is_looked_at_every_minute_is_so_after_the_time_was_set_back() -> None:
    every, noon = Every(timedelta(minutes=1)), datetime(2026, 12, 1, 12, tzinfo=UTC)

    looks = [every.is_due(noon + timedelta(seconds=at)) for at in (0, 59, 60, 90, -3600, -3541, -3540)]

    assert looks == [True, False, True, False, True, False, True]
