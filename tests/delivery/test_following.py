"""The mail of a stage: made when it is walked, never late, never lost behind one that fewer readers want."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from publisher.content.kinds.kind import Follow
from publisher.delivery.life import Act, Saying, say
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transitions import end_mailing
from publisher.release.policy import Planned
from publisher.schedule.stages import run_stages
from tests.delivery.builders import NOON, POLICY, Bench, Plan

START, END = NOON + timedelta(hours=2), NOON + timedelta(hours=4)
STAGES = (
    Planned("start", START, "start", None, None, Follow.EVERYTHING),
    Planned("extended", None, "person", (), None, Follow.IMPORTANT),
    Planned("complete", END, "end", (), None, Follow.EVERYTHING),
)
PLAN = Plan(
    ("mail",),
    stages=("announce", *(each.stage for each in STAGES)),
    policy=replace(POLICY, postponed_by="on_call", stages=STAGES, starts_at=START, ends_at=END),
    announcement="works",
)


async def mails(desk: Bench, release: int) -> Sequence[tuple[str, D]]:
    async with desk.store.read() as tx:
        return [(each.stage, each.state) for each in sorted(await tx.deliveries(release), key=lambda each: each.id)]


async def strike(desk: Bench, moment: datetime) -> None:
    desk.clock.moment = moment
    await run_stages(desk.store.begin, desk.clock, desk.outlet)


async def extended(desk: Bench, release: int) -> None:
    async with desk.store.begin() as tx:
        await tx.save_person("olga", ("on_call",), b"olga", NOON)
        saying = Saying(Act.EXTEND, "olga", desk.clock.now(), "slow", "network", END + timedelta(hours=1))
        await say(tx, release, saying, desk.outlet)


async def mailed(desk: Bench, release: int) -> None:
    """The mailings that have begun are over."""
    async with desk.store.begin() as tx:
        for each in await tx.deliveries(release):
            if each.state is D.SENDING:
                await end_mailing(tx, each.id, desk.clock.now(), "done", D.DELIVERED)


async def announced(desk: Bench) -> int:
    release = await desk.published(PLAN)
    desk.clock.advance(120)
    await desk.work()
    return release


async def test_it_waits_for_the_end_of_the_announcement_s_own_mailing(desk: Bench) -> None:
    release = await announced(desk)
    desk.clock.moment = START
    await extended(desk, release)
    before = await mails(desk, release)

    await mailed(desk, release)
    await strike(desk, START + timedelta(hours=1))

    assert before == [("announce", D.SENDING)]
    assert await mails(desk, release) == [("announce", D.DELIVERED), ("extended", D.QUEUED)]


async def test_what_the_clock_says_late_is_not_mailed(desk: Bench) -> None:
    release = await announced(desk)
    await mailed(desk, release)

    await strike(desk, START + timedelta(minutes=20))

    assert await mails(desk, release) == [("announce", D.DELIVERED)]
    async with desk.store.read() as tx:
        [row] = [each for each in await tx.planned_stages("works") if each.stage == "start"]
    assert row.reason.endswith("nobody is mailed what comes late")


async def test_what_few_want_cancels_nothing_that_more_want_and_the_end_makes_all_of_it_old(desk: Bench) -> None:
    release = await announced(desk)
    await mailed(desk, release)
    desk.clock.moment = START - timedelta(minutes=1)
    await strike(desk, START)
    await desk.work()
    await mailed(desk, release)
    await extended(desk, release)
    waiting = await mails(desk, release)

    await strike(desk, END + timedelta(hours=1))

    assert waiting[-1] == ("extended", D.QUEUED)
    assert (await mails(desk, release))[-2:] == [("extended", D.OVERTAKEN), ("complete", D.QUEUED)]


async def test_an_announcement_that_nobody_was_mailed_yet_is_not_cancelled_by_what_follows_it(desk: Bench) -> None:
    release = await desk.published(PLAN)
    desk.clock.moment = START

    await extended(desk, release)

    assert await mails(desk, release) == [("announce", D.QUEUED)]
