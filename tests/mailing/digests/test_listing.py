"""What several events together are to one reader, and when their next digest is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import MailClass
from publisher.mailing.digests import when
from publisher.mailing.digests.choices import Choice, Marks, Reader
from publisher.mailing.digests.listing import CLAIMS, Entry, Item, Listing, Rules, What
from publisher.mailing.preferences import Frequency

RULES = Rules.of(KINDS, None)
READER = Reader("en-US", "UTC", None, 9, 0, None, Marks(), frozenset(), {"listing": Choice(Frequency.DAILY)})
MONDAY = date(2026, 11, 30)


def items(happened: list[str], kind: str = "listing") -> list[Item]:
    """Of one announcement; `|` is a digest in between and no item."""
    told = [What(what) for what in happened if what != "|"]
    return [Item(n, "a", n, kind, "announce", what, frozenset({"en-US"})) for n, what in enumerate(told, 1)]


def entries(happened: list[str], reader: Reader = READER, kind: str = "listing") -> tuple[Entry, ...]:
    """Those of the digest after the last `|`."""
    before = (
        sum(what != "|" for what in happened[: len(happened) - happened[::-1].index("|")]) if "|" in happened else 0
    )
    marked = replace(reader, marks=Marks(before, before))
    return Listing(items(happened, kind), RULES, len(happened)).entries(marked, weekly=False)


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        (["new"], ["new"]),
        (["new", "corrected"], ["new"]),
        (["new", "retracted"], []),
        (["new", "changed"], ["new"]),
        (["new", "translated"], ["new"]),
        (["new", "|"], []),
        (["new", "|", "corrected"], ["corrected"]),
        (["new", "|", "corrected", "corrected"], ["corrected"]),
        (["new", "|", "retracted"], ["retracted"]),
        (["new", "|", "corrected", "retracted"], ["retracted"]),
        (["new", "|", "changed"], ["changed"]),
        (["new", "|", "changed", "corrected"], ["corrected"]),
        (["new", "|", "translated"], []),
        (["new", "|", "retracted", "|"], []),
    ],
)
def test_what_became_of_an_announcement_is_told_once(happened: list[str], told: list[str]) -> None:
    assert [entry.what for entry in entries(happened)] == told


def test_the_newest_text_is_told() -> None:
    assert [entry.release_id for entry in entries(["new", "corrected"])] == [2]


def test_a_warning_that_was_withdrawn_before_the_digest_was_sent_all_the_same() -> None:
    reader = replace(READER, choices={**READER.choices, "risk_warning": Choice(Frequency.INSTANT)})
    assert [entry.what for entry in entries(["new", "retracted"], reader, "risk_warning")] == ["retracted"]


@pytest.mark.parametrize("stopped", [MailClass.PROMOTIONAL, MailClass.SERVICE])
def test_what_somebody_stopped_is_in_no_digest(stopped: MailClass) -> None:
    wanted = replace(READER, choices={"activity": Choice(Frequency.DAILY)})
    assert entries(["new"], wanted, "activity")
    assert entries(["new"], replace(wanted, stopped=frozenset({stopped})), "activity") == ()


@pytest.mark.parametrize(
    ("zone", "hour", "day", "at"),
    [
        ("Europe/Berlin", 2, date(2027, 3, 28), "2027-03-28T01:00"),  # the clocks go from 2:00 to 3:00
        ("Europe/Berlin", 2, date(2026, 10, 25), "2026-10-25T00:00"),  # 2:00 comes twice
        ("Australia/Lord_Howe", 2, date(2026, 10, 4), "2026-10-03T15:30"),  # half an hour, from 2:00
        ("Africa/Cairo", 0, date(2027, 4, 30), "2027-04-29T22:00"),  # the day begins at 1:00
        ("Asia/Kathmandu", 9, date(2026, 12, 1), "2026-12-01T03:15"),
    ],
)
def test_the_hour_is_the_wall_clock_s(zone: str, hour: int, day: date, at: str) -> None:
    assert when.hour_on(day, hour, zone) == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_every_local_day_of_five_years_has_one_hour_in_every_zone_that_matters() -> None:
    zones = ("America/New_York", "Europe/London", "Africa/Cairo", "Australia/Lord_Howe", "Africa/Casablanca",
             "America/Santiago", "Pacific/Chatham", "Antarctica/Troll", "Asia/Beirut", "America/Asuncion")  # fmt: skip
    for zone in zones:
        for hour in (0, 1, 2, 3, 9, 23):
            reader, after, last = (
                replace(READER, zone=zone, hour=hour),
                date(2026, 1, 1),
                datetime.min.replace(tzinfo=UTC),
            )
            while after.year < 2031:
                at = when.next_at(reader, after)
                assert at is not None
                assert at > last
                assert when.day_of(reader, at) == when.today(reader, at) > after
                after, last = when.day_of(reader, at), at


def test_a_week_that_was_missed_comes_with_the_next_digest() -> None:
    weekly = replace(READER, weekday=0, choices={"listing": Choice(Frequency.WEEKLY)})
    assert when.next_at(weekly, MONDAY) == datetime(2026, 12, 7, 9, tzinfo=UTC)
    assert when.is_weekly(weekly, date(2026, 12, 9), after=MONDAY)
    assert not when.is_weekly(weekly, date(2026, 12, 6), after=MONDAY)


def test_of_urgent_ones_beyond_what_the_database_is_asked_about_nobody_is_told_that_they_were_sent() -> None:
    new = [Item(n, f"a{n}", n, "incident", "announce", What.NEW, frozenset({"en-US"})) for n in range(1, CLAIMS + 2)]
    reader = replace(READER, choices={"incident": Choice(Frequency.DAILY)})
    told = Listing(new, RULES, len(new)).entries(reader, weekly=False)
    assert [entry.sent for entry in told] == [False] + [True] * CLAIMS
