"""Dates, as each language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from babel import Locale

from publisher.release.lint.values.value import Value, What

_ISO = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_WIDE = re.compile(r"(?:(?<!\d)(\d{4})\s?[年년]\s?)?(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}) tháng (\d{1,2})(?:,? (?:năm )?(\d{4})(?!\d))?")
_WIDE_MONTH = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]")
_VIETNAMESE_MONTH = re.compile(r"tháng (\d{1,2})(?:,? năm |/)(\d{4})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?![\d/])")


def dates(text: str, locale: str) -> tuple[list[Value], list[Value]]:
    """All dates, and those that two readers read differently."""
    found = list(_written_dates(text, locale))
    unclear = []
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match[1]), int(match[3]), match[4]
        month, day = (first, second) if locale == "en-US" else (second, first)
        if value := _date(match, year, *((month, day) if month <= 12 else (day, month))):
            found.append(value)
            if first != second and first <= 12 and second <= 12:
                unclear.append(value)
    return _apart(found), unclear


def _written_dates(text: str, locale: str) -> Iterator[Value]:
    readings = [(match, match[1], match[3], match[4]) for match in _ISO.finditer(text)]
    readings += [(match, match[1], match[2], match[3]) for match in _WIDE.finditer(text)]
    readings += [(match, match[3], match[2], match[1]) for match in _VIETNAMESE.finditer(text)]
    for match, year, month, day in readings:
        if value := _date(match, year, int(month), int(day)):
            yield value
    if names := _months(locale):
        day_first, month_first, month_only = _named(locale)
        named = [(match, match[3], match[2], match[1]) for match in day_first.finditer(text)]
        named += [(match, match[3], match[1], match[2]) for match in month_first.finditer(text)]
        found = (_date(match, year, names[name.lower()], int(day)) for match, year, name, day in named)
        yield from (value for value in found if value)
        yield from (_month(match, match[2], names[match[1].lower()]) for match in month_only.finditer(text))
    yield from (_month(match, match[1], int(match[2])) for match in _WIDE_MONTH.finditer(text))
    yield from (_month(match, match[2], int(match[1])) for match in _VIETNAMESE_MONTH.finditer(text))


def _month(match: re.Match[str], year: str, month: int) -> Value:
    """`2026-03`."""
    return Value(What.DATE, f"{year}-{month:02}", match[0], match.start())


def _date(match: re.Match[str], year: str | None, month: int, day: int) -> Value | None:
    """`12-03`, with the year before it where it is written."""
    try:
        there = date(int(year) if year else 2000, month, day)  # a leap year: the 29th of February may be meant
    except ValueError:
        return None
    return Value(What.DATE, f"{there:%Y-%m-%d}" if year else f"{there:%m-%d}", match[0], match.start())


def _apart(values: list[Value]) -> list[Value]:
    """Of those that overlap, the longest."""
    taken: list[Value] = []
    end = -1
    for value in sorted(values, key=lambda value: (value.offset, -len(value.written))):
        if value.offset >= end:
            taken.append(value)
            end = value.offset + len(value.written)
    return taken


@cache
def _months(locale: str) -> Mapping[str, int]:
    """Names in small letters, without the full stop; none for languages that number their months."""
    forms = Locale.parse(locale, sep="-").months
    names = {
        name.lower().rstrip("."): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in forms[context][width].items()
    }
    return {name: number for name, number in names.items() if not re.search(r"\d", name)}


@cache
def _named(locale: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """`3 Dec 2026`, `December 3, 2026` and `March 2026`; a month has its capital."""
    alternatives = "|".join(
        sorted((re.escape(name[0].upper() + name[1:]) for name in _months(locale)), key=len, reverse=True)
    )
    month, day, year = rf"\b({alternatives})\b\.?", r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?", r"(\d{4})(?!\d)"
    return (
        re.compile(rf"{day}\.?\s(?:of\s|de\s)?{month}(?:,?\s(?:de\s)?{year})?"),
        re.compile(rf"{month}\s{day}(?!\d)(?:,?\s{year})?"),
        re.compile(rf"{month}\s(?:de\s)?{year}"),
    )
