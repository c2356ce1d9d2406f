"""How one locale, in one time zone, writes dates, times, numbers and lists. Exact: nothing is ever rounded.

The patterns (`pattern.*`) are fixed words, so that a new locale is one `.po` file; the rest is CLDR's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list

from publisher.content.kinds.fact_types import Localised
from publisher.content.kinds.region import Region
from publisher.rendering import numerals
from publisher.rendering.mistakes import UnsayableValue
from publisher.rendering.words import Words

Moment: TypeAlias = datetime
Day: TypeAlias = date


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes values for the readers of one locale; local times are those of `zone`.

    `utc` puts UTC beside every time of day where it differs: `3 Dec 2026, 10:00 (UTC+8; 02:00 UTC)`.
    """

    words: Words
    zone: ZoneInfo
    utc: bool = False
    digits: str = numerals.LATIN
    """CLDR's name of the digits: `latn` (123) or the language's own, `arab` (١٢٣)."""

    @property
    def locale(self) -> Locale:
        """Babel's data for the locale (CLDR)."""
        return written_in(self.words.locale)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    # --- filters ---

    def date(self, value: object) -> str:
        """`3 Dec 2026`, the day in the announcement's zone."""
        return self._day(_moment(value).astimezone(self.zone))

    def time(self, value: object) -> str:
        """`10:00 (UTC+8)`."""
        local = _moment(value).astimezone(self.zone)
        return self.words("pattern.time", time=self._clock(local), zone=zone_name(local))

    def datetime(self, value: object) -> str:
        """`3 Dec 2026, 10:00 (UTC+8)`."""
        return self.span(value, value)

    def span(self, start: object, end: object) -> str:
        """`3 Dec 2026, 10:00-12:00 (UTC+8)`; the day is repeated only where it differs."""
        first, last = _moment(start).astimezone(self.zone), _moment(end).astimezone(self.zone)
        local, zone = self._between(first, last, None), _zones(first, last)
        if not self.utc or zone == "UTC":
            return self.words("pattern.moment", moment=local, zone=zone)
        first_utc, last_utc = first.astimezone(UTC), last.astimezone(UTC)
        beside = first if first_utc.date() == last_utc.date() else None  # "00:00 - 21 Dec" would hide a day
        utc = self._between(first_utc, last_utc, beside)
        return self.words("pattern.moment_utc", moment=local, zone=zone, utc=utc)

    def since(self, start: object) -> str:
        """A span whose end nobody knows yet: `from 3 Dec 2026, 10:00 (UTC+8), end not known yet`."""
        return self.words("pattern.since", start=self.datetime(start))

    def number(self, value: object, decimals: int = 0) -> str:
        """Every digit that the author wrote, grouped, and zeros up to `decimals`: `1,234.50`."""
        return numerals.grouped(value, self.locale, self.digits, decimals)

    def large(self, value: object) -> str:
        """`5万` where one counts in ten thousands, `50,000` elsewhere."""
        return numerals.large(value, self.locale, self.digits)

    def percent(self, value: object, decimals: int = 0) -> str:
        """A ratio as per cent, exact: `0.0010` is `0.10%`."""
        return numerals.percent(value, self.locale, self.digits, decimals)

    def join(self, value: object, separator: str | None = None) -> str:
        """`BTC, ETH, and SOL` as the language lists things in a sentence, or with `separator` between them."""
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise UnsayableValue("join takes a list")
        items = [self.say(item) for item in value]
        return format_list(items, "standard", self.locale) if separator is None else separator.join(items)

    def upper(self, value: object) -> str:
        return self.say(value).upper()

    # --- without a filter ---

    def say(self, value: object) -> str:
        """A fact as it stands: text of this locale, number, time, list, or the fixed word of a choice."""
        match value:
            case bool():
                return self.words("word.yes" if value else "word.no")
            case Enum():
                return self.words(f"{type(value).__name__.lower()}.{value.value}")
            case Region():
                return str(self.locale.territories[value])
            case str():
                return value
            case int() | Decimal():
                return self.number(value)
            case Moment():
                return self.datetime(value)
            case Localised():
                return self._own_language(value)
            case Mapping():
                pairs = (self.words("pattern.pair", name=self.say(k), value=self.say(v)) for k, v in value.items())
                return self.words("pattern.pairs_separator").join(pairs)
            case Sequence():
                return self.words("pattern.separator").join(map(self.say, value))
            case _:
                raise UnsayableValue(f"a {type(value).__name__} cannot be written; name one of its fields")

    # --- pieces ---

    def _own_language(self, texts: Localised) -> str:
        try:
            return texts.in_locale(self.words.locale)
        except KeyError as error:
            raise UnsayableValue(f"a fact has no text in {self.words.locale}") from error

    def _day(self, moment: Moment) -> str:
        day = _written_day(moment.date(), self.words("pattern.date"), self.locale)
        return numerals.with_digits(day, self.digits)

    def _clock(self, moment: Moment) -> str:
        return numerals.with_digits(f"{moment:%H:%M}", self.digits)

    def _between(self, first: Moment, last: Moment, beside: Moment | None) -> str:
        """Both ends; the day is left out where it is that of `beside`."""
        start = self._at(first, None if beside is None else beside.date())
        if first == last:
            return start
        word = "pattern.range" if first.date() == last.date() else "pattern.range_days"
        return self.words(word, start=start, end=self._at(last, first.date()))

    def _at(self, moment: Moment, known_day: Day | None) -> str:
        clock = self._clock(moment)
        return (
            clock if moment.date() == known_day else self.words("pattern.day_time", day=self._day(moment), time=clock)
        )


def wording(words: Words, zone: ZoneInfo, *, native_digits: bool = False) -> Wording:
    """Latin digits, as on every exchange, unless `native_digits`."""
    latin = Wording(words, zone)
    return replace(latin, digits=numerals.own_digits(latin.locale)) if native_digits else latin


@cache
def written_in(name: str) -> Locale:
    """CLDR's data for a BCP 47 tag."""
    return Locale.parse(name, sep="-")


@lru_cache(maxsize=512)
def _written_day(day: Day, pattern: str, locale: Locale) -> str:
    """Remembered, because the same few days stand everywhere in an announcement and Babel takes 0.1 ms for each."""
    return format_date(day, pattern, locale=locale)


def zone_name(moment: Moment) -> str:
    """`UTC`, `UTC+8`, `UTC+5:30`: the offset, since abbreviations such as CST name several zones."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _zones(first: Moment, last: Moment) -> str:
    """One name, or two where the clocks change in between."""
    return "/".join(dict.fromkeys((zone_name(first), zone_name(last))))


def _moment(value: object) -> Moment:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnsayableValue(f"{value!r} is not a time with a zone")
    return value
