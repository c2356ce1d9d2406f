"""What those on duty say of a maintenance: told everywhere, with what is to come moved; refused where it is untrue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.channel import Retry, Unconfirmed
from publisher.delivery.life import INSTEAD, LIFE, Act, Phase, Saying, check, phase, say
from publisher.delivery.postpone import postpone
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.stop import cancel
from publisher.delivery.walk import Walked
from publisher.release.approval import Refused
from publisher.release.policy import Planned
from publisher.release.scope import Form
from publisher.schedule.stages import run_stages
from tests.delivery.builders import NOON, POLICY, Bench, Plan

START, END = NOON + timedelta(hours=2), NOON + timedelta(hours=4)
STAGES = (
    Planned("reminder", START - timedelta(hours=1), "start", ("posts",), timedelta(minutes=5)),
    Planned("start", START, "start", ("posts",), None),
    Planned("extended", None, "person", ("posts",), None),
    Planned("cancelled", None, "person", ("posts",), None),
    Planned("complete", END, "end", ("posts",), None),
)
POLICY_OF_WORKS = replace(POLICY, postponed_by="on_call", stages=STAGES, starts_at=START, ends_at=END)
PLAN = Plan(
    ("posts",),
    stages=("announce", "postponed", *(each.stage for each in STAGES)),
    policy=POLICY_OF_WORKS,
    announcement="works",
)


async def said(desk: Bench, what: Act, release: int, to: datetime | None = None, *, person: str = "olga") -> Walked:
    async with desk.store.begin() as tx:
        await tx.save_person(person, ("on_call",) if person == "olga" else ("authors",), person.encode(), NOON)
        at = desk.clock.now()
        if what is Act.POSTPONE:
            return await postpone(tx, release, person, desk.outlet, new_time=to, at=at, reason="moved")
        return await say(tx, release, Saying(what, person, at, "said so", "network", to), desk.outlet)


async def strike(desk: Bench, moment: datetime) -> None:
    desk.clock.moment = moment
    await run_stages(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()


async def announced(desk: Bench) -> int:
    release = await desk.published(PLAN)
    await desk.work()
    return release


async def still_to_come(desk: Bench) -> list[tuple[str, datetime]]:
    async with desk.store.read() as tx:
        return [(each.stage, each.due_at) for each in await tx.planned_stages("works") if each.state.value == "due"]


async def told(desk: Bench, release: int) -> list[tuple[str, str, str]]:
    """Stage, time and number of the extension, as readers were told, oldest first."""
    async with desk.store.read() as tx:
        found = sorted(await tx.deliveries(release), key=lambda each: each.id)
    return [(each.stage, each.slots["event.when"], each.slots["event.extension"]) for each in found]


REACHED: dict[Phase, tuple[Act, ...]] = {
    Phase.ANNOUNCED: (),
    Phase.PUT_OFF: (Act.POSTPONE,),
    Phase.IN_PROGRESS: (Act.START,),
    Phase.COMPLETED: (Act.START, Act.COMPLETE),
    Phase.CANCELLED: (Act.CANCEL,),
}


@pytest.mark.parametrize("before", Phase)
@pytest.mark.parametrize("what", Act)
def test_what_is_untrue_is_refused_with_what_can_be_done(before: Phase, what: Act) -> None:
    if what in LIFE[before]:
        check(what, before)
    else:
        with pytest.raises(Refused, match=f"{what} is not possible: {INSTEAD[before]}"):
            check(what, before)


async def test_every_act_in_every_phase_that_has_it(desk: Bench) -> None:
    ways = [(before, what) for before in Phase for what in LIFE[before]]
    for number, (before, what) in enumerate(ways):
        name = f"works-{number}"
        release = await desk.published(replace(PLAN, announcement=name))
        await desk.work()
        for act, to in (*((each, None) for each in REACHED[before]), (what, END + timedelta(hours=1))):
            desk.clock.advance(1)
            await said(desk, act, release, to)
            await desk.work()

        async with desk.store.read() as tx:
            assert (what, await phase(tx, name, desk.clock.now())) == (what, LIFE[before][what])
        desk.clock.moment = NOON


async def test_an_extension_is_counted_on_from_what_was_announced(desk: Bench) -> None:
    release = await desk.published(replace(PLAN, policy=replace(POLICY_OF_WORKS, extension=2)))
    await desk.work()
    await strike(desk, START)

    await said(desk, Act.EXTEND, release, END + timedelta(hours=1))

    assert [number for _, _, number in await told(desk, release)] == ["2", "2", "3"]


async def test_an_extension_is_numbered_and_moves_the_end(desk: Bench) -> None:
    release = await announced(desk)
    await strike(desk, START)

    desk.clock.advance(60)
    await said(desk, Act.EXTEND, release, END + timedelta(hours=1))
    await desk.work()
    moved = await still_to_come(desk)
    await strike(desk, END + timedelta(minutes=1))
    await said(desk, Act.EXTEND, release)
    await desk.work()
    open_ended = await still_to_come(desk)
    await strike(desk, END + timedelta(hours=3))
    await said(desk, Act.COMPLETE, release)
    await desk.work()

    start = "2026-12-01 14.00"
    assert (moved, open_ended, await still_to_come(desk)) == ([("complete", END + timedelta(hours=1))], [], [])
    assert await told(desk, release) == [
        ("announce", f"{start} - 2026-12-01 16.00", "0"),
        ("start", f"{start} - 2026-12-01 16.00", "0"),
        ("extended", f"{start} - 2026-12-01 17.00", "1"),
        ("extended", f"{start} - not known yet", "2"),
        ("complete", f"{start} - 2026-12-01 19.00", "2"),
    ]


async def test_a_new_time_plans_reminder_start_and_end_anew(desk: Bench) -> None:
    release = await announced(desk)
    await strike(desk, START - timedelta(hours=1))
    desk.clock.moment = START - timedelta(minutes=1)

    await said(desk, Act.POSTPONE, release, START + timedelta(days=1))
    await desk.work()
    day = timedelta(days=1)
    planned = await still_to_come(desk)
    await strike(desk, START)
    await strike(desk, START + day)

    assert planned == [("reminder", START + day - timedelta(hours=1)), ("start", START + day), ("complete", END + day)]
    assert [stage for stage, _, _ in await told(desk, release)] == ["announce", "reminder", "postponed", "start"]
    assert (await told(desk, release))[-1] == ("start", "2026-12-02 14.00 - 2026-12-02 16.00", "0")


async def test_without_a_new_time_nothing_is_to_come(desk: Bench) -> None:
    release = await announced(desk)

    await said(desk, Act.POSTPONE, release)

    assert await still_to_come(desk) == []


async def test_an_end_that_is_no_later_is_refused_and_nothing_is_told(desk: Bench) -> None:
    release = await announced(desk)
    await strike(desk, START)

    for until, why in ((END, "ends at 2026-12-01 16:00 UTC already"), (START - timedelta(hours=1), "has passed")):
        with pytest.raises(Refused, match=why):
            await said(desk, Act.EXTEND, release, until)

    assert [stage for stage, _, _ in await told(desk, release)] == ["announce", "start"]


async def test_an_end_that_nobody_knows_is_not_told_twice(desk: Bench) -> None:
    release = await announced(desk)
    await strike(desk, START)
    await said(desk, Act.EXTEND, release)
    await desk.work()

    with pytest.raises(Refused, match="goes on until further notice already; name its end, or complete it"):
        await said(desk, Act.EXTEND, release)

    assert [(stage, number) for stage, _, number in await told(desk, release)][2:] == [("extended", "1")]


async def test_what_was_announced_for_later_is_not_put_off_to_an_earlier_time(desk: Bench) -> None:
    release = await announced(desk)

    with pytest.raises(Refused, match=r"announced for 2026-12-01 14:00 UTC; .* before that is not put off"):
        await said(desk, Act.POSTPONE, release, START - timedelta(minutes=1))
    for days in (2, 1):  # a wrong day is set right
        await said(desk, Act.POSTPONE, release, START + timedelta(days=days))
        await desk.work()

    assert [stage for stage, _, _ in await told(desk, release)] == ["announce", "postponed", "postponed"]


async def test_a_place_that_was_busy_is_told_by_the_clock_once(desk: Bench) -> None:
    desk.network.script["posts"] = [Unconfirmed("read time-out")]
    release = await desk.published(PLAN)
    await desk.work()
    desk.clock.moment = START + timedelta(minutes=1)

    walked = await said(desk, Act.EXTEND, release, END + timedelta(hours=1))
    async with desk.store.begin() as tx:
        [doubtful] = walked.busy
        await tx.set_delivery_state(doubtful, D.DELIVERED, run_at=NOON, reason="it is there", at=NOON)
    for seconds in (1, 20, 40):
        await strike(desk, START + timedelta(minutes=1, seconds=seconds))

    assert len(walked.deliveries) == 0
    assert (await told(desk, release))[1:] == [("extended", "2026-12-01 14.00 - 2026-12-01 17.00", "1")]


async def test_a_place_that_was_busy_is_told_of_a_new_time_by_the_clock_too(desk: Bench) -> None:
    desk.network.script["posts"] = [Unconfirmed("read time-out")]
    release = await desk.published(replace(PLAN, destinations=("site", "posts")))
    await desk.work()

    walked = await said(desk, Act.POSTPONE, release, START + timedelta(days=1))
    async with desk.store.begin() as tx:
        [doubtful] = walked.busy
        await tx.set_delivery_state(doubtful, D.DELIVERED, run_at=NOON, reason="it is there", at=NOON)
    for seconds in (1, 20, 40):
        await strike(desk, NOON + timedelta(minutes=1, seconds=seconds))

    there = [(line["to"], line["key"].split("/")[1]) for line in desk.network.accepted()]
    assert sorted(each for each in there if each[1] == "postponed") == [("posts", "postponed"), ("site", "postponed")]


async def test_of_what_was_cancelled_half_way_nothing_is_to_come_and_nothing_is_said(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("not now", after=300)]
    release = await desk.published(replace(PLAN, destinations=("site", "posts")))
    await desk.work()
    async with desk.store.begin() as tx:
        await cancel(tx, release, at=desk.clock.now(), actor="olga", reason="wrong text")

    for what, until in ((Act.POSTPONE, START + timedelta(days=1)), (Act.START, None), (Act.CANCEL, None)):
        with pytest.raises(Refused, match=f"release {release} was cancelled by olga: .* correct it, or retract it"):
            await said(desk, what, release, until)
    async with desk.store.read() as tx:
        planned = [(each.stage, each.state.value, each.reason) for each in await tx.planned_stages("works")]

    assert planned == [
        (stage, "withdrawn", f"release {release} was cancelled by olga: wrong text")
        for stage in ("reminder", "start", "complete")
    ]


async def test_a_cancelled_supplement_leaves_what_is_to_come(desk: Bench) -> None:
    release = await announced(desk)
    before = await still_to_come(desk)
    desk.network.script["posts"] = [Retry("not now", after=300)]
    more = await desk.published(
        replace(PLAN, locales=("zh-CN",), policy=replace(POLICY_OF_WORKS, form=Form.SUPPLEMENT))
    )
    await desk.work()

    async with desk.store.begin() as tx:
        await cancel(tx, more, at=desk.clock.now(), actor="olga", reason="wrong text")

    assert release != more
    assert await still_to_come(desk) == before


async def test_a_stranger_says_nothing(desk: Bench) -> None:
    release = await announced(desk)

    with pytest.raises(Refused, match="ben is neither in on_call nor one of those who approved"):
        await said(desk, Act.CANCEL, release, person="ben")


def test_the_documentation_draws_the_life_of_an_event() -> None:
    picture = (Path(__file__).parents[2] / "docs" / "life-cycle.md").read_text().split("# The life of an event")[1]
    arrows = re.findall(r"^    (\w+) --> (\w+): (\w+)( without a new time)?$", picture.split("```")[1], re.MULTILINE)

    assert {(before, what, after) for before, after, what, put_off in arrows if not put_off} == {
        (before.replace(" ", "_"), what.value, after.replace(" ", "_"))
        for before, ways in LIFE.items()
        for what, after in ways.items()
    }
