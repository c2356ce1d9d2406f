"""A mailing from its start to its end, as staff and readers see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from publisher.channel import Addressee, Outcome, Payload, Rejected, Retry, SlotError, Unconfirmed, slot_value
from publisher.content.kinds.kind import MailClass
from publisher.content.kinds.kind import Unconfirmed as Policy
from publisher.delivery.stop import cancel
from publisher.mailing.addresses import address_key
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.subscribers import unsubscribe
from publisher.release.freeze import sha256
from publisher.release.states import ReleaseState
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import NOON, POLICY, TOKENS, D, Plan, PostOffice, R, Relay, accepted, subscribe

RESEND = Plan(replace(POLICY, unconfirmed=Policy.RESEND_ONCE))


async def suppress(store: Store, address: str, mail_class: MailClass = MailClass.SERVICE) -> None:
    async with store.begin() as tx:
        await tx.suppress([address_key(address)], [mail_class], "unsubscribed", NOON)


async def test_every_reader_gets_it_once_and_the_delivery_ends(office: PostOffice) -> None:
    readers = await subscribe(office.store, 25)
    mailing = await office.start()
    await office.work()
    assert office.relay.counted() == dict.fromkeys(readers, 1)
    assert await office.counts(mailing) == {R.DELIVERED: 25}
    delivery = await office.delivery(mailing)
    assert (delivery.state, delivery.reason) == (D.DELIVERED, "25 delivered of 25")
    async with office.store.read() as tx:
        assert (await tx.release(delivery.release_id)).state is ReleaseState.PUBLISHED
    assert await office.work() == 0


async def test_a_mailing_to_nobody_ends_at_once(office: PostOffice) -> None:
    mailing = await office.start()
    assert (mailing.audience, (await office.delivery(mailing)).state) == (0, D.DELIVERED)
    assert await office.work() == 0


async def test_starting_twice_is_starting_once(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    mailing = await office.start()
    assert mailing.delivery_id is not None
    async with office.store.begin() as tx:
        assert await MailingFanOut(office.clock).start(tx, mailing.delivery_id) == mailing.id
    assert (await office.report(mailing)).counts == {R.QUEUED: 3}


async def test_every_message_has_the_reader_s_own_slots(office: PostOffice) -> None:
    await subscribe(office.store, 2)
    mailing = await office.start()
    await office.work()
    first, second = (addressee.slots for addressee in office.relay.sent)
    for slots in (first, second):
        for name in slots:
            assert slot_value(name, slots) == slots[name]
    shared = {"reference", "url", "date", "recipient.anti_phishing_code"}
    assert {name for name in first if first[name] == second[name]} == shared
    assert (
        first.keys()
        == second.keys()
        == {
            *shared,
            "message_id",
            "recipient.address",
            "recipient.unsubscribe_url",
            "recipient.preferences_url",
        }
    )
    assert mailing.audience == 2


async def test_the_link_in_the_mail_unsubscribes(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    await office.start()
    await office.work()
    link = office.relay.sent[0].slots["recipient.unsubscribe_url"]
    token = link.removeprefix("https://example.com/u/")
    async with office.store.begin() as tx:
        assert await unsubscribe(tx, TOKENS, token, NOON) is MailClass.SERVICE
    assert (await office.start()).audience == 0
    assert reader


# --- between start and send


async def test_who_unsubscribes_before_their_group_does_not_get_it(office: PostOffice) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start()

    await suppress(office.store, readers[9])
    await office.work()
    assert readers[9] not in office.relay.counted()
    assert await office.counts(mailing) == {R.DELIVERED: 9, R.SUPPRESSED: 1}
    assert (await office.delivery(mailing)).reason == "9 delivered, 1 suppressed of 10"


async def test_who_leaves_while_it_runs_does_not_get_it(office: PostOffice) -> None:
    readers = await subscribe(office.store, 10)
    mailing = await office.start()
    first = office.relay.answer

    class Leaving(Relay):
        async def send_group(
            self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
        ) -> AsyncIterator[tuple[int, Outcome]]:
            await suppress(office.store, readers[9])
            async for each in super().send_group(payload, group):
                yield each

    office.relay = Leaving(first)
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 9, R.SUPPRESSED: 1}


async def test_an_unsubscribe_of_another_class_changes_nothing(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    mailing = await office.start()
    await suppress(office.store, reader, MailClass.PROMOTIONAL)
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 1}


# --- what the relay says


async def test_a_refused_reader_is_named_and_the_others_get_it(office: PostOffice) -> None:
    readers = await subscribe(office.store, 5)
    office.relay.answers({readers[2]: Rejected("550 5.2.2 mailbox full")})
    mailing = await office.start()
    await office.work()
    (missed,) = await office.missed(mailing)
    assert (missed.address, missed.state, missed.reason) == (readers[2], R.REJECTED, "550 5.2.2 mailbox full")
    assert (await office.delivery(mailing)).reason == "4 delivered, 1 rejected of 5"


async def test_a_dead_address_is_never_mailed_again(office: PostOffice) -> None:
    readers = await subscribe(office.store, 2)
    office.relay.answers({readers[0]: Rejected("550 5.1.1 no such user", disable_target=True)})
    await office.start()
    await office.work()
    mandatory = replace(POLICY, mail_class=MailClass.MANDATORY)
    assert (await office.start(Plan(mandatory))).audience == 1


async def test_when_nobody_could_be_reached_the_delivery_is_rejected(office: PostOffice) -> None:
    await subscribe(office.store, 2)
    office.relay.answer = lambda addressee: Rejected("554 no")
    mailing = await office.start()
    await office.work()
    assert (await office.delivery(mailing)).state is D.REJECTED


async def test_a_reader_put_off_is_tried_again_later(office: PostOffice) -> None:
    readers = await subscribe(office.store, 4)
    office.relay.answers({readers[1]: Retry("451 greylisted")})
    mailing = await office.start()
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 3, R.WAITING: 1}
    assert await office.work() == 0
    office.relay.answers({})
    await office.pass_time(120)
    assert await office.counts(mailing) == {R.DELIVERED: 4}
    assert office.relay.counted()[readers[1]] == 2


async def test_a_wait_that_the_relay_named_is_kept(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    office.relay.answers({reader: Retry("try in an hour", after=3600)})
    mailing = await office.start()
    await office.work()
    await office.pass_time(3570)
    assert office.relay.counted() == {reader: 1}
    office.relay.answers({})
    await office.pass_time(60)
    assert await office.counts(mailing) == {R.DELIVERED: 1}


async def test_who_is_put_off_until_the_deadline_expires(office: PostOffice) -> None:
    readers = await subscribe(office.store, 2)
    office.relay.answers({readers[0]: Retry("451 greylisted")})
    mailing = await office.start(Plan(window=timedelta(hours=2)))
    await office.work()
    await office.pass_time(7300, step=60)
    assert await office.counts(mailing) == {R.DELIVERED: 1, R.EXPIRED: 1}
    assert (await office.delivery(mailing)).state is D.DELIVERED
    assert 3 < office.relay.counted()[readers[0]] < 20


async def test_a_mailing_that_reached_nobody_in_time_is_expired(office: PostOffice) -> None:
    await subscribe(office.store, 2)
    mailing = await office.start(Plan(window=timedelta(hours=2)))
    office.clock.advance(7200)
    await office.work()
    assert office.relay.counted() == {}
    assert (await office.delivery(mailing)).state is D.EXPIRED


async def test_a_relay_that_is_down_is_left_alone_and_nobody_is_lost(office: PostOffice) -> None:
    await subscribe(office.store, 40)
    office.relay.answer = lambda addressee: Retry("connect refused", scope="account")
    mailing = await office.start()
    await office.work()
    assert office.relay.groups == 1 + 3, "one group of every batch that was already due"
    assert await office.work() == 0, "the account rests"
    office.relay.answer = accepted
    await office.pass_time(120)
    assert await office.counts(mailing) == {R.DELIVERED: 40}


# --- nobody can tell


async def test_an_unconfirmed_reader_is_parked_and_listed(office: PostOffice) -> None:
    readers = await subscribe(office.store, 5)
    office.relay.answers({readers[3]: Unconfirmed("cut after DATA")})
    mailing = await office.start()
    await office.work()
    (missed,) = await office.missed(mailing)
    assert (missed.address, missed.state, missed.reason) == (readers[3], R.UNCONFIRMED, "cut after DATA")
    assert office.relay.counted()[readers[3]] == 1
    assert (await office.delivery(mailing)).reason == "4 delivered, 1 unconfirmed of 5"


async def test_a_kind_that_allows_it_sends_once_more_with_the_same_message_id(office: PostOffice) -> None:
    readers = await subscribe(office.store, 5)
    office.relay.answers({readers[3]: Unconfirmed("cut after DATA")})
    mailing = await office.start(RESEND)
    await office.work()
    sent = [addressee for addressee in office.relay.sent if addressee.address == readers[3]]
    assert len(sent) == 2
    assert sent[0].slots["message_id"] == sent[1].slots["message_id"]
    assert await office.counts(mailing) == {R.DELIVERED: 4, R.UNCONFIRMED: 1}
    assert (await office.delivery(mailing)).reason == "4 delivered, 1 unconfirmed of 5; 1 sent a second time"


async def test_nothing_is_resent_after_the_moment_that_the_kind_names(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    office.relay.answers({reader: Unconfirmed("cut after DATA")})
    await office.start(Plan(replace(RESEND.policy, resend_until=NOON)))
    await office.work()
    assert office.relay.counted() == {reader: 1}


async def test_a_channel_that_raises_leaves_its_group_unconfirmed_and_the_rest_goes_on(office: PostOffice) -> None:
    readers = await subscribe(office.store, 5)

    def breaks(addressee: Addressee) -> Outcome:
        if addressee.address == readers[1]:
            raise SlotError("secret")
        return accepted(addressee)

    office.relay.answer = breaks
    mailing = await office.start()
    await office.work()
    missed = await office.missed(mailing)
    assert [each.address for each in missed] == readers[1:3]
    assert all("SlotError" in each.reason and "secret" not in each.reason for each in missed)


async def test_an_account_that_cannot_be_connected_is_tried_again(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    mailing = await office.start()
    await office.work(office.broadcast(_no_such_account))
    assert await office.counts(mailing) == {R.WAITING: 3}
    await office.pass_time(60)
    assert await office.counts(mailing) == {R.DELIVERED: 3}


def _no_such_account(account: str) -> Relay:
    raise LookupError(account)


async def test_a_payload_exchanged_together_with_its_hash_reaches_nobody(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    mailing = await office.start()
    forged = '{"parts":[],"slots":{},"target":{}}'
    async with office.store.begin() as tx:
        await tx.connection.execute(update(t.payload).values(payload=forged, sha256=sha256(forged)))
    await office.work()
    assert office.relay.counted() == {}
    delivery = await office.delivery(mailing)
    assert delivery.reason == "the stored payload of the mailing is not the one that was approved"
    async with office.store.begin() as tx:
        await cancel(tx, delivery.release_id, at=NOON, actor="olga", reason="somebody was in the database")
    await office.pass_time(30)
    assert (office.relay.counted(), await office.counts(mailing)) == ({}, {R.CANCELLED: 3})


async def test_a_mailing_whose_approval_no_longer_holds_stands_still_and_goes_on_after(office: PostOffice) -> None:
    readers = await subscribe(office.store, 3)
    mailing = await office.start()

    async def refused(tx: object, delivery: object) -> str | None:
        return "approvals no longer hold: 1 more of editors (en-US)"

    await replace(office, verify=refused).work()
    assert office.relay.counted() == {}
    assert (await office.delivery(mailing)).reason.startswith("approvals no longer hold")
    await office.pass_time(30)
    assert office.relay.counted() == dict.fromkeys(readers, 1)
