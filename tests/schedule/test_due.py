"""On time, late as the kind allows, or held; never silently."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.channel import Unconfirmed
from publisher.content.kinds.kind import Late
from publisher.delivery.states import DeliveryState as D
from publisher.release.states import ReleaseState as S
from publisher.schedule.due import run_due
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

START, END = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
TIMELINE = ((START, "start"), (END, None))


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def one(desk: Bench, plan: Plan, *, late: timedelta) -> tuple[S, str, list[str]]:
    """The clock finds one release so late: its state, the reason in its history, the stages of its deliveries."""
    async with desk.store.begin() as tx:
        release = await scheduled(tx, plan)
    desk.clock.moment = NOON + late
    await run_due(desk.store.begin, desk.clock, desk.outlet)
    async with desk.store.read() as tx:
        history = await tx.history("release", [release])
        stages = [delivery.stage for delivery in await tx.deliveries(release)]
        return (await tx.release(release)).state, history[-1].reason if history else "", stages


def lateness(late: Late, **more: object) -> Plan:
    policy = replace(POLICY, late=late, **more)  # type: ignore[arg-type]
    return Plan(("posts",), stages=("announce", "start"), policy=policy)


async def test_not_before_its_time(desk: Bench) -> None:
    assert await one(desk, lateness(Late.SEND), late=timedelta(seconds=-1)) == (S.SCHEDULED, "", [])


async def test_on_time(desk: Bench) -> None:
    found = await one(desk, lateness(Late.HOLD), late=timedelta(minutes=2))

    assert found == (S.PUBLISHING, "its time has come", ["announce"])


@pytest.mark.parametrize(
    ("late", "reason"),
    [
        (Late.SEND, "12 min late; sent, as its kind decides"),
        (Late.SEND_WITH_ALARM, "12 min late; sent with an alarm, as its kind decides"),
    ],
)
async def test_late_and_sent(desk: Bench, late: Late, reason: str) -> None:
    found = await one(desk, lateness(late), late=timedelta(minutes=12))

    assert found == (S.PUBLISHING, reason, ["announce"])


async def test_late_and_held(desk: Bench) -> None:
    found = await one(desk, lateness(Late.HOLD), late=timedelta(hours=3, minutes=5))

    assert found == (S.HELD, "3 h 5 min late; held, as its kind decides", [])


@pytest.mark.parametrize(("late", "state"), [(timedelta(minutes=59), S.PUBLISHING), (timedelta(hours=1), S.HELD)])
async def test_sent_until_it_takes_effect_then_held(desk: Bench, late: timedelta, state: S) -> None:
    found = await one(desk, lateness(Late.SEND_UNTIL, late_until=START), late=late)

    assert found[0] is state


async def test_late_and_sent_as_what_is_true_now(desk: Bench) -> None:
    found = await one(desk, lateness(Late.SEND_VARIANT, timeline=TIMELINE), late=timedelta(hours=2))

    assert found == (S.PUBLISHING, "2 h 0 min late; sent as what is true now, start", ["start"])


async def test_nothing_is_sent_of_what_is_over(desk: Bench) -> None:
    plan = lateness(Late.SEND_VARIANT, timeline=TIMELINE, expires=END)

    found = await one(desk, plan, late=timedelta(hours=3))

    assert found == (S.CANCELLED, "3 h 0 min late; what it announces is over, so nothing was sent", [])


@pytest.mark.parametrize("late", [Late.SEND, Late.SEND_WITH_ALARM, Late.SEND_VARIANT, Late.SEND_UNTIL, Late.HOLD])
async def test_never_sent_after_its_window(desk: Bench, late: Late) -> None:
    plan = replace(lateness(late), window=timedelta(minutes=30))

    state, reason, stages = await one(desk, plan, late=timedelta(minutes=30))

    assert (state, stages) == (S.HELD, [])
    assert reason == "30 min late; could be sent until 2026-12-01 12:30:00 UTC"


async def test_two_clocks_publish_once(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        releases = [await scheduled(tx, Plan(("posts", "site"))) for _ in range(20)]

    runs = [run_due(desk.store.begin, desk.clock, desk.outlet) for _ in range(4)]
    taken = await asyncio.gather(*runs)

    assert sum(taken) == 20
    assert [len(await desk.deliveries(release)) for release in releases] == [2] * 20


async def test_an_open_operation_holds_the_next_release(desk: Bench) -> None:
    desk.network.script["mute"] = [Unconfirmed("cut")]
    await desk.published(Plan(("mute",), announcement="a-open"))
    await desk.work()

    state, reason, _ = await one(desk, Plan(("mute",), announcement="a-open"), late=timedelta(0))

    assert state is S.HELD
    assert reason.startswith("announce/mute/en-US of release 1 is still unconfirmed; resolve or cancel it")


async def test_a_broken_release_keeps_no_other_waiting(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        broken, sound = [await scheduled(tx, Plan(("posts",))) for _ in range(2)]
        of_it = t.edition.c.release_id == broken
        await tx.connection.execute(update(t.edition).where(of_it).values(payload="{"))

    await run_due(desk.store.begin, desk.clock, desk.outlet)

    assert (await desk.release_state(broken), await desk.release_state(sound)) == (S.HELD, S.PUBLISHING)


async def test_a_held_release_that_goes_on_says_what_is_true_then(desk: Bench) -> None:
    from publisher.delivery import stop

    async with desk.store.begin() as tx:
        release = await scheduled(tx, lateness(Late.SEND_VARIANT, timeline=TIMELINE))
        await stop.hold(tx, release, at=NOON, actor="anna", reason="wait")
        desk.clock.moment = START
        await stop.resume(tx, release, at=START, actor="anna", reason="go")

    await run_due(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()

    [delivery] = (await desk.deliveries(release)).values()
    assert (delivery.stage, delivery.state) == ("start", D.DELIVERED)
