"""What a digest listed that certainly did not reach somebody is in their next one, as if the first had never been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.channel import Outcome, Rejected, Unconfirmed
from publisher.content.correction import Act, Correction
from publisher.mailing import control
from publisher.mailing.digests.runs import preview
from publisher.mailing.erasure import erase
from publisher.mailing.resend import resend_missing
from publisher.release.approval import Refused
from publisher.release.scope import Form
from tests.mailing.builders import HASHING, POLICY, Plan, PostOffice, readers_of
from tests.mailing.digests.builders import Desk, Got

MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)
REFUSED = Rejected("mailbox full", disable_target=False)
READER = "reader@example.com"
DANGEROUS = replace(POLICY, kind="listing", form=Form.REVISION, correction=Correction.of(Act.CORRECT, "wrong_address"))


def nine(day: int) -> datetime:
    """Of the days after that Monday."""
    return MONDAY + timedelta(days=day)


async def subscribed(desk: Desk, **kinds: str) -> PostOffice:
    desk.clock.moment = MONDAY - timedelta(hours=1)
    await desk.subscribe(READER, "UTC", **(kinds or {"listing": "daily"}))
    await desk.tick()
    return PostOffice(desk.store, clock=desk.clock)


async def at_nine(desk: Desk, office: PostOffice, day: int, answer: Outcome | None = None) -> Sequence[Got]:
    """The digests of that day, after the relay has answered to them."""
    got = await desk.at(nine(day))
    office.relay.answers({READER: answer} if answer else {})
    await office.work()
    return got


def told(got: Sequence[Got]) -> list[tuple[object, object]]:
    return [(title, what) for each in got for title, what, _, _ in each.told]


async def test_what_was_refused_is_told_again_once_and_with_what_is_new(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    await desk.publish("b")

    days = [told(await at_nine(desk, office, day)) for day in (1, 2)]

    assert days == [[("a r1 en-US", "new"), ("b r1 en-US", "new")], []]
    assert office.relay.counted() == {READER: 2}


async def test_a_relay_that_refuses_for_days_loses_nothing(desk: Desk) -> None:
    office = await subscribed(desk)
    for day, name in enumerate("abc"):
        await desk.publish(name)
        await at_nine(desk, office, day, REFUSED)
    days = [told(await at_nine(desk, office, day)) for day in (3, 4)]
    assert days == [[(f"{name} r1 en-US", "new") for name in "abc"], []]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (["corrected"], [("a r2 en-US", "new")]),
        (["corrected", "retracted"], []),
        (["retracted"], []),
        (["changed"], [("a r2 en-US", "new")]),
    ],
)
async def test_what_became_of_it_meanwhile_is_told_as_to_whoever_never_had_it(
    desk: Desk, since: list[str], expected: list[tuple[str, str]]
) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    for what in since:
        await desk.publish("a", what=what)
    assert told(await at_nine(desk, office, 1)) == expected
    assert not await at_nine(desk, office, 2)


async def test_a_correction_that_was_lost_is_one_to_whoever_had_what_it_corrects(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0)
    await desk.publish("a", what="corrected")
    await at_nine(desk, office, 1, REFUSED)
    assert told(await at_nine(desk, office, 2)) == [("a r2 en-US", "corrected")]


async def test_a_dangerous_correction_of_what_was_lost_is_new_and_nobody_is_told_that_they_had_it(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    release = await desk.publish("a", what="corrected", policy=DANGEROUS)
    mailing = await office.start(Plan(DANGEROUS, release=release, operation="amend"))

    assert await readers_of(office, mailing) == set()
    (got,) = await at_nine(desk, office, 1)
    assert got.told == [["a r2 en-US", "new", "announce", False]]


async def test_a_dangerous_correction_whose_mail_was_refused_is_told_without_saying_that_it_was_sent(
    desk: Desk,
) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0)
    office.relay.answers({READER: REFUSED})
    release = await desk.publish("a", what="corrected", policy=DANGEROUS)
    mailing = await office.start(Plan(DANGEROUS, release=release, operation="amend"))
    await office.work()

    assert await readers_of(office, mailing) == {READER}
    (got,) = await at_nine(desk, office, 1)
    assert got.told == [["a r2 en-US", "corrected", "announce", False]]


async def test_what_may_have_arrived_is_not_told_again(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, Unconfirmed("the line broke"))
    assert not await at_nine(desk, office, 1)


async def test_what_was_cancelled_or_too_late_is_told_by_the_next(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await desk.at(nine(0))
    async with desk.store.begin() as tx:
        await control.cancel(tx, 1, at=nine(0), actor="olga", reason="no")
    await office.work()
    await desk.publish("b")
    await desk.at(nine(1))
    desk.clock.advance(13 * 3600)
    await office.work()
    assert office.relay.sent == []

    assert told(await at_nine(desk, office, 2)) == [("a r1 en-US", "new"), ("b r1 en-US", "new")]


async def test_what_is_weekly_waits_for_its_day_and_what_is_daily_does_not(desk: Desk) -> None:
    office = await subscribed(desk, listing="daily", activity="weekly")
    await desk.publish("a")
    await desk.publish("w", "activity")
    assert told(await at_nine(desk, office, 0, REFUSED)) == [("a r1 en-US", "new"), ("w r1 en-US", "new")]
    await desk.publish("w", "activity", "corrected")
    days = [told(await at_nine(desk, office, day)) for day in range(1, 15)]
    assert [day for day in days if day] == [[("a r1 en-US", "new")], [("w r2 en-US", "new")]]
    assert days[6] == [("w r2 en-US", "new")]


@pytest.mark.parametrize("after", ["instant", "weekly"])
async def test_a_change_of_frequency_does_not_forget_it(desk: Desk, after: str) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    await desk.choose(READER, {"listing": after})
    days = [told(await at_nine(desk, office, day)) for day in range(1, 9)]
    assert [day for day in days if day] == [[("a r1 en-US", "new")]]


async def test_whoever_returns_after_a_time_without_digests_begins_anew(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    await desk.choose(READER, {})
    await desk.choose(READER, {"listing": "daily"})
    await desk.tick()
    assert not await at_nine(desk, office, 1)


async def test_whoever_subscribes_anew_to_the_kind_alone_is_not_told_what_was_before(desk: Desk) -> None:
    office = await subscribed(desk, listing="daily", activity="daily")
    await desk.publish("a")
    await desk.publish("b", "activity")
    await at_nine(desk, office, 0, REFUSED)
    await desk.choose(READER, {"activity": "daily"})
    await desk.choose(READER, {"activity": "daily", "listing": "daily"})
    assert told(await at_nine(desk, office, 1)) == [("b r1 en-US", "new")]


async def test_an_urgent_one_of_which_neither_mail_arrived_is_not_said_to_be_sent(desk: Desk) -> None:
    office = await subscribed(desk, incident="daily")
    policy = replace(POLICY, kind="incident", urgent=True)
    await office.start(Plan(policy, release=await desk.publish("a", "incident", policy=policy)))
    office.relay.answers({READER: REFUSED})
    await office.work()
    days = [await at_nine(desk, office, day, REFUSED if day == 0 else None) for day in range(3)]
    assert [got.told for day in days for got in day] == [[["a r1 en-US", "new", "announce", False]]] * 2


async def test_the_preview_shows_it(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    async with desk.store.read() as tx:
        shown = await preview(tx, desk.press, await desk.number_of(tx, READER), None, desk.clock.now())
    assert shown is not None
    assert [entry.what for entry in shown.group.entries] == ["new"]


async def test_what_is_resent_is_not_told_again_and_what_was_told_again_is_not_resent(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    office.relay.answers({})
    async with desk.store.begin() as tx:
        assert (await resend_missing(tx, 1, at=nine(0), actor="olga", reason="mended")).queued == 1
    await office.work()
    assert office.relay.counted() == {READER: 2}
    assert not await at_nine(desk, office, 1)

    await desk.publish("b")
    await at_nine(desk, office, 2, REFUSED)
    await desk.wish(READER, zone="Pacific/Kiritimati")  # it is tomorrow there
    again = await desk.at(nine(2) + timedelta(hours=10))
    assert told(again) == [("b r1 en-US", "new")]
    async with desk.store.begin() as tx:
        with pytest.raises(Refused, match=r"whoever did not get it \(1\) has it in a later one"):
            await resend_missing(tx, 2, at=desk.clock.now(), actor="olga", reason="mended")


async def test_what_was_told_again_in_part_is_not_resent(desk: Desk) -> None:
    office = await subscribed(desk, listing="daily", activity="weekly")
    await desk.publish("a")
    await desk.publish("w", "activity")
    await at_nine(desk, office, 0, REFUSED)
    await desk.wish(READER, zone="Pacific/Kiritimati")
    assert told(await desk.at(nine(0) + timedelta(hours=10))) == [("a r1 en-US", "new")]
    async with desk.store.begin() as tx:
        with pytest.raises(Refused, match=r"whoever did not get it \(1\) has it in a later one"):
            await resend_missing(tx, 1, at=desk.clock.now(), actor="olga", reason="mended")


async def test_of_whoever_is_erased_nothing_is_left_to_be_told(desk: Desk) -> None:
    office = await subscribed(desk)
    await desk.publish("a")
    await at_nine(desk, office, 0, REFUSED)
    async with desk.store.begin() as tx:
        assert (await tx.digest_outlook(nine(0))).missed == 1
        await erase(tx, HASHING, READER, nine(0))
        assert (await tx.digest_outlook(nine(0))).missed == 0
