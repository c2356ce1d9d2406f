"""Readers come, change, leave and never come back by a list."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.content.kinds.kind import MailClass
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import Saved, Subscriber, save, unsubscribe
from publisher.mailing.tokens import Grant, Purpose, Tokens
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
TOKENS = Tokens([b"a key of the exchange, 32 bytes."])


def reader(address: str = "reader@example.com", locale: str = "en-US", kinds: str = "listing") -> Reader:
    return Reader(address, locale, frozenset(kinds.split()))


async def saved(store: Store, *readers: Reader, dry_run: bool = False) -> Saved:
    return await store.run(lambda tx: save(tx, readers, AT, hashing=HASHING, dry_run=dry_run))


async def everybody(store: Store) -> list[tuple[str, str, list[str]]]:
    async with store.read() as tx:
        return [(each.address, each.locale, sorted(each.kinds)) for each in await tx.subscribers(0, 100)]


async def only(store: Store) -> Subscriber:
    async with store.read() as tx:
        (subscriber,) = await tx.subscribers(0, 100)
    return subscriber


async def leaves(store: Store, mail_class: MailClass) -> MailClass | None:
    token = TOKENS.seal(Grant(Purpose.UNSUBSCRIBE, (await only(store)).id, mail_class), AT)
    return await store.run(lambda tx: unsubscribe(tx, TOKENS, token, AT))


async def test_new_readers_are_added(store: Store) -> None:
    assert await saved(store, reader("a@example.com"), reader("b@example.com", "zh-CN")) == Saved(added=2)
    assert await everybody(store) == [("a@example.com", "en-US", ["listing"]), ("b@example.com", "zh-CN", ["listing"])]
    async with store.read() as tx:
        assert await tx.count_subscribers() == {"en-US": 1, "zh-CN": 1}


async def test_saving_again_changes_nothing(store: Store) -> None:
    await saved(store, reader())
    assert await saved(store, reader()) == Saved(unchanged=1)


async def test_a_known_reader_gets_the_locale_and_the_kinds_that_were_missing(store: Store) -> None:
    await saved(store, reader(kinds="listing"))
    assert await saved(store, reader("READER@example.com", "zh-CN", "maintenance")) == Saved(updated=1)
    assert await everybody(store) == [("reader@example.com", "zh-CN", ["listing", "maintenance"])]


async def test_two_lines_of_one_reader_are_one_reader(store: Store) -> None:
    assert await saved(store, reader(kinds="listing"), reader("Reader@example.com", kinds="maintenance")) == Saved(1)
    assert (await only(store)).kinds == {"listing", "maintenance"}


async def test_a_dry_run_only_counts(store: Store) -> None:
    assert await saved(store, reader(), dry_run=True) == Saved(added=1)
    assert await everybody(store) == []


async def test_leaving_service_mail_stops_promotions_too_and_never_mandatory_mail(store: Store) -> None:
    await saved(store, reader())
    assert await leaves(store, MailClass.SERVICE) is MailClass.SERVICE
    assert (await only(store)).suppressed == {MailClass.SERVICE, MailClass.PROMOTIONAL}


async def test_leaving_promotional_mail_stops_nothing_else(store: Store) -> None:
    await saved(store, reader())
    await leaves(store, MailClass.PROMOTIONAL)
    assert (await only(store)).suppressed == {MailClass.PROMOTIONAL}


async def test_leaving_from_a_mandatory_mail_stops_what_may_be_stopped(store: Store) -> None:
    await saved(store, reader())
    await leaves(store, MailClass.MANDATORY)
    assert (await only(store)).suppressed == {MailClass.SERVICE, MailClass.PROMOTIONAL}


async def test_leaving_twice_is_leaving_once(store: Store) -> None:
    await saved(store, reader())
    await leaves(store, MailClass.SERVICE)
    assert await leaves(store, MailClass.SERVICE) is MailClass.SERVICE


async def test_a_list_never_brings_back_who_left(store: Store) -> None:
    await saved(store, reader())
    await leaves(store, MailClass.SERVICE)
    assert await saved(store, reader("Reader@Example.com", "zh-CN", "maintenance")) == Saved(suppressed=1)
    assert await everybody(store) == [("reader@example.com", "en-US", ["listing"])]


async def test_a_token_that_is_not_for_unsubscribing_does_nothing(store: Store) -> None:
    await saved(store, reader())
    for token in (
        "nonsense",
        TOKENS.seal(Grant(Purpose.PREFERENCES, (await only(store)).id, MailClass.SERVICE), AT),
        TOKENS.seal(Grant(Purpose.UNSUBSCRIBE, 10**9, MailClass.SERVICE), AT),
    ):
        async with store.begin() as tx:
            assert await unsubscribe(tx, TOKENS, token, AT) is None
    assert (await only(store)).suppressed == frozenset()


async def test_where_a_reader_is_changes_and_is_not_forgotten(store: Store) -> None:
    singapore, japan = (reader()._replace(jurisdiction=code) for code in ("SG", "JP"))

    assert await saved(store, singapore) == Saved(added=1)
    assert await saved(store, reader()) == Saved(unchanged=1)
    assert (await only(store)).jurisdiction == "SG"
    assert await saved(store, japan, reader()) == Saved(updated=1)
    assert (await only(store)).jurisdiction == "JP"
