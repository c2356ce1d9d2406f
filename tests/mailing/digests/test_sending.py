"""A run is a mailing like any other: the same books, the same control, and nothing but what was approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from publisher.channel import Rejected
from publisher.content.kinds.kind import MailClass
from publisher.mailing import control
from publisher.mailing.digests import runs
from publisher.mailing.progress import Standing, named, progress
from publisher.mailing.resend import resend_missing
from publisher.mailing.transaction import Batch, Mailing, Transaction
from publisher.release.freeze import sha256
from publisher.store import tables as t
from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store
from tests.databases import postgresql_url, sqlite_url
from tests.mailing.builders import PostOffice, R
from tests.mailing.digests.builders import Desk
from tests.mailing.test_kill import ENDED, IN_FLIGHT, KILLED, Lives, lives
from tests.mailing.worker_process import Order

__all__ = ["lives"]

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
"""Three hours before it is noon where workers are killed."""
ZONES = ("UTC", "Africa/Abidjan")
READERS = 40


async def verified(tx: Transaction, batch: Batch) -> str | None:
    assert isinstance(tx, SqlTransaction)
    return await runs.refusal(tx, batch, Desk(Store(Database("sqlite:///never-opened.db"))).press)


async def started(desk: Desk, readers: int = 6) -> tuple[PostOffice, Mailing, Sequence[str]]:
    """Digests whose hour has come, for readers of two zones; nothing is sent yet."""
    desk.clock.moment = NINE.replace(hour=8)
    addresses = [f"reader-{number:03}@example.com" for number in range(readers)]
    for number, address in enumerate(addresses):
        await desk.subscribe(address, ZONES[number % 2], listing="daily")
    await desk.publish("a")
    await desk.at(NINE)
    office = PostOffice(desk.store, clock=desk.clock, verify_digest=verified)
    async with desk.store.read() as tx:
        return office, await tx.mailing(1), addresses


async def test_everybody_gets_one_and_the_numbers_add_up(desk: Desk) -> None:
    office, mailing, addresses = await started(desk)
    async with desk.store.read() as tx:
        payloads = (await tx.connection.execute(select(t.digest_payload.c.readers))).scalars().all()
    await office.work()
    assert payloads == [6]  # nothing in it has a time, so that both zones read the same
    assert office.relay.counted() == dict.fromkeys(addresses, 1)
    assert office.relay.sent[0].slots.keys() >= {
        "message_id",
        "recipient.unsubscribe_url",
        "recipient.anti_phishing_code",
    }
    async with desk.store.read() as tx:
        line = await named(tx, mailing.id)
        seen = await progress(tx, line)
    assert (seen.standing, seen.report.identity) == (Standing.OVER, "6 = 6 delivered")
    assert line.name == "Digests of 2026-12-01 09:00 UTC to mail"


async def test_whoever_leaves_meanwhile_gets_none_and_whoever_stopped_service_mail_neither(desk: Desk) -> None:
    office, mailing, addresses = await started(desk)
    async with desk.store.begin() as tx:
        await tx.suppress([addresses[0]], [MailClass.SERVICE], "unsubscribed", NINE)
    await office.work()
    assert (await office.counts(mailing)) == {R.DELIVERED: 5, R.SUPPRESSED: 1}
    await desk.publish("b")
    got = await desk.at(NINE.replace(day=2))
    assert sorted(each.address for each in got if each.told[0][0] == "b r1 en-US") == sorted(addresses[1:])


async def test_it_is_paused_resumed_cancelled_and_mended(desk: Desk) -> None:
    office, mailing, addresses = await started(desk)
    office.relay.answers({addresses[0]: Rejected("no such mailbox", disable_target=False)})
    async with desk.store.begin() as tx:
        await control.pause(tx, mailing.id, at=NINE, actor="olga", reason="look first")
    assert await office.work() == 0
    async with desk.store.begin() as tx:
        await control.resume(tx, mailing.id, at=NINE, actor="olga", reason="fine")
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 5, R.REJECTED: 1}
    office.relay.answers({})
    async with desk.store.begin() as tx:
        assert (await resend_missing(tx, mailing.id, at=NINE, actor="olga", reason="mended")).queued == 1
        await control.cancel(tx, mailing.id, at=NINE, actor="olga", reason="no")
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 5, R.CANCELLED: 1}


@pytest.mark.parametrize("with_hash", [False, True])
async def test_a_digest_that_was_changed_in_the_store_reaches_nobody(desk: Desk, with_hash: bool) -> None:
    office, _, _ = await started(desk)
    async with desk.store.begin() as tx:
        for number, payload in (await tx.connection.execute(select(t.payload.c.id, t.payload.c.payload))).all():
            other = payload.replace("a r1", "evil")
            values = {"payload": other, "sha256": sha256(other)} if with_hash else {"payload": other}
            await tx.connection.execute(update(t.payload).where(t.payload.c.id == number).values(values))
    await office.work()
    assert office.relay.sent == []


async def test_a_destination_that_was_changed_holds_what_was_made_for_it(desk: Desk) -> None:
    office, _, _ = await started(desk)
    moved = {locale: replace(each, address="other@example.com") for locale, each in desk.press.targets.items()}

    async def refused(tx: Transaction, batch: Batch) -> str | None:
        assert isinstance(tx, SqlTransaction)
        return await runs.refusal(tx, batch, replace(desk.press, targets=moved))

    await replace(office, verify_digest=refused).work()
    assert office.relay.sent == []


@pytest.mark.parametrize("point", ["after_intent", "after_send"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_in_the_middle_nobody_is_lost_or_sent_to_twice(
    lives: Lives, tmp_path: Path, kind: str, point: str
) -> None:
    url = sqlite_url(tmp_path) if kind == "sqlite" else postgresql_url()
    desk = await Desk(Store(Database(url))).open()
    office, mailing, addresses = await started(desk, READERS)
    log = tmp_path / "log"
    order = Order(url, str(log), point, times=4)
    assert await lives.live(order) == KILLED
    assert await lives.live(replace(order, point="")) == ENDED

    inboxes = Counter(line.split()[0] for line in log.read_text().splitlines())
    unclear = {missed.address for missed in await office.missed(mailing) if missed.state is R.UNCONFIRMED}
    told = await office.report(mailing)
    await desk.store.database.close()
    assert told.total == READERS
    assert told.left == 0
    assert set(addresses) - inboxes.keys() <= unclear
    assert max(inboxes.values()) == 1
    assert len(unclear) <= IN_FLIGHT
