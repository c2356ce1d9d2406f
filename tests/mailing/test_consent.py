"""Whatever changes for a reader leaves a line that says when, how and what about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from publisher.content.kinds.kind import MailClass
from publisher.encryption import Hashing
from publisher.mailing.consent import BY_IMPORT, BY_STAFF, Act, Consent, How, Source, hash_of_network, record_consent
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save, unsubscribe
from publisher.mailing.tokens import Grant, Purpose, Tokens
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
TOKENS = Tokens([b"a key of the exchange, 32 bytes."])


async def saved(store: Store, kinds: str, at: datetime = AT, how: How = BY_IMPORT, *, dry_run: bool = False) -> None:
    reader = Reader("reader@example.com", "en-US", frozenset(kinds.split()))
    await store.run(lambda tx: save(tx, [reader], at, hashing=HASHING, how=how, dry_run=dry_run))


async def lines(store: Store) -> list[tuple[str, str, str]]:
    async with store.read() as tx:
        query = select(t.consent.c.act, t.consent.c.source, t.consent.c.kinds).order_by(t.consent.c.id)
        return [tuple(row) for row in (await tx.connection.execute(query)).all()]


async def test_a_line_for_who_is_new_and_for_who_changed_and_none_for_the_others(store: Store) -> None:
    await saved(store, "listing", how=BY_STAFF)
    await saved(store, "listing")
    await saved(store, "maintenance listing")
    await saved(store, "rule_change", dry_run=True)

    assert await lines(store) == [("added", "staff", "listing"), ("imported", "import", "listing maintenance")]


async def test_an_unsubscribe_is_recorded_once(store: Store) -> None:
    await saved(store, "listing")
    async with store.read() as tx:
        (reader,) = await tx.subscribers(0, 10)
    token = TOKENS.seal(Grant(Purpose.UNSUBSCRIBE, reader.id, MailClass.SERVICE), AT)

    for hours in (1, 2):
        async with store.begin() as tx:
            await unsubscribe(tx, TOKENS, token, AT + timedelta(hours=hours))

    assert await lines(store) == [("imported", "import", "listing"), ("unsubscribed", "mail", "listing")]


async def test_what_a_page_knows_of_it(store: Store) -> None:
    await saved(store, "listing")
    async with store.read() as tx:
        (reader,) = await tx.subscribers(0, 10)
    network = hash_of_network(Hashing(b"k" * 32), "192.0.2.1")
    agreed = Consent(reader.id, AT, Act.CONFIRMED, Source.PAGE, ["listing"], "2026-12", network)

    await store.run(lambda tx: record_consent(tx, agreed))

    async with store.read() as tx:
        row = (await tx.connection.execute(select(t.consent).order_by(t.consent.c.id.desc()))).mappings().first()
    assert row is not None
    assert (row["wording"], row["network_hash"], row["at"]) == ("2026-12", network, AT)
    assert "192.0.2.1" not in repr(dict(row))
