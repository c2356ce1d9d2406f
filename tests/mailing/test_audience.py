"""Who gets a mailing: decided once, at its start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from publisher.channel import Rejected
from publisher.content.kinds.kind import MailClass
from publisher.mailing.audience import AudienceError, locale_for, served
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save
from publisher.release.scope import Form
from publisher.store import tables as t
from tests.mailing.builders import (
    HASHING,
    NOON,
    POLICY,
    Plan,
    PostOffice,
    R,
    readers_of,
    subscribe,
    suppress,
    under_way,
)

MANDATORY = replace(POLICY, mail_class=MailClass.MANDATORY)


async def test_those_who_subscribed_to_the_kind_get_it(office: PostOffice) -> None:
    wanted = await subscribe(office.store, 3, kinds="maintenance listing")
    await subscribe(office.store, 2, kinds="listing")
    assert await readers_of(office, await office.start()) == set(wanted)


async def test_who_wants_a_digest_does_not_get_it_at_once(office: PostOffice) -> None:
    await subscribe(office.store, 1)
    async with office.store.begin() as tx:
        await tx.connection.execute(update(t.subscription).values(frequency="weekly"))
    assert (await office.start()).audience == 0


async def test_who_unsubscribed_from_its_class_is_left_out(office: PostOffice) -> None:
    stays, leaves = await subscribe(office.store, 2)
    await suppress(office, leaves, MailClass.SERVICE, MailClass.PROMOTIONAL)
    assert await readers_of(office, await office.start()) == {stays}


async def test_mandatory_mail_reaches_who_unsubscribed_and_never_a_dead_address(office: PostOffice) -> None:
    unsubscribed, dead = await subscribe(office.store, 2)
    await suppress(office, unsubscribed, MailClass.SERVICE, MailClass.PROMOTIONAL)
    await suppress(office, dead, *MailClass)
    assert await readers_of(office, await office.start(Plan(MANDATORY))) == {unsubscribed}


async def test_everybody_ignores_what_readers_chose(office: PostOffice) -> None:
    listing, maintenance = *await subscribe(office.store, 1, kinds="listing"), *await subscribe(office.store, 1)
    assert await readers_of(office, await office.start(Plan(MANDATORY, "all"))) == {listing, maintenance}


async def test_everybody_is_refused_for_mail_that_is_not_mandatory(office: PostOffice) -> None:
    with pytest.raises(AudienceError, match="service mail and cannot go to everybody"):
        await office.start(Plan(audience="all"))


async def test_each_reads_their_own_language_or_else_english(office: PostOffice) -> None:
    english = await subscribe(office.store, 1, locale="en-US")
    french = await subscribe(office.store, 1, locale="fr-FR")
    chinese = await subscribe(office.store, 1, locale="zh-CN")
    first = await office.start()
    release = (await office.delivery(first)).release_id
    second = await office.start(Plan(locale="zh-CN", release=release))
    assert await readers_of(office, first) == {*english, *french}
    assert await readers_of(office, second) == set(chinese)


async def test_a_destination_without_their_language_or_english_is_not_for_them(office: PostOffice) -> None:
    await subscribe(office.store, 1, locale="fr-FR")
    chinese = await subscribe(office.store, 1, locale="zh-CN")
    mailing = await office.start(Plan(locale="zh-CN", locales=["zh-CN"]))
    assert await readers_of(office, mailing) == set(chinese)


async def test_who_changes_language_between_two_starts_gets_it_once(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1, locale="en-US")
    first = await office.start()
    moved = Reader(reader, "zh-CN", frozenset({"maintenance"}))
    await office.store.run(lambda tx: save(tx, [moved], NOON, hashing=HASHING))
    second = await office.start(Plan(locale="zh-CN", release=(await office.delivery(first)).release_id))
    assert (first.audience, second.audience) == (1, 0)


async def test_a_correction_reaches_everybody_whom_the_first_copy_reached(office: PostOffice) -> None:
    stays, changed, left = await subscribe(office.store, 3)
    await office.start(Plan(announcement="a-1"))
    await office.work()
    async with office.store.begin() as tx:
        gone = select(t.subscriber.c.id).where(t.subscriber.c.address.in_([changed, left]))
        await tx.connection.execute(t.subscription.delete().where(t.subscription.c.subscriber_id.in_(gone)))
    await suppress(office, left, MailClass.SERVICE)
    correction = await office.start(Plan(announcement="a-1"))
    assert await readers_of(office, correction) == {stays, changed}
    assert await readers_of(office, await office.start(Plan(announcement="a-2"))) == {stays}


async def test_who_comes_or_changes_their_address_later_does_not_change_it(office: PostOffice) -> None:
    (reader,) = await subscribe(office.store, 1)
    mailing = await office.start()
    await subscribe(office.store, 1)
    async with office.store.begin() as tx:
        await tx.connection.execute(update(t.subscriber).values(address=t.subscriber.c.address + "x"))
    assert await readers_of(office, mailing) == {reader}


@pytest.mark.parametrize(("readers", "batches"), [(1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
async def test_readers_are_cut_into_batches(office: PostOffice, readers: int, batches: list[int]) -> None:
    await subscribe(office.store, readers)
    mailing = await office.start()
    async with office.store.read() as tx:
        sizes = select(func.count()).where(t.recipient.c.mailing_id == mailing.id).group_by(t.recipient.c.batch_id)
        assert (await tx.connection.scalars(sizes.order_by(t.recipient.c.batch_id))).all() == batches
    assert (mailing.audience, await office.counts(mailing)) == (readers, {R.QUEUED: readers})


async def test_a_start_that_fails_leaves_nothing(office: PostOffice) -> None:
    await subscribe(office.store, 3)

    async def fails_half_way() -> None:
        async with office.store.begin() as tx:
            await MailingFanOut(office.clock).start(tx, (await under_way(tx, Plan())).id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_half_way()
    async with office.store.read() as tx:
        for table in (t.mailing, t.batch, t.payload, t.recipient):
            assert (await tx.connection.execute(select(func.count()).select_from(table))).scalar_one() == 0


def test_languages_fall_back_to_english_and_no_further() -> None:
    assert locale_for("zh-CN", {"en-US", "zh-CN"}) == "zh-CN"
    assert locale_for("zh-TW", {"en-US", "zh-CN"}) == "en-US"
    assert locale_for("fr-FR", {"zh-CN"}) is None
    assert served("en-US", {"en-US", "zh-CN"}, ["en-US", "fr-FR", "zh-CN"]) == {"en-US", "fr-FR"}


class TestALanguageThatFollows:
    """A supplement is for readers of its language who have nothing yet: nobody is sent anything twice."""

    async def test_it_reaches_readers_of_its_language_who_got_no_other(self, office: PostOffice) -> None:
        [english] = await subscribe(office.store, 1)
        [fell_back] = await subscribe(office.store, 1, locale="ja-JP")
        await self.first(office)
        [joined] = await subscribe(office.store, 1, locale="ja-JP")

        assert office.relay.counted() == {english: 1, fell_back: 1}
        assert await readers_of(office, await office.start(self.japanese)) == {joined}

    async def test_who_was_refused_the_first_copy_gets_their_own_language(self, office: PostOffice) -> None:
        [refused] = await subscribe(office.store, 1, locale="ja-JP")
        office.relay.answers({refused: Rejected("no such mailbox today")})
        await self.first(office)

        assert await readers_of(office, await office.start(self.japanese)) == {refused}

    async def test_whose_first_copy_is_still_on_its_way_gets_no_second(self, office: PostOffice) -> None:
        await subscribe(office.store, 2, locale="ja-JP")
        await office.start(self.english)

        assert (await office.start(self.japanese)).audience == 0

    async def test_who_left_in_between_gets_nothing(self, office: PostOffice) -> None:
        [leaves] = await subscribe(office.store, 1, locale="ja-JP")
        office.relay.answers({leaves: Rejected("not today")})
        await self.first(office)
        async with office.store.begin() as tx:
            await tx.connection.execute(delete(t.subscription))

        assert (await office.start(self.japanese)).audience == 0

    async def test_english_that_follows_is_no_fallback_for_a_language_that_was_mailed(self, office: PostOffice) -> None:
        first = Plan(locale="zh-CN", locales=["zh-CN"], announcement="a-late")
        await office.start(first)
        await subscribe(office.store, 1, locale="zh-CN")
        [french] = await subscribe(office.store, 1, locale="fr-FR")
        late = Plan(policy=self.policy, locales=["en-US"], announcement="a-late")

        assert await readers_of(office, await office.start(late)) == {french}

    async def test_it_is_nobodys_when_everybody_is_meant(self, office: PostOffice) -> None:
        await subscribe(office.store, 1, locale="ja-JP")
        await office.start(replace(self.english, policy=MANDATORY, audience="all"))
        late = replace(self.japanese, policy=replace(MANDATORY, form=Form.SUPPLEMENT), audience="all")

        assert (await office.start(late)).audience == 0

    policy = replace(POLICY, form=Form.SUPPLEMENT)
    english = Plan(locales=["en-US"], announcement="a-late")
    japanese = Plan(policy=policy, locale="ja-JP", locales=["ja-JP"], announcement="a-late")

    async def first(self, office: PostOffice) -> None:
        await office.start(self.english)
        while await office.work():
            pass
