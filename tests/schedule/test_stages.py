"""Stages that the clock walks: once each, never one that is untrue by then, and never silently left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.channel import Unconfirmed
from publisher.delivery.states import DeliveryState as D
from publisher.release.policy import Planned
from publisher.release.scope import Form
from publisher.schedule.stages import run_stages
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench

START, END = NOON + timedelta(hours=26), NOON + timedelta(hours=28)
STAGES = (
    Planned("reminder", START - timedelta(hours=24), "start", ("posts",), timedelta(minutes=30)),
    Planned("start", START, "start", None, None),
    Planned("complete", END, "end", ("site",), None),
)
NAMES = tuple(planned.stage for planned in STAGES)
PLAN = Plan(
    ("site", "posts"),
    stages=("announce", *NAMES),
    policy=replace(POLICY, stages=STAGES, starts_at=START, ends_at=END),
    announcement="works",
)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def at(desk: Bench, moment: datetime, *, clocks: int = 1) -> None:
    """The clock strikes, and everything that follows is sent."""
    desk.clock.moment = moment
    await asyncio.gather(*(run_stages(desk.store.begin, desk.clock, desk.outlet) for _ in range(clocks)))
    await desk.work()


async def plan(desk: Bench) -> Sequence[tuple[str, str]]:
    async with desk.store.read() as tx:
        return [(each.stage, each.state.value) for each in await tx.planned_stages("works")]


def said(desk: Bench, destination: str = "posts") -> list[str]:
    """The stages that reached a place."""
    return [line["key"].split("/")[1] for line in desk.network.accepted() if line["to"] == destination]


async def test_each_stage_is_walked_once_however_many_clocks_there_are(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()

    for planned in STAGES:
        assert planned.at is not None
        await at(desk, planned.at - timedelta(seconds=1))
        await at(desk, planned.at, clocks=3)
        await at(desk, planned.at + timedelta(seconds=1))

    assert said(desk) == ["announce", "reminder", "start"]
    assert said(desk, "site") == ["announce", "start", "complete"]
    assert await plan(desk) == [(name, "walked") for name in NAMES]
    async with desk.store.read() as tx:
        history = [(line.after, line.reason) for line in await tx.history("stage", [release])]
    assert history[0] == ("walked", "reminder of 2026-12-01 14:00 UTC: its time has come")


async def test_what_is_published_beside_the_announcement_is_not_what_a_correction_is_about(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    async with desk.store.read() as tx:
        first = await tx.published_receipts("works", "posts", "en-US")

    await at(desk, START - timedelta(hours=24))

    async with desk.store.read() as tx:
        reminder = next(each for each in await tx.deliveries(release) if each.stage == "reminder")
        assert await tx.receipts(reminder.id)
        assert await tx.published_receipts("works", "posts", "en-US") == first


async def test_of_several_missed_stages_only_the_one_that_is_true_is_walked(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()

    await at(desk, START + timedelta(minutes=20))

    assert said(desk) == ["announce", "start"]
    assert await plan(desk) == [("reminder", "skipped"), ("start", "walked"), ("complete", "due")]
    async with desk.store.read() as tx:
        reasons = [each.reason for each in await tx.planned_stages("works")]
    assert reasons[:2] == ["24 h 20 min late, and start is true by now", "20 min late; said all the same"]


@pytest.mark.parametrize(("late", "after"), [(30, "walked"), (31, "skipped")])
async def test_a_reminder_is_said_only_for_as_long_as_it_holds(desk: Bench, late: int, after: str) -> None:
    await desk.published(PLAN)
    await desk.work()

    await at(desk, START - timedelta(hours=24) + timedelta(minutes=late))

    assert (await plan(desk))[0] == ("reminder", after)


async def test_a_clock_that_is_set_back_walks_nothing_again(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()
    await at(desk, START)

    await at(desk, START - timedelta(hours=1))
    await at(desk, START + timedelta(seconds=1))

    assert said(desk) == ["announce", "start"]


async def test_a_revision_plans_its_own_stages_in_the_place_of_the_earlier_ones(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()
    later = tuple(replace(each, at=each.at and each.at + timedelta(days=1)) for each in STAGES[1:])
    policy = replace(PLAN.policy, form=Form.REVISION, stages=(STAGES[0], *later))
    await at(desk, START - timedelta(hours=24))
    await desk.published(replace(PLAN, operation="amend", policy=policy))
    await desk.work()

    await at(desk, START)
    await at(desk, START + timedelta(days=1))

    assert said(desk) == ["announce", "reminder", "announce", "start"]
    assert await plan(desk) == [
        ("reminder", "walked"),
        ("start", "withdrawn"),
        ("complete", "withdrawn"),
        ("start", "walked"),
        ("complete", "due"),
    ]


async def test_what_had_passed_at_the_publication_is_skipped_at_once(desk: Bench) -> None:
    desk.clock.moment = START - timedelta(hours=2)
    await desk.published(replace(PLAN, publish_at=desk.clock.moment))

    assert await plan(desk) == [("reminder", "skipped"), ("start", "due"), ("complete", "due")]


async def test_a_busy_place_is_told_as_soon_as_it_is_free_and_no_other_place_twice(desk: Bench) -> None:
    desk.network.script["posts"] = [Unconfirmed("read time-out")]
    release = await desk.published(PLAN)
    await desk.work()

    await at(desk, START)
    busy = await plan(desk)
    async with desk.store.begin() as tx:
        [doubtful] = [each for each in await tx.deliveries(release) if each.destination == "posts"]
        await tx.set_delivery_state(doubtful, D.REJECTED, run_at=NOON, reason="not there", at=NOON)
    await at(desk, START + timedelta(seconds=11))

    assert (busy[1], (await plan(desk))[1]) == (("start", "due"), ("start", "walked"))
    assert said(desk, "site") == ["announce", "start"]
    assert said(desk) == ["start"]
