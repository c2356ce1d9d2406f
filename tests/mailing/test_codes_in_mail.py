"""Every mail to a reader shows the code that they chose, nobody else's, and none is sent without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import update

from publisher.delivery.states import RecipientState
from publisher.encryption import Encryption
from publisher.mailing.codes import choose_code
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import ENCRYPTION, NOON, PostOffice, subscribe

R = RecipientState


async def chosen(store: Store, codes: Mapping[str, str], encryption: Encryption = ENCRYPTION) -> None:
    async with store.begin() as tx:
        for address, subscriber in (await tx.subscribers_by_key(codes)).items():
            await choose_code(tx, encryption, subscriber.id, codes[address], NOON)


def shown(office: PostOffice) -> Mapping[str, str]:
    return {each.address: each.slots["recipient.anti_phishing_code"] for each in office.relay.sent}


async def test_each_has_their_own_and_who_chose_none_has_a_dash(store: Store) -> None:
    one, two, three = await subscribe(store, 3)
    await chosen(store, {one: "Canary42", three: "87654321"})
    office = PostOffice(store)

    await office.start()
    await office.work()

    assert shown(office) == {one: "Canary42", two: "-", three: "87654321"}


async def test_who_now_has_another_address_shows_no_code_to_the_old_one(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    await chosen(store, {one: "Canary42"})
    office = PostOffice(store)
    await office.start()
    async with store.begin() as tx:
        moved = update(t.subscriber).where(t.subscriber.c.address_key == one)
        await tx.connection.execute(moved.values(address="new@example.com", address_key="new@example.com"))

    await office.work()

    assert shown(office) == {one: "-"}


async def test_whose_code_cannot_be_read_waits_and_the_others_get_theirs(store: Store) -> None:
    one, two, three = await subscribe(store, 3)
    await chosen(store, {one: "Canary42"})
    await chosen(store, {two: "87654321"}, Encryption([b"another" * 4 + b"key."]))
    office = PostOffice(store)

    mailing = await office.start()
    await office.work()

    assert shown(office) == {one: "Canary42", three: "-"}
    assert await office.counts(mailing) == {R.DELIVERED: 2, R.WAITING: 1}
    (missed,) = await office.missed(mailing)
    assert (missed.address, "needs the data key" in missed.reason) == (two, True)

    await chosen(store, {two: "87654321"})
    await office.pass_time(600)

    assert shown(office)[two] == "87654321"
    assert (await office.report(mailing)).counts == {R.DELIVERED: 3}


async def test_a_code_is_in_no_text_about_its_recipient(store: Store) -> None:
    (one,) = await subscribe(store, 1)
    await chosen(store, {one: "Canary42"})
    office = PostOffice(store)
    await office.start()
    async with store.read() as tx:
        (batch,) = await office.due()
        (recipient,) = await tx.queued_recipients(batch, NOON)

    await replace(office).work()

    assert recipient.code is not None
    assert recipient.code.text not in repr(recipient)
    assert "Canary42" not in repr(office.relay.sent)
