"""Times that come again: once each intended day, at the same wall clock, whatever the zones do to theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.recurrence import LAST, MOST, Rule, Unusable, occurrences
from publisher.wall_time import zone

ZONES = (
    "America/New_York", "Europe/London", "Europe/Berlin", "Africa/Cairo", "Australia/Sydney", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Africa/Casablanca", "America/Santiago", "Asia/Jerusalem", "Asia/Beirut", "Pacific/Auckland",
    "Pacific/Chatham", "America/Havana", "Asia/Singapore", "Asia/Kolkata", "America/St_Johns", "Atlantic/Azores",
    "Europe/Chisinau", "Antarctica/Troll", "Pacific/Apia",
)  # fmt: skip


def transitions(name: str) -> list[datetime]:
    """UTC instants from 2026 to 2030 at which a zone's offset changes."""
    here, found = zone(name), []
    moment, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    while moment < end:
        after = moment + timedelta(hours=6)
        if _offset(moment, here) != _offset(after, here):
            low, high = moment, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if _offset(middle, here) == _offset(moment, here) else (low, middle)
            found.append(high.replace(microsecond=0))
        moment = after
    return found


def _offset(moment: datetime, here: ZoneInfo) -> timedelta | None:
    return moment.astimezone(here).utcoffset()


@pytest.mark.parametrize("name", ZONES)
def test_once_a_day_around_every_change_of_the_clocks(name: str) -> None:
    """At every quarter of an hour from two hours before a change to two hours after it."""
    here, tried = zone(name), 0
    for change in transitions(name):
        around = change.astimezone(here).replace(tzinfo=None, second=0)
        for quarter in range(-8, 9):
            wall = around + timedelta(minutes=15 * quarter) - timedelta(days=2)
            found = occurrences(Rule("day", times=5), wall, name)
            tried += 1

            assert [each.local.date() for each in found] == [wall.date() + timedelta(days=n) for n in range(5)]
            assert all(a.at < b.at for a, b in pairwise(found))
            for each in found:
                shown = each.at.astimezone(here)
                assert shown.replace(tzinfo=None) == each.local
                assert shown.fold == 0
                if each.local.time() != wall.time():
                    meant = datetime.combine(each.local.date(), wall.time())
                    assert meant < each.local <= meant + timedelta(hours=2)
                    before = (each.at - timedelta(seconds=1)).astimezone(here).replace(tzinfo=None)
                    assert before < meant, "the clocks did not jump over it"
    if name not in (
        "America/Sao_Paulo",
        "Asia/Singapore",
        "Asia/Kolkata",
        "Pacific/Apia",
    ):  # these leave their clocks alone
        assert tried >= 17 * 3, "the table has fewer changes than five years should"


def test_an_hour_jumped_over_at_midnight_is_the_first_moment_of_the_next_day() -> None:
    """In Nuuk the clocks go from 23:00 on a Saturday to 0:00 on the Sunday, which has an occurrence of its own."""
    found = occurrences(Rule("day", times=4), datetime(2027, 3, 26, 23, 30), "America/Nuuk")  # noqa: DTZ001

    assert [f"{each.local:%a %H:%M}" for each in found] == ["Fri 23:30", "Sun 00:00", "Sun 23:30", "Mon 23:30"]


rules = st.builds(
    Rule,
    every=st.sampled_from(["day", "week", "month"]),
    interval=st.integers(1, 4),
    on=st.sets(st.integers(0, 6), max_size=4).map(lambda days: tuple(sorted(days))),
    day=st.none() | st.integers(1, 28) | st.just(LAST),
    weekday=st.none() | st.tuples(st.sampled_from([1, 2, 3, 4, LAST]), st.integers(0, 6)),
    times=st.integers(2, 30),
)


@given(
    rule=rules,
    first=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 28)).filter(lambda moment: moment.day <= 28),  # noqa: DTZ001
    name=st.sampled_from(ZONES),
)
def test_every_rule_gives_as_many_days_as_it_says_each_once(rule: Rule, first: datetime, name: str) -> None:
    found = occurrences(rule, first, name)

    assert len(found) == rule.times
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert len({each.local.date() for each in found}) == len(found)
    assert all(a.at < b.at for a, b in pairwise(found))


def days(rule: Rule, first: str) -> list[str]:
    return [f"{each.local:%a %m-%d}" for each in occurrences(rule, datetime.fromisoformat(first), "Europe/Berlin")]


@pytest.mark.parametrize(
    ("rule", "first", "meant"),
    [
        (Rule("week", on=(0, 3), times=4), "2026-12-01", "Tue 12-01, Thu 12-03, Mon 12-07, Thu 12-10"),
        (Rule("week", on=(0, 0), times=3), "2026-12-01", "Tue 12-01, Mon 12-07, Mon 12-14"),
        (Rule("week", interval=2, times=3), "2026-12-01", "Tue 12-01, Tue 12-15, Tue 12-29"),
        (Rule("month", day=LAST, times=4), "2026-12-31", "Thu 12-31, Sun 01-31, Sun 02-28, Wed 03-31"),
        (Rule("month", weekday=(LAST, 4), times=3), "2026-12-01", "Tue 12-01, Fri 12-25, Fri 01-29"),
        (Rule("month", weekday=(2, 1), times=3), "2026-12-08", "Tue 12-08, Tue 01-12, Tue 02-09"),
        (Rule("day", interval=10, until=date(2026, 12, 21)), "2026-12-01", "Tue 12-01, Fri 12-11, Mon 12-21"),
    ],
)
def test_what_rules_mean(rule: Rule, first: str, meant: str) -> None:
    assert days(rule, f"{first}T10:00") == meant.split(", ")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule("day"), "would never end"),
        (Rule("day", until=date(2026, 11, 30)), "ends before it would come a second time"),
        (Rule("week", until=date(2026, 12, 5)), "ends before it would come a second time"),
        (Rule("day", times=MOST + 1), f"more than {MOST} times"),
        (Rule("day", until=date(2027, 12, 1)), f"more than {MOST} times"),
        (Rule("day", times=1), "ends before it would come a second time"),
        (Rule("month", times=3), "some months have no day 31"),
    ],
)
def test_a_rule_that_does_not_end_well_is_refused(rule: Rule, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        occurrences(rule, datetime(2026, 12, 31 if rule.every == "month" else 1, 10), "Europe/Berlin")  # noqa: DTZ001
