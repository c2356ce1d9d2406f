"""A mailing reaches about as many readers as people were shown, or waits for one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.alarms import alarms
from publisher.delivery.states import DeliveryState
from publisher.delivery.stop import cancel
from publisher.delivery.transaction import Delivery
from publisher.mailing.drift import SLACK, drifted, go
from publisher.mailing.fan_out import MailingFanOut
from publisher.release.approval import Refused
from publisher.release.expectation import Expected
from publisher.store.transaction import Store
from tests.mailing.builders import NOON, POLICY, ManualClock, Plan, subscribe, under_way


async def ordered(store: Store, expected: int, plan: Plan | None = None) -> Delivery:
    """A delivery of a release that people approved for so many readers."""
    async with store.begin() as tx:
        delivery = await under_way(tx, plan or Plan())
        wanted = [Expected("mail", "en-US", "publish", expected)]
        await tx.save_expected(delivery.release_id, wanted)
    return delivery


async def started(store: Store, delivery: Delivery, drift: float = 0.2) -> Delivery:
    async with store.begin() as tx:
        await MailingFanOut(ManualClock(), drift=drift).start(tx, delivery.id)
        return await tx.delivery(delivery.id)


async def let_go(store: Store, release_id: int) -> list[Expected]:
    async with store.begin() as tx:
        return list(await go(tx, release_id, at=NOON, actor="erin", reason="a campaign brought them"))


@pytest.mark.parametrize(("expected", "found"), [(30, 30), (25, 30), (36, 30), (20, 30), (40, 30)])
async def test_about_as_many_as_approved_get_it(store: Store, expected: int, found: int) -> None:
    await subscribe(store, found)
    after = await started(store, await ordered(store, expected))
    assert after.state is DeliveryState.SENDING
    async with store.read() as tx:
        mailing = await tx.mailing_of(after.id)
    assert mailing is not None
    assert mailing.audience == found


@pytest.mark.parametrize(("expected", "found"), [(19, 30), (41, 30), (100, 30), (0, 11)])
async def test_far_more_or_fewer_are_held_and_nobody_is_frozen(store: Store, expected: int, found: int) -> None:
    await subscribe(store, found)
    order = await ordered(store, expected)

    after = await started(store, order)

    said = f"it would reach {found} readers where people approved {expected}"
    assert after.state is DeliveryState.HELD
    assert after.reason == f"{said}; publisher mailing go {order.release_id} lets it go out"
    async with store.read() as tx:
        assert await tx.mailing_of(order.id) is None
        [alarm] = await alarms(tx, NOON)
    assert alarm.sentence.startswith(f"is held: mail/en-US {said[3:]}; look why")


async def test_a_person_lets_it_go_and_stands_in_the_history(store: Store) -> None:
    await subscribe(store, 30)
    order = await ordered(store, 10)
    await started(store, order)

    [decided] = await let_go(store, order.release_id)
    async with store.read() as tx:
        freed = await tx.delivery(order.id)
        assert await alarms(tx, NOON) == []
        history = await tx.history("delivery", [order.id])

    assert (decided.readers, decided.found) == (10, 30)
    assert freed.state is DeliveryState.QUEUED
    assert (history[-1].actor, history[-1].reason) == (
        "erin",
        "a campaign brought them: it would reach 30 readers where people approved 10",
    )
    async with store.begin() as tx:
        await tx.claim_delivery(freed, "worker-1", order.deadline - NOON, NOON)
    assert (await started(store, freed)).state is DeliveryState.SENDING


async def test_there_is_nothing_to_let_go_of_a_mailing_that_runs_or_is_cancelled(store: Store) -> None:
    await subscribe(store, 30)
    runs, cancelled = await ordered(store, 30), await ordered(store, 10)
    await started(store, runs)
    await started(store, cancelled)
    async with store.begin() as tx:
        await cancel(tx, cancelled.release_id, at=NOON, actor="erin", reason="wrong list")

    for order in (runs, cancelled):
        with pytest.raises(Refused, match=f"no mailing of release {order.release_id} waits for a go"):
            await let_go(store, order.release_id)
    async with store.read() as tx:
        assert await alarms(tx, NOON) == []


async def test_what_is_urgent_is_not_held(store: Store) -> None:
    await subscribe(store, 30)
    order = await ordered(store, 10, Plan(policy=replace(POLICY, urgent=True)))
    assert (await started(store, order)).state is DeliveryState.SENDING


async def test_what_follows_a_mailing_of_the_release_is_not_held(store: Store) -> None:
    await subscribe(store, 30)
    first = await ordered(store, 30)
    await started(store, first)
    async with store.begin() as tx:
        await tx.set_delivery_state(
            await tx.delivery(first.id), DeliveryState.DELIVERED, run_at=NOON, reason="", at=NOON
        )
        await tx.save_expected(first.release_id, [Expected("mail", "en-US", "publish", 1)])
        second = await under_way(tx, Plan(release=first.release_id))
    assert (await started(store, second)).state is not DeliveryState.HELD


async def test_a_release_of_which_nothing_was_counted_goes_out(store: Store) -> None:
    await subscribe(store, 30)
    async with store.begin() as tx:
        order = await under_way(tx, Plan())
    assert (await started(store, order)).state is DeliveryState.SENDING


@given(expected=st.integers(0, 10**7), found=st.integers(0, 10**7), limit=st.floats(0, 2))
def test_drift_is_relative_beyond_a_small_slack(expected: int, found: int, limit: float) -> None:
    apart = abs(expected - found)
    assert drifted(expected, found, limit) is (apart > SLACK and apart > limit * expected)
