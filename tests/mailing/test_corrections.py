"""A correction and a retraction go to exactly those whom the first copy may have reached."""

from __future__ import annotations

import random
from dataclasses import replace

from publisher.channel import Addressee, Outcome, Rejected, Unconfirmed
from publisher.content.kinds.kind import MailClass
from publisher.release.scope import Form
from tests.mailing.builders import POLICY, Plan, PostOffice, R, accepted, readers_of, subscribe, suppress

REVISION = replace(POLICY, form=Form.REVISION)
READERS = 10_000


def correction(operation: str = "amend") -> Plan:
    return Plan(REVISION, announcement="a", operation=operation)


async def test_ten_thousand_readers_of_whom_some_leave_and_others_come(office: PostOffice) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 to repeat a failure
    chance = random.Random(seed)
    readers = await subscribe(office.store, READERS)
    refused = set(chance.sample(readers, READERS // 50))
    doubtful = set(chance.sample(sorted(set(readers) - refused), READERS // 50))

    def answer(addressee: Addressee) -> Outcome:
        if addressee.address in refused:
            return Rejected("no such mailbox")
        return Unconfirmed("cut off") if addressee.address in doubtful else accepted(addressee)

    big = replace(
        office, batch_size=500, timing=replace(office.timing, window=500), relay=replace(office.relay, answer=answer)
    )
    first = await big.start(Plan(announcement="a"))
    await big.work()
    gone = set(chance.sample(readers, READERS // 10))
    async with office.store.begin() as tx:
        await tx.suppress(sorted(gone), [MailClass.SERVICE], "unsubscribed", office.clock.now())
    await subscribe(office.store, 500)

    amended = await big.start(correction())
    await big.work()
    retracted = await big.start(correction("retract"))

    counts = await big.counts(first)
    assert (counts[R.REJECTED], counts[R.UNCONFIRMED]) == (len(refused), len(doubtful))
    assert await readers_of(big, amended) == set(readers) - refused - gone
    assert await readers_of(big, retracted) == set(readers) - refused - gone


async def test_whoever_gave_up_the_kind_is_corrected_all_the_same(office: PostOffice) -> None:
    [reader] = await subscribe(office.store, 1)
    await office.start(Plan(announcement="a"))
    await office.work()
    async with office.store.begin() as tx:
        await tx.connection.exec_driver_sql("DELETE FROM subscription")

    assert await readers_of(office, await office.start(correction())) == {reader}


async def test_nobody_is_told_that_what_they_never_got_was_wrong(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    [left] = await subscribe(office.store, 1)
    await suppress(office, left, MailClass.SERVICE)
    await office.start(Plan(announcement="another"))
    await office.work()

    assert (await office.start(correction())).audience == 0
