"""Time zones as readers choose them: by a city of theirs, with what the clocks show there now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location


@dataclass(frozen=True, slots=True)
class NamedZone:
    name: str
    """Of the IANA list."""
    label: str
    """`UTC+08:00 Singapore`, in the reader's language."""


@cache
def weekdays(locale: str) -> Sequence[str]:
    """The names of the days, from Monday."""
    names = Locale.parse(locale, sep="-").days["stand-alone"]["wide"]
    return [str(names[day]) for day in range(7)]


@cache
def zone_names() -> frozenset[str]:
    """One name for each zone whose clocks differed from the others' at some time since 1970 (`zone1970.tab`)."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text(encoding="utf-8")
    return frozenset({"UTC", *(line.split("\t")[2] for line in table.splitlines() if line and line[0] != "#")})


def zones(locale: str, now: datetime) -> Sequence[NamedZone]:
    """All of them, from west to east."""
    return _zones(locale, now.date())


@lru_cache(maxsize=16)  # a language each; the offsets are those of the day
def _zones(locale: str, day: date) -> Sequence[NamedZone]:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    offsets = {name: noon.replace(tzinfo=ZoneInfo(name)).utcoffset() or timedelta(0) for name in zone_names()}
    named = [(offset, _city(name, locale), name) for name, offset in offsets.items()]
    return [NamedZone(name, f"UTC{_signed(offset)} {city}".strip()) for offset, city, name in sorted(named)]


def _city(name: str, locale: str) -> str:
    return "" if name == "UTC" else get_timezone_location(name, locale=locale.replace("-", "_"), return_city=True)


def _signed(offset: timedelta) -> str:
    minutes = round(offset / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else ""
