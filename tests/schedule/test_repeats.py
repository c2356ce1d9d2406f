"""What an author lets come again: each time once, and never one that is long past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.content.kinds.kind import REPEAT
from publisher.release.policy import LATE, Planned
from publisher.schedule.stages import run_stages
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench

WEEKS = tuple(NOON + timedelta(days=7 * week) for week in (1, 2, 3))
PLAN = Plan(
    ("site", "posts"),
    stages=("announce", REPEAT),
    policy=replace(POLICY, stages=tuple(Planned(REPEAT, week, "nothing", ("posts",), LATE) for week in WEEKS)),
    announcement="reserves",
)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def at(desk: Bench, moment: datetime) -> None:
    """Two clocks strike, and everything that follows is sent."""
    desk.clock.moment = moment
    await asyncio.gather(*(run_stages(desk.store.begin, desk.clock, desk.outlet) for _ in range(2)))
    await desk.work()


async def states(desk: Bench) -> Sequence[str]:
    async with desk.store.read() as tx:
        return [each.state.value for each in await tx.planned_stages("reserves")]


def said(desk: Bench) -> list[str]:
    return [line["key"].split("/")[1] for line in desk.network.accepted() if line["to"] == "posts"]


async def test_each_time_it_is_posted_once_however_many_clocks_there_are(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()

    for week in WEEKS:
        await at(desk, week - timedelta(seconds=1))
        await at(desk, week)
        await at(desk, week + timedelta(minutes=1))

    assert said(desk) == ["announce", REPEAT, REPEAT, REPEAT]
    assert await states(desk) == ["walked"] * 3


async def test_what_is_long_past_is_left_out_and_the_next_one_comes(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()

    await at(desk, WEEKS[0] + LATE + timedelta(minutes=1))
    await at(desk, WEEKS[1])

    assert said(desk) == ["announce", REPEAT]
    assert await states(desk) == ["skipped", "walked", "due"]


async def test_of_several_that_were_missed_one_comes(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()

    await at(desk, WEEKS[1] + timedelta(hours=1))

    assert said(desk) == ["announce", REPEAT]
    assert await states(desk) == ["skipped", "walked", "due"]
