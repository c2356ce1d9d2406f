"""When somebody's next digest is due: an hour of the wall clock where they live. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from publisher.mailing.digests.choices import Reader
from publisher.mailing.preferences import Frequency
from publisher.wall_time import zone

DAY, WEEK = timedelta(days=1), 7


@lru_cache(maxsize=4096)
def hour_on(day: date, hour: int, zone_name: str) -> datetime:
    """The instant (UTC) at which the clocks there show that hour; where they jump over it the moment they jump to, and
    where they show it twice the first.
    """
    return datetime.combine(day, time(hour), zone(zone_name)).astimezone(UTC)


def today(reader: Reader, now: datetime) -> date:
    """The date where the reader lives."""
    return now.astimezone(zone(reader.zone or "UTC")).date()


def last_on(reader: Reader, now: datetime) -> date:
    """The local date of the last digest; for whoever never had one that of the last hour that is over, so that the
    first comes at the next one.
    """
    return reader.last_on or day_of(reader, now)


def day_of(reader: Reader, now: datetime) -> date:
    """The local date of a digest that is due: yesterday where an hour late in the evening was missed."""
    day = today(reader, now)
    return day if hour_on(day, reader.hour, reader.zone or "UTC") <= now else day - DAY


def next_at(reader: Reader, after: date, *, owed: bool = True) -> datetime | None:
    """When a digest is due after the one of the date `after`: in the past when its hour is over, None for never.

    One for each local date, whatever hour and zone they change to; `owed`: whether what is owed still is.
    """
    every_day = reader.has(Frequency.DAILY) or (owed and reader.owed)
    if not every_day and not reader.has(Frequency.WEEKLY):
        return None
    day = after + DAY if every_day else _weekday_after(after, reader.weekday)
    return hour_on(day, reader.hour, reader.zone or "UTC")


def is_weekly(reader: Reader, day: date, after: date) -> bool:
    """Whether their day of the week is among those after `after` until `day`: a week that was missed comes then."""
    return _weekday_after(after, reader.weekday) <= day


def _weekday_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday() - 1) % WEEK + 1)
