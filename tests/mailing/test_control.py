"""A mailing in people's hands: whoever stops it stops it within a group, and nobody is lost or doubled by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import pytest

from publisher.channel import Addressee, Outcome, Payload, Rejected, Unconfirmed
from publisher.delivery import stop
from publisher.delivery.engine.port import Lane
from publisher.delivery.gate import KILL_SWITCH
from publisher.mailing import control
from publisher.mailing.addresses import address_key
from publisher.mailing.canary import Canary
from publisher.mailing.refusals import Limit
from publisher.mailing.resend import resend_missing
from publisher.mailing.transaction import Mailing
from publisher.release.approval import Refused
from publisher.release.states import ReleaseState
from publisher.store.transaction import SqlTransaction
from tests.mailing.builders import NOON, POLICY, D, Plan, PostOffice, R, Relay, subscribe

FULL = Rejected("550 5.2.2 mailbox full")
GONE = Rejected("550 5.1.1 no such user", disable_target=True)


class Deciding(Protocol):
    async def __call__(
        self, tx: SqlTransaction, mailing_id: int, *, at: datetime, actor: str, reason: str
    ) -> object: ...


async def act(office: PostOffice, decision: Deciding, mailing: Mailing, reason: str = "the amount is wrong") -> None:
    async with office.store.begin() as tx:
        await decision(tx, mailing.id, at=office.clock.now(), actor="olga", reason=reason)


class Interrupted(Relay):
    """Somebody acts while its first group is under way."""

    def __init__(self, office: PostOffice, decision: Deciding, mailing: Mailing) -> None:
        super().__init__()
        self.interrupt = partial(act, office, decision, mailing)

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        if self.groups == 0:
            await self.interrupt()
        async for each in super().send_group(payload, group):
            yield each


async def history(office: PostOffice, mailing: Mailing) -> list[tuple[str | None, str, str]]:
    async with office.store.read() as tx:
        return [(row.before, row.after, row.actor) for row in await tx.history(control.ENTITY, [mailing.id])]


# --- pause, resume, cancel


async def test_a_pause_stops_after_the_group_in_flight_until_somebody_resumes(office: PostOffice) -> None:
    readers = await subscribe(office.store, 25)
    mailing = await office.start()
    office.relay = Interrupted(office, control.pause, mailing)
    await office.work()
    assert await office.counts(mailing) == {R.QUEUED: 22, R.DELIVERED: 3}
    await office.pass_time(300)
    assert len(office.relay.sent) == 3
    await act(office, control.resume, mailing)
    await office.work()
    assert office.relay.counted() == dict.fromkeys(readers, 1)
    assert await history(office, mailing) == [("sending", "paused", "olga"), ("paused", "sending", "olga")]


async def test_a_paused_mailing_costs_no_look(office: PostOffice) -> None:
    await subscribe(office.store, 25)
    mailing = await office.start()
    await act(office, control.pause, mailing)
    office.clock.advance(3600)
    assert await office.due() == []


async def test_a_cancelled_mailing_ends_at_once_also_when_it_was_paused(office: PostOffice) -> None:
    await subscribe(office.store, 25)
    mailing = await office.start()
    office.relay = Interrupted(office, control.pause, mailing)
    await office.work()
    await act(office, control.cancel, mailing)
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 3, R.CANCELLED: 22}
    assert (await office.delivery(mailing)).state is D.CANCELLED
    assert (await office.missed(mailing))[-1].reason == "cancelled by olga: the amount is wrong"


@pytest.mark.parametrize("reached", [True, False])
async def test_whom_a_cancelled_mailing_had_reached_is_known_to_a_retraction(office: PostOffice, reached: bool) -> None:
    await subscribe(office.store, 25)
    mailing = await office.start()
    office.relay = Interrupted(office, control.cancel, mailing) if reached else office.relay
    if not reached:
        await act(office, control.cancel, mailing)
    await office.work()

    async with office.store.read() as tx:
        release = await tx.release((await office.delivery(mailing)).release_id)
        [mail] = [each for each in await tx.standing(release.announcement_id) if each.destination == "mail"]

    assert (mail.there, mail.in_part) == (False, reached)


async def test_cancelling_the_release_ends_a_paused_mailing(office: PostOffice) -> None:
    await subscribe(office.store, 5)
    mailing = await office.start()
    await act(office, control.pause, mailing)
    release_id = (await office.delivery(mailing)).release_id
    async with office.store.begin() as tx:
        await stop.cancel(tx, release_id, at=NOON, actor="olga", reason="called off")
    await office.work()
    assert await office.counts(mailing) == {R.CANCELLED: 5}


async def test_a_pause_outlives_its_deadline_only_as_expired(office: PostOffice) -> None:
    await subscribe(office.store, 5)
    mailing = await office.start(Plan(window=timedelta(hours=1)))
    await act(office, control.pause, mailing)
    office.clock.advance(3601)
    await office.work()
    assert await office.counts(mailing) == {R.EXPIRED: 5}


async def test_the_kill_switch_stops_a_mailing_within_a_group(office: PostOffice) -> None:
    await subscribe(office.store, 10)
    mailing = await office.start()

    async def kill(tx: SqlTransaction, mailing_id: int, *, at: datetime, actor: str, reason: str) -> None:
        await stop.switch_off(tx, KILL_SWITCH, at=at, actor=actor, reason=reason)

    office.relay = Interrupted(office, kill, mailing)
    await office.work()
    assert await office.counts(mailing) == {R.QUEUED: 7, R.DELIVERED: 3}


@pytest.mark.parametrize(
    ("before", "decision", "said"),
    [
        ([], control.resume, "is not paused"),
        ([control.pause], control.pause, "is paused already, by olga: the amount is wrong"),
        ([control.cancel], control.resume, "is being cancelled, by olga"),
        ([], control.go, "waits for no go"),
        ([], resend_missing, "is still under way"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    office: PostOffice, before: list[Deciding], decision: Deciding, said: str
) -> None:
    await subscribe(office.store, 5)
    mailing = await office.start()
    for each in before:
        await act(office, each, mailing)
    with pytest.raises(Refused, match=said):
        await act(office, decision, mailing)


async def test_nothing_is_done_to_a_mailing_that_is_over(office: PostOffice) -> None:
    await subscribe(office.store, 1)
    mailing = await office.start()
    await office.work()
    for decision in (control.pause, control.resume, control.cancel, control.go):
        with pytest.raises(Refused, match="ended at 2026-12-01 12:00:00 UTC"):
            await act(office, decision, mailing)


# --- the canary


async def test_the_first_readers_get_it_and_the_rest_waits_for_a_go(office: PostOffice) -> None:
    readers = await subscribe(office.store, 30)
    office.canary = Canary(share=0.1)
    mailing = await office.start()
    await office.pass_time(300)
    assert office.relay.counted() == dict.fromkeys(readers[:3], 1)
    await act(office, control.go, mailing, "the first ones look right")
    await office.work()
    assert office.relay.counted() == dict.fromkeys(readers, 1)
    assert await history(office, mailing) == [("canary", "sending", "olga")]


async def test_a_pause_does_not_let_the_canary_go(office: PostOffice) -> None:
    await subscribe(office.store, 30)
    office.canary = Canary(share=0.1)
    mailing = await office.start()
    await act(office, control.pause, mailing)
    await act(office, control.resume, mailing)
    await office.pass_time(300)
    assert len(office.relay.sent) == 3
    await act(office, control.pause, mailing)
    await act(office, control.go, mailing)
    await office.pass_time(300)
    assert len(office.relay.sent) == 3
    await act(office, control.resume, mailing)
    await office.work()
    assert len(office.relay.sent) == 30


@pytest.mark.parametrize(("refused", "sent"), [(1, 30), (2, 3)])
async def test_it_goes_on_by_itself_only_when_few_were_refused(office: PostOffice, refused: int, sent: int) -> None:
    readers = await subscribe(office.store, 30)
    office.canary = Canary(share=0.1, wait=timedelta(minutes=5))
    office.refusals = Limit(share=0.5)
    office.relay.answers(dict.fromkeys(readers[:refused], FULL))
    await office.start()
    await office.pass_time(270)
    assert len(office.relay.sent) == 3
    await office.pass_time(60)
    assert len(office.relay.sent) == sent


async def test_an_urgent_kind_has_no_canary(office: PostOffice) -> None:
    await subscribe(office.store, 30)
    office.canary = Canary(share=0.1)
    mailing = await office.start(Plan(replace(POLICY, urgent=True)))
    assert mailing.canary == 0
    await office.work()
    assert len(office.relay.sent) == 30


@pytest.mark.parametrize(
    ("audience", "first"), [(9_999, 0), (10_000, 100), (100_000, 1_000), (1_000_000, 1_000), (0, 0)]
)
def test_one_in_a_hundred_a_thousand_at_the_most(audience: int, first: int) -> None:
    assert Canary(share=0.01, smallest=10_000).of(audience) == first


# --- too many refusals


async def test_a_mailing_that_is_refused_too_often_is_paused(office: PostOffice) -> None:
    readers = await subscribe(office.store, 40)
    office.refusals = Limit(share=0.2, of=10)
    office.relay.answers(dict.fromkeys(readers[3:8], FULL))
    mailing = await office.start()
    await office.work(office.broadcast())
    assert await office.counts(mailing) == {R.QUEUED: 30, R.DELIVERED: 5, R.REJECTED: 5}
    assert await history(office, mailing) == [("sending", "paused", "publisher")]
    await act(office, control.resume, mailing)
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 35, R.REJECTED: 5}


async def test_an_urgent_mailing_goes_on_whatever_is_refused(office: PostOffice) -> None:
    await subscribe(office.store, 40)
    office.refusals = Limit(share=0.2, of=10)
    office.relay.answer = lambda addressee: FULL
    mailing = await office.start(Plan(lane=Lane.URGENT))
    await office.work(office.broadcast())
    assert await office.counts(mailing) == {R.REJECTED: 40}


# --- who did not get it


async def test_who_was_refused_gets_it_once_more(office: PostOffice) -> None:
    readers = await subscribe(office.store, 25)
    office.relay.answers({readers[3]: FULL, readers[7]: GONE, readers[9]: Unconfirmed("cut after DATA")})
    mailing = await office.start()
    await office.work()
    office.relay = Relay()
    await act(office, resend_missing, mailing)
    assert (await office.counts(mailing))[R.QUEUED] == 1
    await office.work()
    assert office.relay.counted() == {readers[3]: 1}
    assert await office.counts(mailing) == {R.DELIVERED: 23, R.REJECTED: 1, R.UNCONFIRMED: 1}
    assert (await office.delivery(mailing)).reason == "23 delivered, 1 rejected, 1 unconfirmed of 25"


async def test_who_is_in_doubt_is_sent_to_again_only_when_asked_for(office: PostOffice) -> None:
    readers = await subscribe(office.store, 5)
    office.relay.answers({readers[1]: Unconfirmed("cut after DATA")})
    mailing = await office.start()
    await office.work()
    with pytest.raises(Refused, match="see --unconfirmed"):
        await act(office, resend_missing, mailing)
    office.relay = Relay()
    await act(office, partial(resend_missing, unconfirmed=True), mailing)
    await office.work()
    assert office.relay.counted() == {readers[1]: 1}
    assert (await office.delivery(mailing)).reason == "5 delivered of 5; 1 sent a second time"


async def test_nobody_who_left_meanwhile_is_sent_to_again(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    office.relay.answers({reader: FULL})
    mailing = await office.start()
    await office.work()
    async with office.store.begin() as tx:
        await tx.suppress([address_key(reader)], [POLICY.mail_class], "unsubscribed", NOON)
    with pytest.raises(Refused, match=r"whoever did not get it \(1\) has unsubscribed"):
        await act(office, resend_missing, mailing)
    assert (await office.report(mailing)).mailing.finished_at is not None


async def test_a_mailing_that_nobody_got_is_delivered_once_somebody_gets_it(office: PostOffice) -> None:
    readers = await subscribe(office.store, 3)
    office.relay.answers(dict.fromkeys(readers, FULL))
    mailing = await office.start()
    await office.work()
    delivery = await office.delivery(mailing)
    assert delivery.state is D.REJECTED
    office.relay = Relay()
    await act(office, resend_missing, mailing)
    await office.work()
    assert (await office.delivery(mailing)).state is D.DELIVERED
    async with office.store.read() as tx:
        assert (await tx.release(delivery.release_id)).state is ReleaseState.PUBLISHED


async def test_nothing_is_resent_after_the_window(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    office.relay.answers({reader: FULL})
    mailing = await office.start(Plan(window=timedelta(hours=1)))
    await office.work()
    office.clock.advance(3600)
    with pytest.raises(Refused, match="could go out until 2026-12-01 13:00:00 UTC"):
        await act(office, resend_missing, mailing)


# --- what one reader got


async def test_what_a_reader_got(office: PostOffice) -> None:
    readers = await subscribe(office.store, 2)
    office.relay.answers({readers[0]: FULL})
    mailing = await office.start()
    await office.work()
    async with office.store.read() as tx:
        ((line, told, tried_at),) = await tx.mails_to(address_key(readers[0]))
    assert (line.mailing.id, told.state, told.reason, tried_at) == (mailing.id, R.REJECTED, FULL.reason, NOON)
