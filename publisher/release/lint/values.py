"""Numbers, dates and times in a text, read the way its language writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache

from babel import Locale


class What(StrEnum):
    """The kinds of value; each is a code `language.<what>`."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    SYMBOL = "symbol"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Value:
    """`key` is the same in every language; `offset` is where `written` stands."""

    what: What
    key: str
    written: str
    offset: int

    @property
    def shown(self) -> str:
        """As the author wrote it; a time with its zone also in UTC."""
        written = self.written.strip().rstrip(".")
        return f"`{written}` ({self.key[:-1]} UTC)" if self.key.endswith("Z") else f"`{written}`"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a language's text holds, and what was written in another language's way."""

    values: tuple[Value, ...]
    foreign_numbers: tuple[Value, ...]
    unclear_dates: tuple[Value, ...]
    spelled: frozenset[str]
    """Keys of the small numbers that stand as words."""


def read(text: str, locale: str, at: int = 0) -> Reading:
    """`text` begins at the offset `at`; addresses of the web and of chains are blank in it already."""
    plain = ascii_digits(text)
    dates, unclear = _dates(plain, locale)
    plain = blanked(plain, dates)
    times = list(_times(plain))
    plain = _NO_NUMBER.sub(lambda found: " " * len(found[0]), blanked(plain, times))
    numbers, foreign = _numbers(plain, locale)
    values = _moved([*dates, *times, *numbers], at)
    return Reading(values, _moved(foreign, at), _moved(unclear, at), _spelled(text, locale))


def _moved(values: Sequence[Value], by: int) -> tuple[Value, ...]:
    return tuple(replace(value, offset=value.offset + by) for value in values)


@cache
def _digits() -> Mapping[int, str]:
    """Every other decimal digit (Arabic-Indic, full-width ...) and what stands between them."""
    digits = {code: str(unicodedata.decimal(chr(code), "")) for code in range(0x80, 0x10000) if chr(code).isdecimal()}
    return {**digits, ord("٫"): ".", ord("٬"): ",", ord("．"): ".", ord("％"): "%", ord("："): ":"}


def ascii_digits(text: str) -> str:
    """The same length; only digits and what separates them are changed."""
    return text if text.isascii() else text.translate(_digits())


def blanked(text: str, values: Sequence[Value]) -> str:
    """The same length, with spaces where the values stand; they do not overlap."""
    pieces, end = [], 0
    for value in sorted(values, key=lambda value: value.offset):
        pieces += [text[end : value.offset], " " * len(value.written)]
        end = value.offset + len(value.written)
    return "".join([*pieces, text[end:]])


# --- dates

_ISO = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_WIDE = re.compile(r"(?:(?<!\d)(\d{4})\s?[年년]\s?)?(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}) tháng (\d{1,2})(?:,? (?:năm )?(\d{4})(?!\d))?")
_WIDE_MONTH = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]")
_VIETNAMESE_MONTH = re.compile(r"tháng (\d{1,2})(?:,? năm |/)(\d{4})(?!\d)")
_NO_NUMBER = re.compile(r"(?<!\d)\d{1,2}\s?[月월]|tháng \d{1,2}(?!\d)|(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?")
"""A month that is a name in other languages, and the offset of a zone."""
_NUMERIC = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?![\d/])")


def _dates(text: str, locale: str) -> tuple[list[Value], list[Value]]:
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


# --- times

_CLOCK = re.compile(
    r"(?<![\d:])(?<!\d[.,])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2})?(?![\d:]))?(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_WIDE_CLOCK = re.compile(
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上|午前|午後|오전|오후)?\s?(?<!\d)(?P<hour>\d{1,2})\s?[点點时時시](?!间|間|간)"
    r"\s?(?:(?P<minute>\d{1,2})\s?[分분]|(?P<thirty>半))?(?P<sharp>整)?"
)
_OFFSET = re.compile(r"(?<![A-Za-z])(?:UTC|GMT)\s?(?:([+\-−])\s?(\d{1,2})(?::?(\d{2}))?)?(?![A-Za-z])")
_END_OF_SENTENCE = re.compile(r"[.。;；!?！？\n|](?!\d)")
REACH = 40
"""Characters in which a reader still connects a zone with a time: `10:00 to 12:00 on 3 Dec (UTC+8)`."""
_AFTERNOON = ("p", "下午", "晚上", "午後", "오후", "中午")


def clocks(text: str) -> Iterator[re.Match[str]]:
    """Times of day. `1:10` is a ratio: an hour has two digits, or am or pm behind it."""
    for match in _CLOCK.finditer(text):
        if match["half"] or (match["minute"] and len(match["hour"]) == 2):
            yield match
    for match in _WIDE_CLOCK.finditer(text):
        if match["half"] or match["minute"] or match["thirty"] or match["sharp"]:
            yield match


def rest_of_sentence(text: str, at: int) -> str:
    """What follows within reach."""
    return _END_OF_SENTENCE.split(text[at : at + REACH], maxsplit=1)[0]


def _times(text: str) -> Iterator[Value]:
    """`02:00Z` where the offset is known, else `10:00` as on the wall."""
    for match in clocks(text):
        groups = match.groupdict()
        hour, minute = int(match["hour"]), int(match["minute"] or (30 if groups.get("thirty") else 0))
        if hour > 24 or minute > 59:
            continue
        if (match["half"] or "").lower() in _AFTERNOON and hour < 12:
            hour += 12
        elif (match["half"] or "").lower() == "a" and hour == 12:
            hour = 0
        offset = _OFFSET.search(rest_of_sentence(text, match.end()))
        east = _minutes(offset) if offset else 0
        minutes = (hour * 60 + minute - east) % (24 * 60)
        key = f"{minutes // 60:02}:{minutes % 60:02}" + ("Z" if offset else "")
        yield Value(What.TIME, key, match[0], match.start())


def _minutes(offset: re.Match[str]) -> int:
    size = int(offset[2] or 0) * 60 + int(offset[3] or 0)
    return -size if offset[1] in ("-", "−") else size


# --- numbers

_SPACES = "\u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_])(\d(?:[\d.,'’{_SPACES}]{{0,60}}\d)?)"
    r"(?:\s?(%)|\s?(百万|千万|十亿|万亿|[千万萬亿億兆만억천조](?![年月日])|(?:thousand|million|billion|trillion|nghìn|ngàn|triệu|tỷ)\b)"
    r"|([kKMB]|bn)\b)?"
)
_SCALES: Mapping[str, int] = {
    **dict.fromkeys(("k", "千", "천", "thousand", "nghìn", "ngàn"), 3),
    **dict.fromkeys(("万", "萬", "만"), 4),
    **dict.fromkeys(("m", "百万", "million", "triệu"), 6),
    "千万": 7,
    **dict.fromkeys(("亿", "億", "억"), 8),
    **dict.fromkeys(("b", "bn", "十亿", "billion", "tỷ"), 9),
    **dict.fromkeys(("兆", "조", "万亿", "trillion"), 12),
}


def _numbers(text: str, locale: str) -> tuple[list[Value], list[Value]]:
    """All numbers, and those with the separators of another language."""
    numbers, foreign = [], []
    for match in _NUMBER.finditer(text):
        amount, own = parse_number(match[1], locale)
        scale = _SCALES.get((match[3] or match[4] or "").lower(), 0)
        key = _plain(amount.scaleb(scale)) if isinstance(amount, Decimal) else amount
        value = Value(What.NUMBER, key + (match[2] or ""), match[0], match.start())
        numbers.append(value)
        if not own:
            foreign.append(value)
    return numbers, foreign


def parse_number(written: str, locale: str) -> tuple[Decimal | str, bool]:
    """The number, and whether `locale` writes it so; the text itself for what is no number (a version: `1.2.3`)."""
    point, group = _separators(locale)
    plain = re.sub(f"[{_SPACES}'’]", "", written)
    if re.fullmatch(
        rf"\d{{1,3}}(?:{re.escape(group)}\d{{2,3}})*{re.escape(group)}\d{{3}}(?:{re.escape(point)}\d+)?", plain
    ):
        return Decimal(plain.replace(group, "").replace(point, ".")), True
    if re.fullmatch(rf"\d+(?:{re.escape(point)}\d+)?", plain):
        return Decimal(plain.replace(point, ".")), True
    other_point, other_group = (".", ",") if point != "." else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(other_group)}\d{{3}})*(?:{re.escape(other_point)}\d+)?", plain):
        return Decimal(plain.replace(other_group, "").replace(other_point, ".")), False
    return written, True


@cache
def _separators(locale: str) -> tuple[str, str]:
    """The decimal point and what groups thousands; digits are read as Latin ones, spaces never matter."""
    symbols = Locale.parse(locale, sep="-").number_symbols["latn"]
    group = symbols["group"]
    return symbols["decimal"], group if group in ".," else ("," if symbols["decimal"] == "." else ".")


def _plain(number: Decimal) -> str:
    """Without zeros that say nothing: 0.10 is 0.1."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- small numbers in words

_ENGLISH = re.compile(
    r"\b(?:(zero|no)|(one|first|once)|(two|second|twice|both)|(three|third)|(four|fourth)|(five|fifth)|(six|sixth)"
    r"|(seven|seventh)|(eight|eighth)|(nine|ninth)|(ten|tenth)|(eleven|eleventh)|(twelve|twelfth))\b",
    re.IGNORECASE,
)
_WIDE_WORDS = {
    **{char: str(value) for value, char in enumerate("〇一二三四五六七八九十")},
    "零": "0",
    "两": "2",
    "兩": "2",
    "双": "2",
}
SMALL = frozenset(map(str, range(13)))
"""Numbers that a text may say in a word."""


def _spelled(text: str, locale: str) -> frozenset[str]:
    """For languages whose words are not known, any small number may be one of them."""
    match locale.partition("-")[0]:
        case "en":
            return frozenset(str((found.lastindex or 1) - 1) for found in _ENGLISH.finditer(text))
        case "zh" | "ja":
            eleven = {key for word, key in (("十一", "11"), ("十二", "12")) if word in text}
            return frozenset({*eleven, *(key for char, key in _WIDE_WORDS.items() if char in text)})
        case _:
            return SMALL
