"""After a crash, and after an answer that never came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.channel import Delivered, Outcome, Part, Unconfirmed
from publisher.delivery.deliver import deliver
from publisher.delivery.recovery import CRASHES
from publisher.delivery.states import DeliveryState as D
from publisher.release.states import ReleaseState
from tests.delivery.builders import Bench, Plan


class Killed(BaseException):
    """Stands for a kill: nothing catches it, nothing is written after it."""


async def killed(desk: Bench, release: int, name: str, *, accepted: bool = False) -> None:
    """The delivery's worker dies while sending it, before or after the network accepted; its lease ends."""

    async def die(part: Part) -> Outcome:
        if accepted:
            desk.network.accept("send", part, part.content["key"])
        raise Killed

    desk.network.script[name.split("/")[0]] = [die]
    with pytest.raises(Killed):
        await deliver(desk.worker, (await desk.deliveries(release))[name].id)
    async with desk.store.begin() as tx:
        await tx.end_leases()


async def test_what_can_be_repeated_is_repeated(desk: Bench) -> None:
    release = await desk.published(Plan(("site",)))
    await killed(desk, release, "site/en-US", accepted=True)

    await desk.work()

    assert await desk.states(release) == {"site/en-US": D.DELIVERED}


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_post_is_read_back_before_it_is_sent_again(desk: Bench, accepted: bool) -> None:
    release = await desk.published(Plan(("posts",)))
    await killed(desk, release, "posts/en-US", accepted=accepted)

    await desk.work()
    doubt = await desk.states(release)
    await desk.pass_time(20)

    assert doubt == {"posts/en-US": D.UNCONFIRMED}
    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}
    assert len(desk.network.accepted()) == 1


async def test_not_there_is_not_believed_at_once(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",)))
    await killed(desk, release, "posts/en-US")
    await desk.work()

    await desk.pass_time(9)

    assert await desk.states(release) == {"posts/en-US": D.UNCONFIRMED}
    assert desk.network.accepted() == []


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_post_that_cannot_be_read_back_waits_for_a_person(desk: Bench, accepted: bool) -> None:
    release = await desk.published(Plan(("mute",)))
    await killed(desk, release, "mute/en-US", accepted=accepted)

    await desk.work()
    await desk.pass_time(3600, step=60)

    delivery = (await desk.deliveries(release))["mute/en-US"]
    assert (delivery.state, delivery.parked) == (D.UNCONFIRMED, True)
    assert len(desk.network.accepted()) == accepted
    assert await desk.release_state(release) is ReleaseState.PARTLY_PUBLISHED


async def test_a_network_that_stays_silent_parks_it(desk: Bench) -> None:
    desk.network.hears = False
    desk.network.script["posts"] = [Unconfirmed("read time-out")]
    release = await desk.published(Plan(("posts",)))

    await desk.work()
    await desk.pass_time(400, step=5)

    assert (await desk.deliveries(release))["posts/en-US"].parked
    assert desk.network.accepted() == []


async def test_a_doubtful_part_that_is_there_lets_the_thread_go_on(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",), parts=3))
    await killed(desk, release, "posts/en-US", accepted=True)

    await desk.pass_time(5)

    assert [line["part"] for line in desk.network.accepted()] == ["post-1", "post-2", "post-3"]
    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}


async def test_an_answer_after_the_lease_was_lost_is_proof(desk: Bench) -> None:
    async def stand_still(part: Part) -> Outcome:
        receipt = desk.network.accept("send", part, part.content["key"])
        async with desk.store.begin() as tx:
            await tx.end_leases()
        await desk.another("worker-2").work()
        return Delivered(receipt)

    desk.network.script["mute"] = [stand_still]
    release = await desk.published(Plan(("mute",)))

    await desk.work()

    delivery = (await desk.deliveries(release))["mute/en-US"]
    assert await desk.history(delivery) == [
        "None -> queued", "queued -> sending", "sending -> unconfirmed", "unconfirmed -> delivered",
    ]  # fmt: skip
    assert len(desk.network.accepted()) == 1


async def test_a_lost_lease_forbids_to_send(desk: Bench) -> None:
    release = await desk.published(Plan(("mute",)))
    delivery = (await desk.deliveries(release))["mute/en-US"]
    async with desk.store.begin() as tx:
        locked = await tx.lock_delivery(delivery.id)
        await tx.claim_delivery(locked, "worker-1", desk.worker.timing.lease, desk.clock.now())
        mine = await tx.delivery(delivery.id)
        await tx.end_leases()

        assert not await tx.holds_lease(delivery.id, mine.fence)


async def test_three_crashes_put_a_delivery_in_quarantine_and_others_go_on(desk: Bench) -> None:
    poisoned = await desk.published(Plan(("site",)))
    for _ in range(CRASHES):
        await killed(desk, poisoned, "site/en-US")
        await deliver(desk.worker, (await desk.deliveries(poisoned))["site/en-US"].id)
        desk.clock.advance(60)
    healthy = await desk.published(Plan(("site",)))

    await desk.work()

    assert await desk.states(poisoned) == {"site/en-US": D.HELD}
    assert "3 workers died" in (await desk.deliveries(poisoned))["site/en-US"].reason
    assert await desk.states(healthy) == {"site/en-US": D.DELIVERED}


async def test_a_post_whose_worker_died_three_times_is_not_tried_again(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",)))
    for _ in range(CRASHES):
        await killed(desk, release, "posts/en-US")
        desk.network.script["posts"] = []
        await deliver(desk.worker, (await desk.deliveries(release))["posts/en-US"].id)
        for _ in range(4):
            desk.clock.advance(5)
            delivery = (await desk.deliveries(release))["posts/en-US"]
            if delivery.state is D.UNCONFIRMED:
                await deliver(desk.worker, delivery.id)

    assert (await desk.deliveries(release))["posts/en-US"].parked
    assert desk.network.accepted() == []


async def test_a_worker_that_died_in_a_fan_out_starts_it_again(desk: Bench) -> None:
    def die(point: str) -> None:
        if point == "before_fan_out":
            raise Killed

    release = await desk.published(Plan(("mail",)))
    desk.clock.advance(3)
    with pytest.raises(Killed):
        await replace(desk, worker=replace(desk.worker, trace=die)).work()
    async with desk.store.begin() as tx:
        await tx.end_leases()

    await desk.work()

    assert len(desk.mailings.started) == 1
    assert await desk.states(release) == {"mail/en-US": D.SENDING}
