"""What every engine promises; these run on the embedded one, over both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select

from publisher.channel import Delivered, Outcome, Part
from publisher.delivery.deliver import deliver
from publisher.delivery.engine.embedded import EmbeddedEngine, Rests, Share
from publisher.delivery.engine.port import LANES, Entity, Lane, Work
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transaction import Ask, Busy
from publisher.delivery.worker import Timing
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction
from tests.delivery.builders import NOON, POLICY, Bench, Plan

SOON = 30.0
"""Seconds; far more than anything here takes, so that a slow machine fails nothing."""


def engine(desk: Bench, *, grace: float = SOON, share: Share | None = None) -> EmbeddedEngine:
    return EmbeddedEngine(desk.store.read, desk.clock, poll=0.02, share=share, grace=grace)


@asynccontextmanager
async def running(
    desk: Bench, engine: EmbeddedEngine, lanes: Mapping[Lane, int] = LANES
) -> AsyncIterator[asyncio.Task[None]]:
    async def handle(work: Work) -> None:
        await deliver(desk.worker, work.id)

    task = asyncio.create_task(engine.run(handle, lanes))
    try:
        yield task
    finally:
        await engine.close()
        await task


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns when it holds."""
    async with asyncio.timeout(SOON):
        while not await condition():  # noqa: ASYNC110 - what is waited for stands in a database
            await asyncio.sleep(0.05)


async def test_what_is_told_to_look_does_not_wait_for_its_next_look(desk: Bench) -> None:
    woken = asyncio.Event()
    async with running(desk, EmbeddedEngine(desk.store.read, desk.clock, poll=10 * SOON, wake=woken)):
        await asyncio.sleep(0.2)  # it has looked, and found nothing
        release = await desk.published(Plan(("posts-a",)))

        woken.set()

        async def delivered() -> bool:
            return await desk.states(release) == {"posts-a/en-US": D.DELIVERED}

        await until(delivered)


class Gate:
    """A destination that answers only when it is opened."""

    def __init__(self, desk: Bench, destination: str, calls: int) -> None:
        self._desk = desk
        self.opened = asyncio.Event()
        self.waiting = 0
        desk.network.script[destination] = [self._call] * calls

    async def _call(self, part: Part) -> Outcome:
        self.waiting += 1
        await self.opened.wait()
        return Delivered(self._desk.network.accept("send", part, part.content["key"]))


async def test_a_destination_that_hangs_delays_no_other(desk: Bench) -> None:
    slow = Gate(desk, "posts-slow", 20)
    for _ in range(20):
        await desk.published(Plan(("posts-slow",)))
    others = [await desk.published(Plan((f"posts-{n}",))) for n in range(3)]

    async def others_done() -> bool:
        return [await desk.states(each) for each in others] == [{f"posts-{n}/en-US": D.DELIVERED} for n in range(3)]

    # What is due first is all of the slow one, and nothing wakes the engine: it must look once more by itself.
    async with running(desk, EmbeddedEngine(desk.store.read, desk.clock, poll=10 * SOON), {Lane.NORMAL: 8}):
        await until(others_done)
        assert slow.waiting == Share().destination
        slow.opened.set()


async def test_urgent_work_has_room_of_its_own(desk: Bench) -> None:
    slow = Gate(desk, "posts-slow", 5)
    for _ in range(5):
        await desk.published(Plan(("posts-slow",)))

    async def full() -> bool:
        return slow.waiting == 2

    async def urgent_done() -> bool:
        return await desk.states(urgent) == {"posts/en-US": D.DELIVERED}

    async with running(desk, engine(desk), {Lane.URGENT: 1, Lane.NORMAL: 2}):
        await until(full)
        urgent = await desk.published(Plan(("posts",), policy=replace(POLICY, urgent=True)))
        await until(urgent_done)
        slow.opened.set()


async def test_two_workers_never_claim_the_same_delivery(desk: Bench) -> None:
    for _ in range(20):
        await desk.published(Plan(("mute-a", "mute-b")))
    second = desk.another("worker-2")

    async def done() -> bool:
        return await desk.unfinished() == 0

    async with running(desk, engine(desk)), running(second, engine(second)):
        await until(done)

    keys = [line["key"] for line in desk.network.accepted()]
    assert (len(keys), len(set(keys))) == (40, 40)


async def test_draining_finishes_what_is_in_flight_and_leaves_the_rest(desk: Bench) -> None:
    slow = Gate(desk, "mute", 10)
    releases = [await desk.published(Plan(("mute",))) for _ in range(10)]
    drained = engine(desk)

    async def in_flight() -> bool:
        return slow.waiting == Share().destination

    async with running(desk, drained) as task:
        await until(in_flight)
        draining = asyncio.create_task(drained.drain())
        await asyncio.sleep(0)
        slow.opened.set()
        await draining
        await task

    states = [state for each in releases for state in (await desk.states(each)).values()]
    assert (states.count(D.DELIVERED), states.count(D.QUEUED)) == (4, 6)


async def test_what_does_not_finish_in_its_grace_is_left_as_sending(desk: Bench) -> None:
    stuck = Gate(desk, "mute", 1)
    release = await desk.published(Plan(("mute",)))
    drained = engine(desk, grace=0.05)

    async def in_flight() -> bool:
        return stuck.waiting == 1

    async with running(desk, drained):
        await until(in_flight)
        await drained.drain()

    assert await desk.states(release) == {"mute/en-US": D.SENDING}


async def test_a_long_send_keeps_its_lease(desk: Bench) -> None:
    patient = replace(desk, worker=replace(desk.worker, timing=Timing(lease=timedelta(seconds=1.5))))
    slow = Gate(desk, "mute", 1)
    release = await desk.published(Plan(("mute",)))
    leases: list[int] = []

    async def renewed_twice() -> bool:
        async with desk.store.read() as tx:
            leases.append(await _lease_until(tx))
        return len(set(leases) - {0}) >= 3

    async with running(patient, engine(patient)):
        await until(renewed_twice)
        slow.opened.set()

        async def done() -> bool:
            return await desk.states(release) == {"mute/en-US": D.DELIVERED}

        await until(done)


async def _lease_until(tx: SqlTransaction) -> int:
    moment = await tx.connection.scalar(select(t.delivery.c.lease_until))
    return int(moment.timestamp() * 1000) if moment else 0


async def test_a_handler_that_always_fails_keeps_nobody_from_working(desk: Bench) -> None:
    await desk.published(Plan(("mute-bad",)))
    good = await desk.published(Plan(("mute-good",)))
    bad = (await desk.deliveries(1))["mute-bad/en-US"].id
    calls: list[int] = []

    async def handle(work: Work) -> None:
        calls.append(work.id)
        if work.id == bad:
            raise RuntimeError("a bug")
        await deliver(desk.worker, work.id)

    async def good_done() -> bool:
        return await desk.states(good) == {"mute-good/en-US": D.DELIVERED} and calls.count(bad) >= 2

    failing = engine(desk)
    task = asyncio.create_task(failing.run(handle))
    await until(good_done)
    await failing.close()
    await task

    assert calls.count(bad) < 20


async def test_failing_work_rests_longer_each_time() -> None:
    rests, work = Rests(0.25), Work(Entity.DELIVERY, 1)

    waits = [rests.after(work, failed=True) for _ in range(6)]

    assert waits == [1, 4, 16, 60, 60, 60]
    assert rests.now() == {work}
    assert rests.after(work, failed=False) == 0.25


async def test_a_dead_worker_is_noticed(desk: Bench) -> None:
    release = await desk.published(Plan(("site",)))
    async with desk.store.begin() as tx:
        delivery = await tx.lock_delivery((await tx.deliveries(release))[0].id)
        await tx.claim_delivery(delivery, "dead", timedelta(milliseconds=1), NOON)

    async def done() -> bool:
        return await desk.states(release) == {"site/en-US": D.DELIVERED}

    async with running(desk, engine(desk)):
        await until(done)


async def test_batches_of_mailings_are_found_with_what_they_keep_busy(desk: Bench) -> None:
    await desk.published(Plan(("mail",)))
    async with desk.store.begin() as tx:
        batch = await _batch(tx)

    async with desk.store.read() as tx:
        found, busy = await tx.due(
            [Ask(Lane.BULK, Busy(), 10), Ask(Lane.BULK, Busy(accounts=["mail-account"]), 10)], NOON
        )
        (too_early,) = await tx.due([Ask(Lane.BULK, Busy(), 10)], NOON - timedelta(seconds=1))

    (due,) = (each for each in found if each.work.entity is Entity.BATCH)
    assert (due.work, due.destination, due.account) == (Work(Entity.BATCH, batch), "mail", "mail-account")
    assert {each.work.entity for each in (*too_early, *busy)} <= {Entity.DELIVERY}


async def _batch(tx: SqlTransaction) -> int:
    rows = tx.connection
    mailing = {"delivery_id": 1, "mail_class": "service", "unconfirmed": "park", "audience": 1, "frozen_at": NOON}
    await rows.execute(insert(t.mailing).values(id=1, **mailing))
    await rows.execute(insert(t.payload).values(id=1, mailing_id=1, payload="{}", sha256="0" * 64))
    batch = {"mailing_id": 1, "payload_id": 1, "position": 0, "state": "open", "lane": Lane.BULK}
    await rows.execute(insert(t.batch).values(id=7, run_at=NOON, deadline=NOON, **batch))
    return 7
