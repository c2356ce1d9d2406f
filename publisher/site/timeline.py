"""The week to come as a thin timeline: days in columns, a lane for each service or kind, a bar for each event.

A bar is drawn with coordinates, not with styles: the website's security policy admits none inside a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar

from babel import Locale
from babel.dates import format_date

from publisher.channel import PublishedRecord

T = TypeVar("T")

DAYS = 8
"""Columns: today, the seven days that the home page looks ahead, in UTC."""
WIDTH = 100
"""Units of a column."""
SHORT = 4
"""Letters of a day that fit above a column."""
THIN = 8
"""Units that a bar has at least, so that a moment is seen."""


@dataclass(frozen=True, slots=True)
class Column:
    weekday: str
    day: str
    iso: str


@dataclass(frozen=True, slots=True)
class Bar(Generic[T]):
    """`item` from `x` on, `width` units."""

    item: T
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Timeline(Generic[T]):
    columns: Sequence[Column]
    lanes: Mapping[str, Sequence[Bar[T]]]
    """What it happens to -> the events, the next one first."""
    width: int = DAYS * WIDTH


def timeline(
    ahead: Iterable[PublishedRecord], now: datetime, locale: Locale, item: Callable[[PublishedRecord], T]
) -> Timeline[T]:
    """`ahead` in order of their beginnings; `item` is what a lane shows of a record."""
    today = now.astimezone(UTC).date()
    lanes: dict[str, list[Bar[T]]] = {}
    for record in ahead:
        x, width = _span(record, today)
        lanes.setdefault(" · ".join(record.services) or record.kind_title, []).append(Bar(item(record), x, width))
    return Timeline([_column(today + timedelta(days=number), locale) for number in range(DAYS)], lanes)


def midnight_after(now: datetime) -> datetime:
    """When the timeline moves on by a day."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(tzinfo=UTC))


def _span(record: PublishedRecord, today: date) -> tuple[int, int]:
    start = datetime.combine(today, time(tzinfo=UTC))
    begins = record.starts_at or record.published_at
    units = [round((at - start) / timedelta(days=1) * WIDTH) for at in (begins, record.ends_at or begins)]
    first, last = (min(max(unit, 0), DAYS * WIDTH) for unit in units)
    width = max(last - first, THIN)
    return min(first, DAYS * WIDTH - width), width


def _column(day: date, locale: Locale) -> Column:
    # Arabic does not abbreviate: its days, article and all, are too long for a column of a telephone.
    weekday = format_date(day, "ccc", locale)
    if len(weekday) > SHORT:
        weekday = format_date(day, "cccccc", locale)
    return Column(weekday, format_date(day, "d", locale), day.isoformat())
