"""A newer table of time zones: what was planned by the older one keeps its wall clock, or waits for its author."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from publisher.release.states import ReleaseState as S
from publisher.release.walls import TABLE, walls_of
from publisher.schedule.stages import run_stages
from publisher.schedule.zones import ZoneWatch
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, Bench, Plan, bench, scheduled
from tests.delivery.test_life import PLAN as WORKS
from tests.release.builders import revision

HOUR = timedelta(hours=1)
BERLIN = Plan(
    ("posts",),
    publish_at=datetime(2026, 12, 7, 8, tzinfo=UTC),
    local_time="2026-12-07T10:00:00",
    time_zone="Europe/Berlin",
)
"""As an older table had it, in which Berlin kept its summer time: by the one that is installed it is 09:00 UTC."""


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def after(desk: Bench, plan: Plan) -> tuple[S, datetime, datetime, list[str]]:
    """State, instant, end of the window and history of a release that was scheduled by the older table."""
    async with desk.store.begin() as tx:
        release_id = await scheduled(tx, plan)
    await ZoneWatch(desk.store.begin, desk.clock).look()
    async with desk.store.read() as tx:
        release = await tx.release(release_id)
        history = [line.reason for line in await tx.history("release", [release_id])]
    return release.state, release.publish_at, release.deadline, history


async def test_a_publication_keeps_its_wall_clock_and_its_window_moves_along(desk: Bench) -> None:
    with capture_logs() as told:
        state, publish_at, deadline, [said] = await after(desk, BERLIN)

    assert (state, publish_at) == (S.SCHEDULED, BERLIN.publish_at + HOUR)
    assert deadline == BERLIN.publish_at + HOUR + BERLIN.window
    assert said == (
        f"the rules of Europe/Berlin changed (old to {TABLE}): publish_at 2026-12-07 10:00 is 2026-12-07 09:00 UTC, "
        "and was 2026-12-07 08:00 UTC"
    )
    assert [(each["action"], each["log_level"]) for each in told] == [("zone_rules_changed", "critical")]


async def test_what_has_passed_is_left_as_it_was(desk: Bench) -> None:
    desk.clock.moment = BERLIN.publish_at + timedelta(minutes=1)

    state, publish_at, _, history = await after(desk, BERLIN)

    assert (state, publish_at, history) == (S.SCHEDULED, BERLIN.publish_at, [])


async def test_it_is_told_once(desk: Bench) -> None:
    await after(desk, BERLIN)
    watch = ZoneWatch(desk.store.begin, desk.clock)

    assert (await watch.look(), await watch.look()) == (0, 0)


async def test_many_are_worked_out_a_few_at_a_time_the_soonest_first(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        plans = [replace(BERLIN, publish_at=BERLIN.publish_at + timedelta(days=5 - day)) for day in range(5)]
        last_to_come, *_ = [await scheduled(tx, plan) for plan in plans]
    watch = ZoneWatch(desk.store.begin, desk.clock, at_once=2)

    found, told = [], []
    for _ in range(3):
        found.append(await watch.look())
        async with desk.store.read() as tx:
            told.append(len(await tx.history("release", [last_to_come])))

    assert (found, told) == ([2, 2, 1], [0, 0, 1])


async def test_one_that_cannot_be_read_is_told_and_keeps_the_others_from_nothing(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        await scheduled(tx, replace(BERLIN, walls='{"table": "old"}'))

    with capture_logs() as told:
        _, publish_at, _, _ = await after(desk, BERLIN)

    assert publish_at == BERLIN.publish_at + HOUR
    assert [each["action"] for each in told] == ["zone_rules_unread", "zone_rules_changed"]


async def test_what_the_installed_table_worked_out_is_not_looked_at_again(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        await scheduled(tx, replace(BERLIN, publish_at=BERLIN.publish_at + HOUR))
        asked = [len(await tx.resolved_otherwise(TABLE))]
    await ZoneWatch(desk.store.begin, desk.clock).look()

    async with desk.store.begin() as tx:
        asked.append(len(await tx.resolved_otherwise(TABLE)))

    assert asked == [1, 0]


async def test_what_the_new_table_leaves_alone_is_left_alone(desk: Bench) -> None:
    right = replace(BERLIN, publish_at=BERLIN.publish_at + HOUR + timedelta(microseconds=7))

    assert await after(desk, right) == (S.SCHEDULED, right.publish_at, right.publish_at + right.window, [])


@pytest.mark.parametrize(("fold", "hour"), [(0, 0), (1, 1)])
async def test_the_same_one_of_two_hours_is_meant(desk: Bench, fold: int, hour: int) -> None:
    when = datetime(2027, 10, 31, 3, tzinfo=UTC)
    twice = replace(BERLIN, publish_at=when, local_time="2027-10-31T02:30:00", fold=fold)

    _, publish_at, _, _ = await after(desk, twice)

    assert publish_at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)


async def test_an_hour_that_the_clocks_jump_over_now_waits_for_a_person(desk: Bench) -> None:
    gap = replace(BERLIN, publish_at=datetime(2027, 3, 28, 1, 30, tzinfo=UTC), local_time="2027-03-28T02:30:00")

    state, publish_at, _, history = await after(desk, gap)

    assert (state, publish_at) == (S.HELD, gap.publish_at)
    assert "publish_at 2027-03-28 02:30 does not exist" in history[-1]


async def test_a_fact_whose_instant_moved_holds_the_release(desk: Bench) -> None:
    fact = ["2026-12-09T18:00:00", 0, "2026-12-09T16:00:00+00:00"]
    right = replace(
        BERLIN,
        publish_at=BERLIN.publish_at + HOUR,
        walls=json.dumps({"table": "old", "times": {"trading_at": fact}}),
    )

    state, publish_at, _, history = await after(desk, right)

    assert (state, publish_at) == (S.HELD, right.publish_at)
    assert "trading_at 2026-12-09 18:00 is 2026-12-09 17:00 UTC, and was 2026-12-09 16:00 UTC" in history[-1]
    assert "Correct what its words should name" in history[-1]


async def test_of_what_is_public_it_is_told_and_nothing_is_changed(desk: Bench) -> None:
    fact = ["2026-12-01T15:00:00", 0, "2026-12-01T13:00:00+00:00"]
    plan = replace(WORKS, time_zone="Europe/Berlin", walls=json.dumps({"table": "old", "times": {"starts_at": fact}}))
    release = await desk.published(plan)
    await desk.work()
    desk.clock.moment = NOON + timedelta(minutes=10)
    async with desk.store.read() as tx:
        before = await tx.planned_stages()

    found = await ZoneWatch(desk.store.begin, desk.clock).look()
    await run_stages(desk.store.begin, desk.clock, desk.outlet)

    async with desk.store.read() as tx:
        history = [line.reason for line in await tx.history("release", [release])]
        assert await tx.planned_stages() == before
    assert found == 1
    assert "starts_at 2026-12-01 15:00 is 2026-12-01 14:00 UTC, and was 2026-12-01 13:00 UTC" in history[-1]


def test_every_time_among_the_facts_is_kept_as_it_was_meant() -> None:
    meant = revision()
    kept = json.loads(walls_of(replace(meant, schedule=replace(meant.schedule, time_zone="Asia/Singapore"))))

    assert kept["table"] == TABLE
    assert set(kept["times"]) == {"starts_at", "ends_at"}
    local, fold, instant = kept["times"]["starts_at"]
    assert datetime.fromisoformat(local) - datetime.fromisoformat(instant).replace(tzinfo=None) == 8 * HOUR
    assert fold == 0
