"""A mailing that somebody stops, that two workers want, or whose store fails: nobody is lost, nobody is mailed over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from publisher.channel import Addressee, Outcome, Payload, Rejected, Unconfirmed
from publisher.content.kinds.kind import Unconfirmed as Policy
from publisher.delivery.gate import KILL_SWITCH, cancel_stop
from publisher.delivery.transaction import Stop
from publisher.mailing import control
from publisher.mailing.ledger import Held, Ledger
from publisher.mailing.report import AccountingError
from publisher.mailing.results import Answer
from publisher.mailing.transaction import Mailing, Recipient
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction, Store
from tests.mailing.builders import POLICY, D, Plan, PostOffice, R, Relay, accepted, subscribe

RESEND = Plan(replace(POLICY, unconfirmed=Policy.RESEND_ONCE))


async def switch(office: PostOffice, name: str, *, on: bool = True) -> None:
    async with office.store.begin() as tx:
        if on:
            await tx.set_stop(Stop(name, office.clock.now(), "olga", "wrong amount"))
        else:
            await tx.clear_stop(name)


class StoppedAfterAGroup(Relay):
    office: PostOffice
    name: str

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        if self.groups == 0:
            await switch(self.office, self.name)
        async for each in super().send_group(payload, group):
            yield each


@pytest.mark.parametrize("name", [KILL_SWITCH, "account:relay", "target:mail", "release:1"])
async def test_a_switch_stops_before_the_next_group_and_lets_go_on(office: PostOffice, name: str) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start()
    office.relay = StoppedAfterAGroup()
    office.relay.office, office.relay.name = office, name
    await office.work()
    assert await office.counts(mailing) == {R.QUEUED: 7, R.DELIVERED: 3}
    await office.pass_time(60)
    assert len(office.relay.sent) == 3
    await switch(office, name, on=False)
    await office.pass_time(30)
    assert office.relay.counted() == dict.fromkeys(readers, 1)


async def test_a_cancelled_mailing_ends_with_the_numbers(office: PostOffice) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start(RESEND)
    relay = StoppedAfterAGroup()
    relay.office, relay.name = office, cancel_stop((await office.delivery(mailing)).release_id)
    relay.answers({readers[0]: Unconfirmed("cut")})
    office.relay = relay
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 2, R.UNCONFIRMED: 1, R.CANCELLED: 7}
    delivery = await office.delivery(mailing)
    assert (delivery.state, delivery.reason) == (D.CANCELLED, "2 delivered, 1 unconfirmed, 7 cancelled of 10")
    assert "wrong amount" in (await office.missed(mailing))[-1].reason


async def test_one_mailing_that_is_cancelled_while_it_runs_stops_before_the_next_group(office: PostOffice) -> None:
    await subscribe(office.store, 25)
    mailing, relay = await office.start(), StoppedAfterAGroup()
    relay.office, relay.name = office, control.cancel_stop(mailing.id)
    office.relay = relay
    await office.work()
    assert (relay.groups, len(relay.sent)) == (1, 3)
    assert await office.counts(mailing) == {R.DELIVERED: 3, R.CANCELLED: 22}


async def test_a_drained_worker_ends_after_its_group(office: PostOffice) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start()
    broadcast = office.broadcast()
    broadcast.drain()
    await office.work(broadcast)
    assert await office.counts(mailing) == {R.QUEUED: 10}
    await office.another().work()
    assert office.relay.counted() == dict.fromkeys(readers, 1)


async def test_a_cancelled_worker_keeps_the_answers_it_has(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    mailing = await office.start()
    stuck = asyncio.Event()

    class Stuck(Relay):
        async def send_group(
            self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
        ) -> AsyncIterator[tuple[int, Outcome]]:
            first, *_ = group
            yield first.recipient_id, accepted(first)
            stuck.set()
            await asyncio.Event().wait()

    office.relay = Stuck()
    working = asyncio.create_task(office.work())
    await stuck.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await office.counts(mailing) == {R.SENDING: 2, R.DELIVERED: 1}


# --- two workers


async def test_a_batch_belongs_to_one_worker(office: PostOffice) -> None:
    readers = await subscribe(office.store, 50)
    await office.start()
    await asyncio.gather(*(office.another(f"worker-{number}").work() for number in range(4)))
    assert office.relay.counted() == dict.fromkeys(readers, 1)


async def test_a_worker_that_stood_still_between_intent_and_sending_does_not_send(office: PostOffice) -> None:
    """Its lease ran out: another worker may have the batch."""
    await subscribe(office.store, 3)
    office.timing = replace(office.timing, lease=timedelta(milliseconds=50))
    mailing = await office.start()
    office.trace = lambda point: time.sleep(0.1) if point == "after_intent" else None  # as SIGSTOP does
    await office.work()
    assert office.relay.counted() == {}
    assert await office.counts(mailing) == {R.WAITING: 3}


@dataclass
class Hand:
    """A worker that has a batch, and the group that it was about to send."""

    ledger: Ledger
    held: Held
    group: Sequence[Recipient] = ()


async def overtaken(office: PostOffice, plan: Plan) -> tuple[Mailing, Hand, Hand]:
    """A mailing whose worker stood still with a group in hand for longer than its lease, and its next worker."""
    office.timing = replace(office.timing, lease=timedelta(milliseconds=50))
    mailing = await office.start(plan)
    (batch_id,) = await office.due()
    late = await taking(office.ledger(), batch_id)
    late.group = await late.ledger.next_group(late.held, ())
    await asyncio.sleep(0.1)
    return mailing, late, await taking(office.another().ledger(), batch_id)


async def taking(ledger: Ledger, batch_id: int) -> Hand:
    held = await ledger.claim(batch_id)
    assert held is not None
    return Hand(ledger, held)


async def test_a_worker_whose_lease_ran_out_changes_nothing_any_more(office: PostOffice) -> None:
    await subscribe(office.store, 10)
    mailing, late, taken = await overtaken(office, Plan())
    await taken.ledger.next_group(taken.held, ())
    answers = [Answer(each, Rejected("late")) for each in late.group]
    assert await late.ledger.next_group(late.held, answers) == ()
    assert await office.counts(mailing) == {R.QUEUED: 4, R.SENDING: 3, R.UNCONFIRMED: 3}


async def test_the_late_answers_of_a_lost_batch_are_not_those_of_its_next_worker(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    mailing, late, taken = await overtaken(office, RESEND)
    again = await taken.ledger.next_group(taken.held, ())
    assert {each.id for each in again} == {each.id for each in late.group}
    await late.ledger.save(late.held, [Answer(each, Rejected("late")) for each in late.group])
    assert await office.counts(mailing) == {R.SENDING: 3}


# --- what must never happen


async def test_a_payload_that_was_changed_in_the_store_is_not_sent(office: PostOffice) -> None:
    await subscribe(office.store, 1)
    await office.start()
    async with office.store.begin() as tx:
        await tx.connection.execute(update(t.payload).values(payload=t.payload.c.payload + " "))
    await office.work()
    assert office.relay.counted() == {}


async def test_a_mailing_whose_numbers_do_not_add_up_is_not_over(office: PostOffice) -> None:
    await subscribe(office.store, 5)
    mailing = await office.start()
    async with office.store.begin() as tx:
        one = select(t.recipient.c.id).limit(1).scalar_subquery()
        await tx.connection.execute(delete(t.recipient).where(t.recipient.c.id == one))
    with pytest.raises(AccountingError, match="audience 5, recipients 4"):
        await office.work()
    assert (await office.delivery(mailing)).state is D.SENDING


# --- a store that fails


@dataclass
class FailingStore:
    """A `Begin` whose third transaction fails, before it does anything or after it was committed."""

    store: Store
    after_commit: bool
    begun: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        self.begun += 1
        fails = self.begun == 3
        async with self.store.begin() as tx:
            if fails and not self.after_commit:
                raise OSError("the disk is full")
            yield tx
        if fails:
            raise OSError("the connection was lost at COMMIT")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_answers_are_stored_again_when_the_store_fails(office: PostOffice, *, after_commit: bool) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start()
    office.timing = replace(office.timing, store_again=(0.0,))
    failing = FailingStore(office.store, after_commit)
    await office.work(office.broadcast(begin=failing.begin))
    unclear = 3 if after_commit else 0
    assert len(office.relay.sent) == len(office.relay.counted()) == len(readers) - unclear
    counts = await office.counts(mailing)
    assert (counts[R.DELIVERED], counts.get(R.UNCONFIRMED, 0)) == (10 - unclear, unclear)
    assert (await office.delivery(mailing)).state is D.DELIVERED
