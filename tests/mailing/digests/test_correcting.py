"""What is dangerously wrong is told at once to whoever has it, from a mail of its own or from a digest; each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from publisher.channel import Rejected
from publisher.content.correction import Act, Correction
from publisher.content.kinds.kind import MailClass
from publisher.release.scope import Form
from tests.mailing.builders import POLICY, Plan, PostOffice, readers_of, suppress
from tests.mailing.digests.builders import Desk

NINE = datetime(2026, 12, 2, 9, tzinfo=UTC)
LISTING = replace(POLICY, kind="listing")
DANGEROUS = replace(LISTING, form=Form.REVISION, correction=Correction.of(Act.CORRECT, "wrong_address"))
HARMLESS = replace(LISTING, form=Form.REVISION, correction=Correction.of(Act.CORRECT, "wrong_text"))
AT_ONCE, DAILY, WEEKLY, LATER = "at-once@example.com", "daily@example.com", "weekly@example.com", "later@example.com"


async def told(desk: Desk) -> PostOffice:
    """Somebody has the announcement from a mail, somebody from a digest, somebody waits for theirs; one comes later."""
    office = PostOffice(desk.store, clock=desk.clock)
    desk.clock.moment = NINE.replace(hour=8)
    for address, frequency in ((AT_ONCE, "instant"), (DAILY, "daily"), (WEEKLY, "weekly")):
        await desk.subscribe(address, "UTC", listing=frequency)
    await desk.tick()
    await office.start(Plan(LISTING, announcement="a"))
    await desk.publish("a")
    assert [got.address for got in await desk.at(NINE)] == [DAILY]
    await office.work()
    await desk.subscribe(LATER, "UTC", listing="daily")
    return office


def correction(**changes: object) -> Plan:
    return replace(Plan(DANGEROUS, announcement="a", operation="amend"), **changes)  # type: ignore[arg-type]


async def test_a_dangerous_correction_goes_at_once_to_readers_of_both_sorts_and_is_listed_as_sent(desk: Desk) -> None:
    office = await told(desk)
    release = await desk.publish("a", what="corrected", policy=DANGEROUS)
    corrected = await office.start(correction(release=release))
    await office.work()

    assert await readers_of(office, corrected) == {AT_ONCE, DAILY}
    assert office.relay.counted() == {AT_ONCE: 2, DAILY: 2}
    days = [await desk.at(NINE.replace(day=day)) for day in range(3, 10)]
    assert [(got.address, got.told) for day in days for got in day] == [
        (DAILY, [["a r3 en-US", "corrected", "announce", True]]),
        (LATER, [["a r3 en-US", "new", "announce", False]]),
        (WEEKLY, [["a r3 en-US", "new", "announce", False]]),
    ]


@pytest.mark.parametrize(
    "plan", [correction(policy=HARMLESS), correction(operation="retract"), correction(destination="another")]
)
async def test_what_is_not_dangerous_and_what_another_destination_says_waits_for_the_digest(
    desk: Desk, plan: Plan
) -> None:
    office = await told(desk)
    assert DAILY not in await readers_of(office, await office.start(plan))


async def test_whoever_the_digest_has_not_reached_or_who_left_since_is_not_told(desk: Desk) -> None:
    office = await told(desk)
    await desk.subscribe("refusing@example.com", "UTC", listing="daily")
    await desk.publish("b")
    office.relay.answers({"refusing@example.com": Rejected("no such mailbox")})
    await desk.at(NINE.replace(day=3))
    await office.work()
    await suppress(office, DAILY, MailClass.SERVICE)

    assert await readers_of(office, await office.start(correction(announcement="b"))) == {LATER}


async def test_a_digest_on_its_way_with_the_wrong_text_is_followed_by_the_correction(desk: Desk) -> None:
    office = await told(desk)
    await desk.publish("b")
    await desk.at(NINE.replace(day=3))

    assert await readers_of(office, await office.start(correction(announcement="b"))) == {DAILY, LATER}


async def test_digests_list_it_from_the_moment_that_its_mail_starts_before_the_website_has_it(desk: Desk) -> None:
    office = await told(desk)
    corrected = await office.start(correction())
    async with desk.store.read() as tx:
        newest = max(await tx.digest_items(0), key=lambda item: item.number)
        delivery = await tx.delivery(corrected.delivery_id or 0)
    assert (newest.release_id, newest.what, newest.mailed) == (delivery.release_id, "corrected", True)
