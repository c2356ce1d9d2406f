"""A list twice as long takes twice the work: questions to the database and calls are counted, nothing is timed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest
from sqlalchemy import Engine, event

from publisher.channel import Json
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Quiet
from publisher.delivery.quiet import QuietHours
from publisher.delivery.stages import PlannedStage, PlannedState, Walk
from publisher.release.policy import Planned
from publisher.release.states import ReleaseState
from publisher.schedule import agenda
from publisher.schedule.coming import coming, meeting
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEW = 20


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    made = bench(store, tmp_path)
    hours = QuietHours.of("22:00-07:00", "Asia/Singapore")
    return replace(made, outlet=replace(made.outlet, quiet=lambda name: hours))


async def three_lines(tx: SqlTransaction, number: int) -> None:
    """A listing on the clock with its opening, and the end of works in progress that tells of the same asset."""
    begin = NOON + (number + 1) * DAY
    trading = Planned("trading_open", begin + HOUR, "start", None, None)
    policy = replace(POLICY, kind="listing", stages=(trading,), starts_at=begin + HOUR, quiet=Quiet.WAIT)
    facts: dict[str, Json] = {"product": "spot", "name": "Bitcoin", "ticker": "BTC", "pairs": ["BTC/USDT"]}
    listing = Plan(("posts", "site"), announcement=f"listing-{number}", publish_at=begin, policy=policy, facts=facts)
    await scheduled(tx, replace(listing, stages=("announce", "trading_open")))

    end = begin + 2 * HOUR
    stages = (Planned("start", begin, "start", None, None), Planned("complete", end, "end", None, None))
    policy = replace(POLICY, kind="maintenance", stages=stages, starts_at=begin, ends_at=end)
    facts = {"network": "Bitcoin", "assets": ["BTC"], "services": {"deposits": "suspended"}}
    times = {"starts_at": begin.isoformat(), "ends_at": end.isoformat()}
    works = Plan(("posts",), announcement=f"works-{number}", publish_at=NOON, policy=policy, facts={**facts, **times})
    release_id = await scheduled(tx, replace(works, stages=("announce", "complete")))
    await tx.set_release_state(release_id, ReleaseState.SCHEDULED, ReleaseState.PUBLISHED)
    await tx.plan_stage(PlannedStage(0, works.announcement, release_id, "complete", end, PlannedState.DUE, ""))
    await tx.save_walk(Walk(release_id, "start", NOON, "publisher", "", None, begin, end))


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Statements, and the calls of our own functions and generators."""
    found = {"statements": 0, "calls": 0}

    def statement(*_: object) -> None:
        found["statements"] += 1

    def call(frame: FrameType, happened: str, argument: object) -> None:
        found["calls"] += happened == "call" and "/publisher/" in frame.f_code.co_filename

    event.listen(Engine, "before_cursor_execute", statement)
    before = sys.getprofile()
    sys.setprofile(call)
    try:
        yield found
    finally:
        sys.setprofile(before)
        event.remove(Engine, "before_cursor_execute", statement)


async def growth(desk: Bench, work: Callable[[SqlTransaction], Awaitable[Sequence[object]]]) -> tuple[int, float]:
    """How many statements more it takes with twice as much to come, and how many times the calls."""
    seen = list[dict[str, int]]()
    for first in (0, FEW):
        async with desk.store.begin() as tx:
            for number in range(first, first + FEW):
                await three_lines(tx, number)
        async with desk.store.read() as tx:
            await work(tx)  # compiles the statements
            with counted() as found:
                assert await work(tx)
        seen.append(found)
    few, many = seen
    return many["statements"] - few["statements"], many["calls"] / few["calls"]


async def test_the_list(desk: Bench) -> None:
    async def whole(tx: SqlTransaction) -> Sequence[object]:
        found = await coming(tx, KINDS, desk.outlet, NOON, NOON + 365 * DAY)
        works = await tx.planned_stages()
        assert len(found) == 3 * len(works)
        assert all(each.conflicts for each in found)
        return found

    more, times = await growth(desk, whole)

    assert more == 0
    assert times < 2.2


async def test_what_one_announcement_is_held_against(desk: Bench) -> None:
    async def one(tx: SqlTransaction) -> Sequence[object]:
        return await meeting(tx, KINDS, desk.outlet, await tx.release(1))

    more, times = await growth(desk, one)

    assert more == 0
    assert times < 2.2


async def test_what_check_reads(desk: Bench) -> None:
    async def all_events(tx: SqlTransaction) -> Sequence[object]:
        return (await agenda.read(tx, KINDS)).events

    more, times = await growth(desk, all_events)

    assert more == 0
    assert times < 2.2
