"""One person moves, holds, lets go on or leaves out a single stage; a revision with the same times keeps it so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.delivery import by_hand
from publisher.delivery.life import Act, Saying, say
from publisher.delivery.postpone import postpone
from publisher.delivery.stages import PlannedStage
from publisher.delivery.transaction import Transaction
from publisher.release.approval import Refused
from publisher.release.policy import Planned
from publisher.release.scope import Form
from publisher.schedule.due import run_due
from publisher.schedule.stages import missed, run_stages
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

HOUR = timedelta(hours=1)
START, END = NOON + 4 * HOUR, NOON + 6 * HOUR
REMINDED = START - HOUR
STAGES = (
    Planned("reminder", REMINDED, "start", ("posts",), timedelta(minutes=5)),
    Planned("start", START, "start", ("posts",), None),
    Planned("complete", END, "end", ("posts",), None),
)
WORKS = replace(POLICY, postponed_by="on_call", stages=STAGES, starts_at=START, ends_at=END)
PLAN = Plan(
    ("posts",), stages=("announce", "postponed", *(each.stage for each in STAGES)), policy=WORKS, announcement="works"
)


@pytest.fixture
async def desk(store: Store, tmp_path: Path) -> Bench:
    """With one release that is out, and olga on duty."""
    made = bench(store, tmp_path)
    await made.published(PLAN)
    await made.work()
    async with made.store.begin() as tx:
        await tx.save_person("olga", ("on_call",), b"olga", NOON)
    return made


Does = Callable[[Transaction, by_hand.Decision], Awaitable[PlannedStage]]


async def decided(desk: Bench, does: Does, stage: str = "reminder", person: str = "olga") -> None:
    async with desk.store.begin() as tx:
        await does(tx, by_hand.Decision(1, stage, person, desk.clock.now(), "the board meets"))


def moved(to: datetime) -> Does:
    async def does(tx: Transaction, decision: by_hand.Decision) -> PlannedStage:
        return await by_hand.move(tx, decision, to)

    return does


async def strike(desk: Bench, moment: datetime) -> list[str]:
    """What was told by then."""
    desk.clock.moment = moment
    await run_stages(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()
    async with desk.store.read() as tx:
        return [each.stage for each in sorted(await tx.deliveries(1), key=lambda each: each.id)]


async def rows(desk: Bench) -> list[tuple[str, datetime, str]]:
    async with desk.store.read() as tx:
        return [(each.stage, each.due_at, each.state.value) for each in await tx.planned_stages("works")]


async def revised(desk: Bench) -> None:
    """A typo is corrected, and every time stays."""
    desk.clock.advance(60)
    policy = replace(WORKS, form=Form.REVISION)
    async with desk.store.begin() as tx:
        await scheduled(tx, replace(PLAN, policy=policy, operation="amend", publish_at=desk.clock.now()))
    await run_due(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()


async def test_a_reminder_comes_when_it_was_moved_to_and_not_before(desk: Bench) -> None:
    await decided(desk, moved(REMINDED + HOUR / 2))

    assert await strike(desk, REMINDED) == ["announce"]
    assert await strike(desk, REMINDED + HOUR / 2) == ["announce", "reminder"]


async def test_what_is_moved_stays_moved_through_a_revision_and_not_through_another_time(desk: Bench) -> None:
    await decided(desk, moved(REMINDED + HOUR / 2))
    await revised(desk)
    after_a_typo = await rows(desk)
    desk.clock.advance(60)
    async with desk.store.begin() as tx:
        at, new = desk.clock.now(), START + 24 * HOUR
        await postpone(tx, 1, "olga", desk.outlet, new_time=new, at=at, reason="moved")

    assert after_a_typo[0] == ("reminder", REMINDED + HOUR / 2, "due")
    assert [row for row in await rows(desk) if row[0] == "reminder"] == [
        ("reminder", REMINDED + HOUR / 2, "withdrawn"),
        ("reminder", REMINDED + 24 * HOUR, "due"),
    ]


async def test_what_is_held_waits_for_a_person_and_is_told_of(desk: Bench) -> None:
    await decided(desk, by_hand.hold)
    await revised(desk)
    told = await strike(desk, REMINDED + timedelta(minutes=2))
    async with desk.store.read() as tx:
        [sentence] = await missed(tx, desk.clock.now())

    await decided(desk, by_hand.release)

    assert "reminder" not in told
    assert "the stage reminder of 2026-12-01 15:00 UTC is held" in sentence
    desk.clock.advance(1)
    await run_stages(desk.store.begin, desk.clock, desk.outlet)
    async with desk.store.read() as tx:
        assert "reminder" in [each.stage for each in await tx.deliveries(2)]


async def test_what_is_held_until_a_later_stage_is_left_out(desk: Bench) -> None:
    await decided(desk, by_hand.hold)

    assert await strike(desk, START) == ["announce", "start"]
    assert ("reminder", REMINDED, "skipped") in await rows(desk)
    with pytest.raises(Refused, match="has no stage reminder to come; to come are complete"):
        await decided(desk, by_hand.release)


async def test_what_is_left_out_stays_left_out(desk: Bench) -> None:
    await decided(desk, by_hand.skip)
    await revised(desk)

    assert "reminder" not in await strike(desk, REMINDED)
    assert ("reminder", REMINDED, "skipped") in await rows(desk)


async def test_what_is_over_withdraws_what_is_held(desk: Bench) -> None:
    await decided(desk, by_hand.hold, "complete")
    await strike(desk, START)
    async with desk.store.begin() as tx:
        await say(tx, 1, Saying(Act.COMPLETE, "olga", desk.clock.now(), "done"), desk.outlet)

    assert ("complete", END, "withdrawn") in await rows(desk)


@pytest.mark.parametrize(
    ("does", "stage", "why"),
    [
        (moved(START), "reminder", "after the start"),
        (moved(NOON - HOUR), "reminder", "has passed"),
        (moved(START + HOUR), "start", "moves with the event alone"),
        (by_hand.release, "reminder", "is not held"),
        (by_hand.skip, "cancelled", "has no stage cancelled to come; to come are reminder, start, complete"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_changed(desk: Bench, does: Does, stage: str, why: str) -> None:
    before = await rows(desk)

    with pytest.raises(Refused, match=why):
        await decided(desk, does, stage)

    assert await rows(desk) == before


@pytest.mark.parametrize(
    ("changes", "commands"),
    [
        ({}, "publisher postpone, publisher maintenance complete, or submit the new times"),
        ({"stages": STAGES[:2]}, "publisher postpone, or submit the new times"),
        ({"postponed_by": ""}, "submit the new times"),
    ],
)
async def test_no_command_is_named_that_its_kind_would_refuse(
    store: Store, tmp_path: Path, changes: dict[str, Any], commands: str
) -> None:
    desk = bench(store, tmp_path)
    await desk.published(replace(PLAN, policy=replace(WORKS, **changes)))
    async with desk.store.begin() as tx:
        await tx.save_person("olga", ("on_call",), b"olga", NOON)

    with pytest.raises(Refused, match=f"moves with the event alone: {commands}$"):
        await decided(desk, moved(START + HOUR), "start")


async def test_a_stranger_decides_nothing(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        await tx.save_person("ben", ("authors",), b"ben", NOON)

    with pytest.raises(Refused, match="ben is neither in on_call nor one of those who approved"):
        await decided(desk, by_hand.hold, person="ben")
