"""What is held about a reader is told whole; once erased, nothing names, reaches or revives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select, update

from publisher.channel import Outcome, Rejected
from publisher.content.kinds.kind import MailClass
from publisher.delivery.states import RecipientState
from publisher.mailing.codes import choose_code
from publisher.mailing.disclosure import Disclosure, disclose
from publisher.mailing.erasure import Erased, erase, erased_among
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import Saved, SubscriberState, bounce, save
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import ENCRYPTION, HASHING, NOON, PostOffice, subscribe

R = RecipientState
DEAD = Rejected("550 5.1.1 <{}> unknown", disable_target=True)


async def told(store: Store, address: str) -> Disclosure:
    async with store.read() as tx:
        return await disclose(tx, address)


async def erased(store: Store, address: str) -> Erased:
    return await store.run(lambda tx: erase(tx, HASHING, address, NOON))


async def dump(store: Store) -> str:
    """Every byte of every table."""
    async with store.read() as tx:
        rows = [(await tx.connection.execute(select(table))).all() for table in t.metadata.sorted_tables]
    return repr(rows)


async def added(store: Store, *addresses: str) -> Saved:
    readers = [Reader(address, "en-US", frozenset({"maintenance"})) for address in addresses]
    return await store.run(lambda tx: save(tx, readers, NOON, hashing=HASHING))


async def write_to(store: Store, address: str) -> None:
    """A letter that the relay refused, and one that is asked for."""
    shared = {"purpose": "preferences", "locale": "en-US", "wish": "{}", "network_hash": "0" * 64}
    async with store.begin() as tx:
        (subscriber,) = (await tx.subscribers_by_key([address])).values()
        refused = {"state": "rejected", "reason": f"550 <{address}> is not wanted here", "mailbox_hash": "0" * 64}
        letter = {**shared, **refused, "subscriber_id": subscriber.id, "asked_at": NOON}
        await tx.connection.execute(insert(t.letter).values(letter))
        await tx.connection.execute(insert(t.sign_up).values({**shared, "address": address.upper(), "at": NOON}))


async def mailed(store: Store, answer: Outcome | None = None) -> PostOffice:
    """A mailing that has come to its end, or to its wait."""
    office = PostOffice(store)
    if answer is not None:
        office.relay.answer = lambda addressee: answer
    await office.start()
    await office.work()
    return office


async def test_everything_is_told_but_the_code(store: Store) -> None:
    (one, _) = await subscribe(store, 2)
    async with store.begin() as tx:
        (subscriber,) = (await tx.subscribers_by_key([one])).values()
        await choose_code(tx, ENCRYPTION, subscriber.id, "Canary42", NOON)
        await tx.suppress([one], [MailClass.PROMOTIONAL], "unsubscribed", NOON)
    await mailed(store)

    found = await told(store, one)

    assert found.subscriber is not None
    assert (found.subscriber.state, found.subscriber.has_anti_phishing_code) == ("active", True)
    assert [(each.kind, each.frequency) for each in found.subscriber.subscriptions] == [("maintenance", "instant")]
    assert [(each.mail_class, each.reason) for each in found.suppressions] == [("promotional", "unsubscribed")]
    assert [(each.act, each.source, each.kinds) for each in found.consent] == [("imported", "import", ["maintenance"])]
    assert [(each.reference, each.destination, each.state) for each in found.mails] == [
        ("ANN-2026-00042", "mail", "delivered")
    ]
    assert "Canary42" not in json.dumps(asdict(found), default=str)


async def test_nothing_is_told_of_somebody_else(store: Store) -> None:
    await subscribe(store, 2)
    await mailed(store)

    assert (await told(store, "nobody@example.com")).is_empty


async def test_no_table_holds_an_erased_address(store: Store) -> None:
    (one, other) = await subscribe(store, 2)
    async with store.begin() as tx:
        await tx.suppress([one], [MailClass.PROMOTIONAL], "unsubscribed", NOON)
    await write_to(store, one)
    office = PostOffice(store)
    office.relay.answers({one: Rejected(f"550 5.7.1 <{one}> is not wanted here")})
    await office.start()
    await office.work()
    assert one in await dump(store)

    assert await erased(store, one) == Erased(subscriber=True, mails=1, memberships=0, on_their_way=0)

    after = await dump(store)
    assert one not in after.lower()
    assert other in after
    assert (await told(store, one)).is_empty
    assert await erased(store, one) == Erased(subscriber=False, mails=0, memberships=0, on_their_way=0)


async def test_what_was_agreed_stays_without_a_person(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    found = (await told(store, one)).subscriber
    assert found is not None

    await erased(store, one)

    async with store.read() as tx:
        lines = await tx.agreed_by(found.id)
        row = (await tx.connection.execute(select(t.subscriber))).mappings().one()
    assert [line.act for line in lines] == ["imported", "erased"]
    assert (row["address"], row["state"], row["locale"]) == ("", SubscriberState.ERASED, "und")


async def test_a_list_does_not_bring_them_back(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    await erased(store, one)

    assert await added(store, one.upper().replace("EXAMPLE.COM", "example.com"), "new@example.com") == Saved(
        added=1, suppressed=1
    )
    async with store.read() as tx:
        assert await erased_among(tx, HASHING, [one, "new@example.com"]) == {one}
        assert [each.address for each in await tx.subscribers(0, 10)] == ["new@example.com"]


async def test_who_is_erased_before_the_mail_went_out_does_not_get_it(store: Store) -> None:
    (one, two) = await subscribe(store, 2)
    office = PostOffice(store)
    mailing = await office.start()

    await erased(store, one)
    await office.work()

    assert office.relay.counted() == {two: 1}
    assert await office.counts(mailing) == {R.DELIVERED: 1, R.SUPPRESSED: 1}


async def test_whoever_resends_to_everybody_leaves_them_out(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    office = PostOffice(store)
    mailing = await office.start()
    await erased(store, one)
    async with store.begin() as tx:
        await tx.connection.execute(update(t.recipient).values(state=R.QUEUED))

    await office.work()

    assert office.relay.sent == []
    assert await office.counts(mailing) == {R.SUPPRESSED: 1}


async def test_a_dead_address_makes_its_reader_bounced(store: Store) -> None:
    (one,) = await subscribe(store, 1)

    await mailed(store, DEAD)

    found = await told(store, one)
    assert found.subscriber is not None
    assert found.subscriber.state == "bounced"
    assert {each.mail_class for each in found.suppressions} == set(MailClass)
    assert await added(store, one) == Saved(suppressed=1)


async def test_who_is_erased_while_the_relay_refuses_them_is_not_written_down_again(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    async with store.begin() as tx:
        ids: Sequence[int] = await tx.recipients_of(one, None)
    assert ids == []
    office = PostOffice(store)
    office.relay.answer = lambda addressee: DEAD
    await office.start()
    async with store.read() as tx:
        ids = await tx.recipients_of(one, None)

    await erased(store, one)
    async with store.begin() as tx:
        await bounce(tx, ids, NOON)

    assert one not in await dump(store)
