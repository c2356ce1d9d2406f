"""Digests on both databases: each item once, whatever readers change and whatever becomes of announcements."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from publisher.channel import Payload, Regions, Rejected, Target
from publisher.mailing.addresses import address_key
from publisher.mailing.digests.listing import CLAIMS
from publisher.mailing.digests.press import Group, NotApproved
from publisher.rendering.digest import Issue, Times
from publisher.store import tables as t
from tests.mailing.builders import NOON, POLICY, Plan, PostOffice
from tests.mailing.digests.builders import Desk, in_plain

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
SINGAPORE, NEW_YORK = "Asia/Singapore", "America/New_York"
HOUR = timedelta(hours=1)


def hour(of: int, day: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=of)


@pytest.fixture
async def monday(desk: Desk) -> Desk:
    """A desk at 08:00 UTC of a Monday."""
    desk.clock.moment = hour(8)
    return desk


async def test_what_was_moved_is_told_with_the_times_that_hold_and_later_ones_change_no_mail_that_is_made(
    monday: Desk,
) -> None:
    seen: list[Issue] = []

    def render(issue: Issue, to: Target, zone: str) -> Payload:
        seen.append(issue)
        return in_plain(issue, to, zone)

    monday.press = replace(monday.press, render=render)
    await monday.subscribe("east@example.com", SINGAPORE, maintenance="daily")
    release = await monday.publish("a", "maintenance")
    await monday.moved("a", release, "extended", hour(20))

    await monday.tick()
    await monday.moved("a", release, "extended", hour(23))
    async with monday.store.read() as tx:
        [batch] = (await tx.connection.execute(select(t.batch.c.id))).scalars()
        stored = Group.from_json(await tx.digest_group(batch))
        await monday.press.print(tx, stored)

    [first, again] = [issue.listed[0].times for issue in seen]
    assert first == again == Times(hour(8), hour(20), "network")
    assert Group.from_json(stored.to_json()) == stored


async def test_what_is_held_about_somebody_names_their_digests(monday: Desk) -> None:
    await monday.subscribe("east@example.com", SINGAPORE, listing="daily")
    await monday.publish("a")
    await monday.tick()

    async with monday.store.read() as tx:
        [mail] = await tx.mailed_to(address_key("east@example.com"), None)

    assert (mail.announcement, mail.destination, mail.stage) == (None, "mail", "digest")


async def test_a_digest_comes_at_nine_where_its_reader_lives_and_has_each_item_once(monday: Desk) -> None:
    await monday.subscribe("east@example.com", SINGAPORE, listing="daily")
    await monday.subscribe("west@example.com", NEW_YORK, listing="daily")
    await monday.publish("a")
    assert [got.address for got in await monday.tick()] == ["east@example.com"]  # 16:00 there: its hour is over
    assert not await monday.at(hour(13) + 59 * timedelta(minutes=1))
    (west,) = await monday.at(hour(14))
    assert (west.address, west.day, west.zone, west.told) == (
        "west@example.com",
        "2026-11-30",
        NEW_YORK,
        [["a r1 en-US", "new", "announce", False]],
    )
    await monday.publish("b")
    assert [[each[0] for each in got.told] for got in await monday.at(hour(1, 1))] == [["b r1 en-US"]]
    assert not await monday.at(hour(2, 1))


async def test_nothing_to_read_is_no_mail(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.publish("a", "maintenance")
    assert not await monday.at(hour(9))
    async with monday.store.read() as tx:
        assert not await tx.digest_runs(10)
        assert (await tx.digest_outlook(hour(9))).next_at == hour(9, 1)


async def test_after_a_stop_one_digest_catches_up(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.tick()
    for day, name in enumerate("abc"):
        monday.clock.moment = hour(12, day)
        await monday.publish(name)
    (got,) = await monday.at(hour(10, 4))
    assert [each[0] for each in got.told] == ["a r1 en-US", "b r1 en-US", "c r1 en-US"]
    assert not await monday.at(hour(11, 4))


async def test_what_is_weekly_joins_the_daily_one_on_its_day(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily", maintenance="weekly")
    await monday.at(hour(9))
    await monday.publish("a")
    await monday.publish("b", "maintenance")
    told = [[each[0] for got in await monday.at(hour(9, day)) for each in got.told] for day in range(1, 15)]
    assert told == [["a r1 en-US"], *[[]] * 5, ["b r1 en-US"], *[[]] * 7]


@pytest.mark.parametrize("change", [{"hour": 20}, {"hour": 0}, {"zone": NEW_YORK}, {"zone": "Pacific/Auckland"}])
async def test_whoever_changes_hour_or_zone_on_the_day_gets_one_digest_that_day(
    monday: Desk, change: dict[str, object]
) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.publish("a")
    assert len(await monday.at(hour(9))) == 1
    await monday.wish("reader@example.com", **change)
    await monday.publish("b")
    got = [each for step in range(10, 50, 4) for each in await monday.at(hour(step))]
    days = [each.day for each in got]
    assert days == sorted(set(days))
    assert "2026-11-30" not in days
    assert [each[0] for one in got for each in one.told] == ["b r1 en-US"]


async def test_an_earlier_hour_that_is_over_already_brings_the_digest_at_once(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.wish("reader@example.com", hour=20)
    await monday.publish("a")
    assert not await monday.at(hour(12))
    await monday.wish("reader@example.com", hour=9)
    assert len(await monday.at(hour(12))) == 1
    assert not await monday.at(hour(20))


async def test_an_hour_late_in_the_evening_that_was_missed_takes_nothing_from_the_next_day(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.wish("reader@example.com", hour=23)
    await monday.tick()
    await monday.publish("a")
    assert [got.day for got in await monday.at(hour(25))] == ["2026-11-30"]
    await monday.publish("b")
    assert [got.day for got in await monday.at(hour(23, 1))] == ["2026-12-01"]


async def test_a_correction_has_the_newest_text_and_the_state_of_now(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", maintenance="daily")
    await monday.publish("a", "maintenance")
    release = await monday.publish("a", "maintenance", "corrected")
    await monday.walk("a", release, "start")
    (got,) = await monday.at(hour(9))
    assert got.told == [["a r2 en-US", "new", "start", False]]


async def test_a_correction_of_one_language_is_nothing_to_readers_of_another(monday: Desk) -> None:
    for locale in ("en-US", "zh-CN", "ja-JP"):
        await monday.subscribe(f"{locale}@example.com", "UTC", listing="daily", locale=locale)
    await monday.publish("a")
    assert [got.told[0][0] for got in await monday.at(hour(9))] == ["a r1 en-US", "a r1 zh-CN", "a r1 en-US"]
    await monday.publish("a", what="corrected", locales=["zh-CN"])
    assert [(got.address, got.told[0][:2]) for got in await monday.at(hour(9, 1))] == [
        ("zh-CN@example.com", ["a r2 zh-CN", "corrected"])
    ]


async def test_whoever_may_not_read_it_does_not_and_hears_of_no_correction(monday: Desk) -> None:
    for region in ("SG", "US", None):
        await monday.subscribe(
            f"{region}@example.com", "UTC", listing="daily", **({"region": region} if region else {})
        )
    await monday.publish("a", regions=Regions(deny=("US",)))
    assert [got.address for got in await monday.at(hour(9))] == ["SG@example.com"]
    await monday.publish("a", what="corrected", regions=Regions(deny=("US",)))
    assert [got.address for got in await monday.at(hour(9, 1))] == ["SG@example.com"]


async def test_mandatory_and_urgent_kinds_are_listed_and_as_sent_to_whoever_has_their_mail(monday: Desk) -> None:
    office = PostOffice(monday.store, clock=monday.clock)
    office.relay.answers({"refusing@example.com": Rejected("not now", disable_target=False)})
    for address in ("reader@example.com", "refusing@example.com"):
        await monday.subscribe(address, "UTC", listing="daily", risk_warning="instant", incident="daily")
    monday.clock.moment = NOON
    for name, kind in (("a", "risk_warning"), ("b", "incident")):
        policy = replace(POLICY, kind=kind, urgent=True)
        await office.start(Plan(policy, release=await monday.publish(name, kind, policy=policy)))
    await office.work()
    await monday.publish("c", "incident")  # no mail of it has begun yet

    got = await monday.at(hour(9, 2))

    assert {each.address: each.told for each in got} == {
        address: [
            ["a r1 en-US", "new", "announce", sent],
            ["b r1 en-US", "new", "announce", sent],
            ["c r1 en-US", "new", "announce", False],
        ]
        for address, sent in (("reader@example.com", True), ("refusing@example.com", False))
    }
    assert not await monday.at(hour(9, 3))


async def test_a_run_after_a_long_stop_asks_about_as_many_urgent_ones_as_a_database_takes(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", incident="daily")
    for number in range(CLAIMS + 1):
        await monday.publish(f"incident-{number:03}", "incident")
    (got,) = await monday.at(hour(9))
    assert len(got.told) == CLAIMS + 1


@pytest.mark.parametrize("what", ["changed", "corrected"])
async def test_what_went_out_at_once_and_happened_on_is_told_as_what_happened(monday: Desk, what: str) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily", incident="daily")
    release = await monday.publish("a", "incident")
    if what == "changed":
        await monday.walk("a", release, "resolved")
    else:
        await monday.publish("a", "incident", what)
    (got,) = await monday.at(hour(9))
    assert [each[1] for each in got.told] == [what]


async def test_whoever_subscribes_later_has_not_missed_what_was_before(monday: Desk) -> None:
    await monday.publish("a")
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    assert not await monday.at(hour(9))
    await monday.publish("a", what="corrected")
    await monday.publish("b", what="retracted")
    (got,) = await monday.at(hour(9, 1))
    assert got.told == [["a r2 en-US", "new", "announce", False]]


@pytest.mark.parametrize(
    ("before", "after"), [("daily", "instant"), ("weekly", "instant"), ("weekly", "daily"), ("daily", "weekly")]
)
async def test_a_change_of_frequency_loses_nothing_and_repeats_nothing(monday: Desk, before: str, after: str) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing=before, maintenance="daily")
    await monday.at(hour(9))
    for moment, name in ((10, "a"), (11, "m")):
        monday.clock.moment = hour(moment)
        await monday.publish(name, "listing" if name == "a" else "maintenance")
    if before == "weekly":
        await monday.at(hour(9, 1))  # the mark of digests moves past what the weekly one still owes
    await monday.choose("reader@example.com", {"listing": after, "maintenance": "daily"})
    await monday.publish("b")
    told = {
        day: [str(each[0])[0] for got in await monday.at(hour(9, day)) for each in got.told] for day in range(1, 16)
    }
    listings = [(each, name) for each, names in told.items() for name in names if name != "m"]
    expected = {
        ("daily", "instant"): [(1, "a")],
        ("weekly", "instant"): [(2, "a")],
        ("weekly", "daily"): [(2, "a"), (2, "b")],
        ("daily", "weekly"): [(7, "a"), (7, "b")],
    }[before, after]
    assert listings == expected


async def test_whoever_waits_for_nothing_of_a_kind_is_owed_nothing_of_it(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="weekly", maintenance="weekly")
    await monday.at(hour(9))
    await monday.publish("m", "maintenance")
    await monday.choose("reader@example.com", {"listing": "daily", "maintenance": "weekly"})
    monday.clock.moment = hour(10, 1)  # the digest of the day is late
    await monday.publish("a")
    await monday.choose("reader@example.com", {"listing": "weekly", "maintenance": "weekly"})
    days = [day for day in range(1, 9) if await monday.at(hour(11, day))]
    assert days == [7]


async def test_two_clocks_at_once_send_it_once(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.publish("a")
    monday.clock.moment = hour(9)
    await asyncio.gather(monday.tick_only(), monday.tick_only())
    assert len(await monday.sent()) == 1
    assert not await monday.tick()


async def test_without_an_approved_layout_nothing_goes_out_and_nothing_is_lost(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.publish("a")
    approved, monday.press = monday.press, replace(monday.press, layout="2" * 64)
    with pytest.raises(NotApproved, match="approve-layout"):
        await monday.at(hour(9))
    monday.press = approved
    assert len(await monday.at(hour(10))) == 1


async def test_a_fragment_that_was_changed_in_the_store_reaches_nobody(monday: Desk) -> None:
    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.publish("a")
    async with monday.store.begin() as tx:
        payload = (await tx.editions(1))[0].payload.replace("a r1", "a r9")
        await tx.connection.execute(update(t.edition).where(t.edition.c.locale == "en-US").values(payload=payload))
    with pytest.raises(NotApproved, match="its hash differs"):
        await monday.at(hour(9))


async def test_a_run_asks_the_database_as_often_for_many_readers_as_for_few(monday: Desk) -> None:
    asked = list[str]()
    event.listen(Engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
    counts, readers = list[int](), 0
    for day, more in enumerate((5, 200, 0)):  # the last has them all, and their wishes are known
        for number in range(readers, readers := readers + more):
            await monday.subscribe(f"reader-{number}@example.com", "UTC", listing="daily")
        await monday.at(hour(8, day))
        await monday.publish(f"announcement-{day}")
        monday.clock.moment = hour(9, day)
        asked.clear()
        await monday.tick_only()
        counts.append(len(asked))
    assert await monday.sent()
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL plans by the sizes of tables
async def test_a_run_on_sqlite_reads_no_subscriber_who_is_not_due(monday: Desk) -> None:
    plans = list[str]()

    def explain(_: object, cursor: Any, statement: str, values: object, *__: object) -> None:
        if "digest_due" in statement and statement.startswith(("INSERT INTO digest_due", "UPDATE subscriber")):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(row[-1] for row in cursor.fetchall())

    await monday.subscribe("reader@example.com", "UTC", listing="daily")
    await monday.at(hour(8))
    await monday.publish("announcement")
    event.listen(Engine, "before_cursor_execute", explain)
    try:
        assert await monday.at(hour(9))
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    assert plans
    assert not [step for step in plans if step.startswith("SCAN subscriber")]
    assert not [step for step in plans if "subscription" in step and "kind" in step]


@pytest.mark.parametrize(("subscribed", "first"), [(8, 9), (10, 33)])
async def test_the_first_digest_comes_when_the_clocks_next_show_the_hour(
    desk: Desk, subscribed: int, first: int
) -> None:
    midnight = NOON.replace(hour=0)
    desk.clock.moment = midnight + timedelta(hours=subscribed)
    await desk.subscribe_now("new@example.com", "UTC", listing="daily")
    await desk.tick()
    await desk.publish("listing-a")

    hours = [hour for hour in range(subscribed, 48) if await desk.at(midnight + timedelta(hours=hour))]

    assert hours == [first]


async def test_the_first_digest_is_not_lost_while_the_clock_stands(desk: Desk) -> None:
    desk.clock.moment = NOON.replace(hour=8)
    await desk.subscribe_now("new@example.com", "UTC", listing="weekly")
    await desk.tick()
    await desk.publish("listing-a")

    got = [await desk.at(NOON + timedelta(days=days)) for days in (8, 9, 10)]

    assert [len(each) for each in got] == [1, 0, 0]
