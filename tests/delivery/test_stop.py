"""One person stops anything; only what was stopped goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from publisher.channel import Retry, Unconfirmed
from publisher.delivery import stop
from publisher.delivery.deliver import deliver
from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
from publisher.delivery.resolve import Resolution, resolve
from publisher.delivery.states import DeliveryState as D
from publisher.release.approval import Refused
from publisher.release.states import ReleaseState
from tests.delivery.builders import NOON, Bench, Plan, scheduled

BY = {"at": NOON, "actor": "anna", "reason": "wrong address"}


async def test_a_held_release_sends_nothing_until_it_is_resumed(desk: Bench) -> None:
    release = await desk.published(Plan(("site", "posts")))
    async with desk.store.begin() as tx:
        await stop.hold(tx, release, at=NOON, actor="anna", reason="wrong address")
    await desk.work()
    held = (await desk.states(release), len(desk.network.accepted()))

    async with desk.store.begin() as tx:
        await stop.resume(tx, release, at=NOON, actor="anna", reason="it was right")
    await desk.work()

    assert held == ({"site/en-US": D.HELD, "posts/en-US": D.HELD}, 0)
    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_the_kill_switch_stops_a_thread_before_its_next_part(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",), parts=2))
    desk.network.script["posts"] = [Retry("not now", after=5)]
    await desk.work()
    async with desk.store.begin() as tx:
        delivery = (await tx.deliveries(release))[0]
        await tx.set_delivery_state(delivery, D.PARTIAL, run_at=NOON, reason="part 1 of 2 is out", at=NOON)
        await stop.switch_off(tx, KILL_SWITCH, at=NOON, actor="anna", reason="wrong address")

    await desk.pass_time(10)

    assert await desk.states(release) == {"posts/en-US": D.HELD}
    assert desk.network.accepted() == []


async def test_what_is_public_cannot_be_held_any_more(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("not now", after=5)]
    release = await desk.published(Plan(("site", "posts")))
    await desk.work()

    with pytest.raises(Refused, match=r"announce/site/en-US is delivered.*the rest catches up"):
        async with desk.store.begin() as tx:
            await stop.hold(tx, release, at=NOON, actor="anna", reason="wrong address")

    await desk.pass_time(10)
    assert set((await desk.states(release)).values()) == {D.DELIVERED}


async def test_after_the_kill_switch_the_rest_catches_up_with_an_alarm(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("not now", after=5)]
    release = await desk.published(Plan(("site", "posts")))
    await desk.work()
    async with desk.store.begin() as tx:
        await stop.switch_off(tx, KILL_SWITCH, at=NOON, actor="anna", reason="fire")
    await desk.pass_time(10)
    stopped = await desk.states(release)

    with capture_logs() as log:
        async with desk.store.begin() as tx:
            freed = await stop.switch_on(tx, KILL_SWITCH, at=desk.clock.now(), actor="anna", reason="all clear")
        await desk.work()

    assert (stopped["posts/en-US"], freed.catching_up) == (D.HELD, {release: 1})
    assert [(each["log_level"], each["action"]) for each in log if "action" in each] == [("critical", "catching_up")]
    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_what_a_dead_worker_left_behind_catches_up_with_an_alarm(desk: Bench) -> None:
    release = await desk.published(Plan(("site", "posts")))
    await deliver(desk.worker, (await desk.deliveries(release))["site/en-US"].id)

    desk.clock.advance(95)
    with capture_logs() as log:
        await desk.work()

    reasons = [each["reason"] for each in log if each.get("action") == "catching_up"]
    assert reasons == ["announce/posts/en-US is 95 s late"]
    assert (await desk.states(release))["posts/en-US"] is D.DELIVERED


async def test_a_cancelled_release_never_goes_on(desk: Bench) -> None:
    desk.network.script["site"] = [Retry("disk full", after=300)]
    release = await desk.published(Plan(("site", "posts")))
    await desk.work()

    async with desk.store.begin() as tx:
        await stop.cancel(tx, release, at=NOON, actor="anna", reason="wrong address")
    await desk.pass_time(400, step=50)

    assert set((await desk.states(release)).values()) == {D.CANCELLED}
    assert desk.network.accepted() == []
    with pytest.raises(Refused, match="withdraw what it published"):
        async with desk.store.begin() as tx:
            await stop.cancel(tx, release, at=NOON, actor="anna", reason="again")


async def test_a_scheduled_release_is_held_resumed_and_cancelled(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, Plan(("posts",)))
        await stop.hold(tx, release, at=NOON, actor="anna", reason="wait")
        held = (await tx.release(release)).state
        await stop.resume(tx, release, at=NOON + timedelta(hours=1), actor="anna", reason="go")
        resumed = await tx.release(release)
        await stop.cancel(tx, release, at=NOON, actor="anna", reason="no")

    assert held is ReleaseState.HELD
    assert (resumed.state, resumed.publish_at) == (ReleaseState.SCHEDULED, NOON + timedelta(hours=1))
    assert resumed.local_time == f"{NOON + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"
    assert await desk.release_state(release) is ReleaseState.CANCELLED


async def test_a_release_is_not_resumed_after_its_window(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, Plan(("posts",)))
        await stop.hold(tx, release, at=NOON, actor="anna", reason="wait")

        with pytest.raises(Refused, match="submit it again"):
            await stop.resume(tx, release, at=NOON + timedelta(hours=24), actor="anna", reason="go")


@pytest.mark.parametrize("name", [KILL_SWITCH, target_stop("posts"), account_stop("posts-account")])
async def test_a_switch_stops_what_it_names_until_it_is_set_back(desk: Bench, name: str) -> None:
    async with desk.store.begin() as tx:
        await stop.switch_off(tx, name, at=NOON, actor="anna", reason="fire")
    release = await desk.published(Plan(("posts",)))
    await desk.work()
    stopped = await desk.states(release)

    async with desk.store.begin() as tx:
        assert (await stop.switch_on(tx, name, at=NOON, actor="anna", reason="all clear")).deliveries == 1
    await desk.work()

    assert stopped == {"posts/en-US": D.HELD}
    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}


async def test_a_switch_lets_go_only_what_nothing_else_holds(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",)))
    async with desk.store.begin() as tx:
        await stop.switch_off(tx, KILL_SWITCH, at=NOON, actor="anna", reason="fire")
        await stop.hold(tx, release, at=NOON, actor="ben", reason="wrong address")
        freed = await stop.switch_on(tx, KILL_SWITCH, at=NOON, actor="anna", reason="all clear")

    assert (freed.deliveries, freed.catching_up) == (0, {})
    assert await desk.states(release) == {"posts/en-US": D.HELD}


# --- unconfirmed -------------------------------------------------------------------------------------------


async def doubtful(desk: Bench, parts: int = 1) -> tuple[int, int]:
    """An unconfirmed post: its release and its delivery."""
    desk.network.script["mute"] = [Unconfirmed("read time-out")]
    release = await desk.published(Plan(("mute",), parts=parts))
    await desk.work()
    return release, (await desk.deliveries(release))["mute/en-US"].id


async def test_a_person_saw_it(desk: Bench) -> None:
    release, delivery = await doubtful(desk)

    async with desk.store.begin() as tx:
        await resolve(tx, delivery, Resolution.DELIVERED, at=NOON, actor="anna", reason="seen", ids=["77"])
    await desk.work()

    assert await desk.release_state(release) is ReleaseState.PUBLISHED
    assert desk.network.accepted() == []


async def test_a_person_sends_it_again(desk: Bench) -> None:
    release, delivery = await doubtful(desk)

    async with desk.store.begin() as tx:
        await resolve(tx, delivery, Resolution.RESEND, at=NOON, actor="anna", reason="not there")
    await desk.work()

    resent = (await desk.deliveries(release))["mute/en-US"]
    assert (resent.state, resent.resends) == (D.DELIVERED, 1)
    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_a_person_leaves_it(desk: Bench) -> None:
    release, delivery = await doubtful(desk)

    async with desk.store.begin() as tx:
        await resolve(tx, delivery, Resolution.LEAVE, at=NOON, actor="anna", reason="too old")

    async with desk.store.read() as tx:
        last = (await tx.history("delivery", [delivery]))[-1]
    assert (last.before, last.after, last.actor, last.reason) == (D.UNCONFIRMED, D.REJECTED, "anna", "too old")
    assert await desk.release_state(release) is ReleaseState.PARTLY_PUBLISHED


async def test_a_thread_needs_the_id_of_the_part_that_was_found(desk: Bench) -> None:
    release, delivery = await doubtful(desk, parts=2)
    async with desk.store.begin() as tx:
        with pytest.raises(Refused, match="name the id of part 1"):
            await resolve(tx, delivery, Resolution.DELIVERED, at=NOON, actor="anna", reason="seen")
        await resolve(tx, delivery, Resolution.DELIVERED, at=NOON, actor="anna", reason="seen", ids=["77"])

    await desk.work()

    assert [line["part"] for line in desk.network.accepted()] == ["post-2"]
    assert await desk.states(release) == {"mute/en-US": D.DELIVERED}


async def test_only_doubt_can_be_resolved(desk: Bench) -> None:
    release = await desk.published(Plan(("mute",)))
    await desk.work()
    delivery = (await desk.deliveries(release))["mute/en-US"]

    with pytest.raises(Refused, match="is delivered, not unconfirmed"):
        async with desk.store.begin() as tx:
            await resolve(tx, delivery.id, Resolution.RESEND, at=NOON, actor="anna", reason="why not")
