"""What is claimed ahead of its hour is sent at it, and never before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.channel import Rate
from publisher.delivery.deliver import deliver
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Entity, Lane, Work
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transaction import Ask, Busy, Delivery
from publisher.delivery.worker import Timing
from publisher.release.scope import Form
from publisher.release.states import ReleaseState as S
from publisher.schedule.due import run_due
from publisher.store.transaction import Store
from publisher.wall_time import rfc3339
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

AHEAD = timedelta(seconds=10)
HOUR = NOON + timedelta(seconds=8)
PATIENCE = 30.0
"""Seconds; far more than anything here takes."""


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path, timing=Timing(ahead=AHEAD))


async def due_at_the_hour(desk: Bench, plan: Plan | None = None) -> Delivery:
    """A delivery whose hour is near."""
    async with desk.store.begin() as tx:
        release = await scheduled(tx, plan or Plan(("mute",), publish_at=HOUR))
    await run_due(desk.store.begin, desk.clock, desk.outlet, ahead=AHEAD)
    [delivery] = (await desk.deliveries(release)).values()
    return delivery


@asynccontextmanager
async def delivering(desk: Bench, delivery: Delivery) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that has claimed it and waits for its hour."""
    task = asyncio.create_task(deliver(desk.worker, delivery.id))
    await until_claimed(desk, delivery)
    await asyncio.sleep(0.1)
    yield task
    async with asyncio.timeout(PATIENCE):
        await task


async def until_claimed(desk: Bench, delivery: Delivery) -> None:
    async with asyncio.timeout(PATIENCE):
        while await state_of(desk, delivery) is not D.SENDING:  # noqa: ASYNC110 - what is waited for stands in a database
            await asyncio.sleep(0.01)


async def state_of(desk: Bench, delivery: Delivery) -> D:
    async with desk.store.read() as tx:
        return (await tx.delivery(delivery.id)).state


async def test_a_claim_ahead_sends_at_the_hour_and_not_before(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk)

    async with delivering(desk, delivery):
        before = desk.network.accepted()
        desk.clock.moment = HOUR - timedelta(microseconds=1)
        await asyncio.sleep(0.4)
        shortly_before = desk.network.accepted()
        desk.clock.moment = HOUR

    assert (before, shortly_before, len(desk.network.accepted())) == ([], [], 1)
    assert await state_of(desk, delivery) is D.DELIVERED


async def test_a_mailing_that_is_claimed_ahead_starts_at_its_hour(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk, Plan(("mail",), publish_at=HOUR))
    desk.clock.moment = delivery.run_at - AHEAD  # mail goes out after the posts

    async with delivering(desk, delivery):
        before = list(desk.mailings.started)
        desk.clock.moment = delivery.run_at

    assert (before, desk.mailings.started) == ([], [delivery.id])


async def test_what_is_further_away_is_not_claimed(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk)
    desk.clock.advance(-3)

    await deliver(desk.worker, delivery.id)

    assert await state_of(desk, delivery) is D.QUEUED


async def test_who_lost_the_lease_while_waiting_does_not_send(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk)

    async with delivering(desk, delivery):
        async with desk.store.begin() as tx:
            await tx.end_leases()
        desk.clock.moment = HOUR + desk.worker.timing.lease

    assert desk.network.accepted() == []


async def test_a_rate_counts_from_the_hour_and_not_from_the_claim(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path, rate=Rate(2, 10), timing=Timing(ahead=AHEAD))
    first = await due_at_the_hour(desk, Plan(("posts-slow",), publish_at=HOUR))
    async with delivering(desk, first):
        desk.clock.moment = HOUR
    second = await desk.published(Plan(("posts-slow",)))

    await desk.work()
    early = await desk.states(second)
    await desk.pass_time(10)

    assert (early, await desk.states(second)) == ({"posts-slow/en-US": D.QUEUED}, {"posts-slow/en-US": D.DELIVERED})


async def test_the_engine_gives_work_out_ahead_and_wakes_for_it(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk)
    desk.clock.moment = HOUR - timedelta(seconds=5, milliseconds=300)
    engine = EmbeddedEngine(desk.store.read, desk.clock, poll=PATIENCE, ahead=timedelta(seconds=5))
    given = asyncio.Event()

    async def handle(work: Work) -> None:
        assert work == Work(Entity.DELIVERY, delivery.id)
        given.set()

    running = asyncio.create_task(engine.run(handle))
    await asyncio.sleep(0.1)
    too_early = given.is_set()
    desk.clock.advance(0.3)
    async with asyncio.timeout(PATIENCE / 2):
        await given.wait()

    await engine.close()
    await running
    assert not too_early


async def test_what_is_unclear_is_not_looked_at_ahead(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk, Plan(("posts",), publish_at=HOUR))
    async with desk.store.begin() as tx:
        locked = await tx.lock_delivery(delivery.id)
        await tx.claim_delivery(locked, "worker-0", timedelta(0), NOON)
    await deliver(desk.worker, delivery.id)
    assert await state_of(desk, delivery) is D.UNCONFIRMED

    async with desk.store.read() as tx:
        look_at = (await tx.delivery(delivery.id)).run_at
        found = await tx.due([Ask(Lane.NORMAL, Busy(), 10)], look_at - timedelta(seconds=1), AHEAD)

    assert list(found) == [[]]


async def test_only_first_publications_become_deliveries_ahead(desk: Bench) -> None:
    first = await due_at_the_hour(desk, Plan(("mute",), announcement="a", publish_at=HOUR))
    async with desk.store.begin() as tx:
        policy = replace(POLICY, form=Form.REVISION)
        follows = await scheduled(tx, Plan(("mute",), announcement="b", publish_at=HOUR, policy=policy))

    await run_due(desk.store.begin, desk.clock, desk.outlet, ahead=AHEAD)

    assert first.run_at == HOUR
    assert await desk.release_state(follows) is S.SCHEDULED


async def test_what_is_published_ahead_tells_its_hour(desk: Bench) -> None:
    delivery = await due_at_the_hour(desk)

    async with desk.store.read() as tx:
        release = await tx.release(delivery.release_id)

    assert release.published_at == delivery.run_at == HOUR
    assert delivery.slots["published_at"] == rfc3339(HOUR)
