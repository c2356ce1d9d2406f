"""Wall-clock times that come again: every so many days, weeks or months, at the same hour of a zone, until they end.

RFC 5545 leaves the clocks' changes to the reader. Here an hour that the clocks jump over is the first moment after the
gap, and one that they show twice is the earlier: a day has exactly one occurrence, whatever the clocks do.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, takewhile
from typing import Literal

from publisher.wall_time import Skipped, resolve, wall_clock

MOST = 100
"""Occurrences; more is an announcement that nobody looks at any more."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = -1
SHORTEST = 28
"""Days that every month has."""


class Unusable(ValueError):
    """A rule without a usable end, or one that some months have no day for."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Rule:
    """When something comes again; the first occurrence is the publication itself."""

    every: Literal["day", "week", "month"]
    interval: int = 1
    on: tuple[int, ...] = ()
    """Of a weekly rule: days of the week, Monday 0; none for the first one's own."""
    day: int | None = None
    """Of a monthly rule: 1 to 28, or LAST; None for the first one's own, or `weekday`."""
    weekday: tuple[int, int] | None = None
    """Of a monthly rule: which one (1 to 4, or LAST) of which day of the week, Monday 0."""
    until: date | None = None
    """The last day, as the zone's calendar has it."""
    times: int | None = None
    """How often in all, the first included."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of them."""

    number: int
    """From 1, which is the publication itself."""
    local: datetime
    """What the clocks show, naive; after a gap what they show instead."""
    at: datetime
    """UTC."""

    def to_json(self) -> Sequence[object]:
        return [self.number, self.local.isoformat(), self.at.isoformat()]

    @classmethod
    def from_json(cls, data: Sequence[object]) -> Occurrence:
        """The inverse of `to_json`."""
        number, local, at = data
        return cls(int(str(number)), datetime.fromisoformat(str(local)), datetime.fromisoformat(str(at)))


def occurrences(rule: Rule, first: datetime, time_zone: str) -> Sequence[Occurrence]:
    """All of them, the first included; `first` is the wall clock of the publication, naive.

    Raises Unusable for a rule that has no end, one before its start, or more than MOST occurrences; and for the 29th to
    the 31st of every month, which some lack.
    """
    if rule.until is None and rule.times is None:
        raise Unusable("it would never end", f"write until, a day, or count, at most {MOST}")
    if rule.every == "month" and rule.day is None and rule.weekday is None and first.day > SHORTEST:
        raise Unusable(f"some months have no day {first.day}", 'write day = "last", or an earlier day')
    days = _days(rule, first.date())
    if rule.until is not None:
        until = rule.until
        days = takewhile(lambda day: day <= until, days)
    found = []
    for number, day in enumerate(days, start=1):
        if rule.times is not None and number > rule.times:
            break
        if number > MOST:
            raise Unusable(f"it would come more than {MOST} times", "write an earlier until, or a smaller count")
        found.append(_at(number, datetime.combine(day, first.time()), time_zone))
    if len(found) < 2:
        raise Unusable("it ends before it would come a second time", "write a later until, or leave repeat out")
    return found


def _at(number: int, local: datetime, time_zone: str) -> Occurrence:
    try:
        return Occurrence(number, local, resolve(local, time_zone, fold=0))
    except Skipped:
        at = _after_the_gap(local, time_zone)
        return Occurrence(number, wall_clock(at, time_zone), at)


def _after_the_gap(local: datetime, time_zone: str) -> datetime:
    """The first instant at which the clocks show anything later than `local`; gaps end on whole minutes."""
    for minute in count(1):
        try:
            return resolve(local.replace(second=0) + timedelta(minutes=minute), time_zone, fold=0).astimezone(UTC)
        except Skipped:
            continue
    raise AssertionError("a gap that never ends")


def _days(rule: Rule, first: date) -> Iterator[date]:
    """The first day, then every other one that the rule names, in order and without end."""
    match rule.every:
        case "day":
            later: Iterator[date] = (first + timedelta(days=n * rule.interval) for n in count(1))
        case "week":
            later = (day for day in _weekly(rule, first) if day > first)
        case "month":
            later = (day for day in _monthly(rule, first) if day > first)
    yield first
    yield from later


def _weekly(rule: Rule, first: date) -> Iterator[date]:
    monday, wanted = first - timedelta(days=first.weekday()), sorted(set(rule.on)) or [first.weekday()]
    for week in count(0, rule.interval):
        for day in wanted:
            yield monday + timedelta(days=7 * week + day)


def _monthly(rule: Rule, first: date) -> Iterator[date]:
    for months in count(0, rule.interval):
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        yield _in_month(rule, first, year, month + 1)


def _in_month(rule: Rule, first: date, year: int, month: int) -> date:
    length = calendar.monthrange(year, month)[1]
    if rule.weekday is not None:
        which, weekday = rule.weekday
        ahead = (weekday - date(year, month, 1).weekday()) % 7
        of_it = range(1 + ahead, length + 1, 7)
        return date(year, month, of_it[which if which == LAST else which - 1])
    day = first.day if rule.day is None else rule.day
    return date(year, month, length if day == LAST else day)
