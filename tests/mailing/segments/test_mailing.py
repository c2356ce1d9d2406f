"""Mail to the members of a segment: whom it reaches, whom it never reaches, and how they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from publisher.channel import Regions, Rejected
from publisher.content.kinds.kind import MailClass
from publisher.mailing.left_out import LeftOut
from publisher.mailing.segments.snapshots import delete
from publisher.mailing.subscribers import unsubscribe
from publisher.release.scope import Form
from publisher.store import tables as t
from tests.mailing.builders import NOON, POLICY, TOKENS, Plan, PostOffice, readers_of, subscribe, suppress
from tests.mailing.segments.files import AT, snapshot_of

SEGMENT = "segment:holders-eth"
MANDATORY = replace(POLICY, mail_class=MailClass.MANDATORY)
PROMOTIONAL = replace(POLICY, mail_class=MailClass.PROMOTIONAL)
THREE = ["1 a@example.com en-US SG", "2 b@example.com zh-CN US", "3 c@example.com fr-FR"]


def to_members(snapshot: str, **changes: object) -> Plan:
    return replace(Plan(audience=SEGMENT, snapshot=snapshot), **changes)  # type: ignore[arg-type]


async def test_members_get_it_in_their_language_or_else_english(office: PostOffice, tmp_path: Path) -> None:
    await subscribe(office.store, 2)
    snapshot = await snapshot_of(office.store, tmp_path, THREE)

    english = await office.start(to_members(snapshot))
    release = (await office.delivery(english)).release_id
    chinese = await office.start(to_members(snapshot, locale="zh-CN", release=release))

    assert await readers_of(office, english) == {"a@example.com", "c@example.com"}
    assert await readers_of(office, chinese) == {"b@example.com"}


async def test_it_is_the_snapshot_that_was_approved(office: PostOffice, tmp_path: Path) -> None:
    approved = await snapshot_of(office.store, tmp_path, THREE[:1])
    await snapshot_of(office.store, tmp_path, THREE, taken_at=AT)
    assert await readers_of(office, await office.start(to_members(approved))) == {"a@example.com"}


async def test_who_left_the_newsletter_gets_what_every_customer_must(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US", "2 Left@example.com en-US"])
    await suppress(office, "left@example.com", MailClass.PROMOTIONAL, MailClass.SERVICE)

    service = await office.start(to_members(snapshot))
    mandatory = await office.start(to_members(snapshot, policy=MANDATORY))

    assert await readers_of(office, service) == {"a@example.com"}
    assert await readers_of(office, mandatory) == {"a@example.com", "Left@example.com"}


async def test_a_dead_address_gets_nothing_of_any_class(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US", "2 dead@example.com en-US"])
    office.relay.answers({"dead@example.com": Rejected("no such user", disable_target=True)})
    await office.start(to_members(snapshot, policy=MANDATORY))
    await office.work()

    again = await office.start(to_members(snapshot, policy=MANDATORY))

    assert await readers_of(office, again) == {"a@example.com"}


async def test_only_members_whose_region_is_admitted_get_it(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, [member.replace("zh-CN", "en-US") for member in THREE])
    mailing = await office.start(to_members(snapshot, regions=Regions(deny=("US",))))
    assert await readers_of(office, mailing) == {"a@example.com"}
    assert mailing.left_out == LeftOut(elsewhere=1, unknown=1)


async def test_a_member_leaves_by_the_link_in_the_mail(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US", "2 b@example.com en-US"])
    await office.start(to_members(snapshot))
    await office.work()
    [link] = [each.slots["recipient.unsubscribe_url"] for each in office.relay.sent if each.address == "a@example.com"]
    await delete(office.store.begin, "holders-eth", NOON, "its time was over")

    async with office.store.begin() as tx:
        left = await unsubscribe(tx, TOKENS, link.rpartition("/")[2], NOON + timedelta(days=90))

    assert left is MailClass.SERVICE
    newer = await snapshot_of(
        office.store, tmp_path, ["1 a@example.com en-US", "2 b@example.com en-US"], taken_at=AT + timedelta(minutes=1)
    )
    assert await readers_of(office, await office.start(to_members(newer))) == {"b@example.com"}
    promotion = await office.start(to_members(newer, policy=PROMOTIONAL))
    assert await readers_of(office, promotion) == {"b@example.com"}
    duty = await office.start(to_members(newer, policy=MANDATORY))
    assert await readers_of(office, duty) == {"a@example.com", "b@example.com"}


async def test_a_link_to_a_subscriber_is_none_to_a_member(office: PostOffice, tmp_path: Path) -> None:
    await subscribe(office.store, 1)
    mailing = await office.start()
    async with office.store.read() as tx:
        assert await tx.mailed_address(1) == ""
        assert mailing.segment_id is None


async def test_a_correction_reaches_who_got_the_first_copy_from_another_snapshot(
    office: PostOffice, tmp_path: Path
) -> None:
    first = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US SG"])
    moved = await snapshot_of(
        office.store, tmp_path, ["1 a@example.com en-US US", "2 b@example.com en-US US"], taken_at=AT
    )
    regions = Regions(("SG",))
    await office.start(to_members(first, announcement="a-1", regions=regions))
    await office.work()

    correction = await office.start(to_members(moved, announcement="a-1", regions=regions))

    assert await readers_of(office, correction) == {"a@example.com"}


async def test_a_language_that_follows_is_not_for_who_has_the_mail(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US", "2 b@example.com zh-CN"])
    await office.start(to_members(snapshot, announcement="a-1", locales=["en-US"]))
    await office.work()
    follows = replace(POLICY, form=Form.SUPPLEMENT)
    late = await office.start(
        to_members(snapshot, announcement="a-1", policy=follows, locale="zh-CN", locales=["zh-CN"])
    )
    assert await readers_of(office, late) == set()


async def test_subscribers_are_not_mistaken_for_members_with_their_number(office: PostOffice, tmp_path: Path) -> None:
    reader = await subscribe(office.store, 1)
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US"])
    mailing = await office.start(to_members(snapshot, announcement="a-1"))
    async with office.store.begin() as tx:
        number = select(t.subscriber.c.id).scalar_subquery()
        changed = t.recipient.update().where(t.recipient.c.mailing_id == mailing.id).values(person_id=number)
        await tx.connection.execute(changed)
    await office.work()

    follows = replace(POLICY, form=Form.SUPPLEMENT)

    assert await readers_of(office, await office.start(Plan(announcement="a-1", policy=follows))) == set(reader)


async def test_a_mailing_whose_members_are_deleted_ends_and_says_so(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, THREE)
    await delete(office.store.begin, "holders-eth", NOON, "asked for")

    delivery = await office.delivery(await office.start(to_members(snapshot)))

    assert delivery.state == "rejected"
    assert delivery.reason.startswith("the members of holders-eth of 2026-12-01 00:00 UTC")
    assert delivery.reason.endswith("are deleted since 2026-12-01 12:00 UTC; submit it again on a newer one")


async def test_a_segment_without_readers_of_a_language_ends_and_says_so(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US"])
    delivery = await office.delivery(await office.start(to_members(snapshot, locale="zh-CN")))
    assert delivery.state == "delivered"
    assert (
        delivery.reason == f"nobody of holders-eth of 2026-12-01 00:00 UTC ({snapshot[:12]}) reads it in this language"
    )


async def test_a_member_of_a_promotional_mailing_may_stop_everything(office: PostOffice, tmp_path: Path) -> None:
    snapshot = await snapshot_of(office.store, tmp_path, ["1 a@example.com en-US"])
    await office.start(to_members(snapshot, policy=PROMOTIONAL))
    await office.work()
    [sent] = office.relay.sent
    link = sent.slots["recipient.unsubscribe_url"]

    async with office.store.begin() as tx:
        await unsubscribe(tx, TOKENS, link.rpartition("/")[2], NOON, everything=True)

    assert sent.slots["recipient.preferences_url"] == link
    assert await readers_of(office, await office.start(to_members(snapshot))) == set()
    duty = await office.start(to_members(snapshot, policy=MANDATORY))
    assert await readers_of(office, duty) == {"a@example.com"}


async def test_a_member_who_also_subscribed_has_a_line_of_consent_when_they_leave(
    office: PostOffice, tmp_path: Path
) -> None:
    [reader] = await subscribe(office.store, 1)
    snapshot = await snapshot_of(office.store, tmp_path, [f"1 {reader} en-US", "2 stranger@example.com en-US"])
    await office.start(to_members(snapshot, policy=MANDATORY))
    await office.work()

    for sent in office.relay.sent * 2:
        async with office.store.begin() as tx:
            await unsubscribe(tx, TOKENS, sent.slots["recipient.unsubscribe_url"].rpartition("/")[2], NOON)

    async with office.store.read() as tx:
        acts = await tx.connection.execute(select(t.consent.c.act, t.consent.c.source).order_by(t.consent.c.id))
        assert [tuple(act) for act in acts] == [("imported", "import"), ("unsubscribed", "mail")]
    assert await readers_of(office, await office.start(Plan())) == set()
