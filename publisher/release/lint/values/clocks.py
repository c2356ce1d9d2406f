"""Times of day, and the offset that stands behind one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.release.lint.values.value import Value, What

_CLOCK = re.compile(
    r"(?<![\d:])(?<!\d[.,])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2})?(?![\d:]))?(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_WIDE_CLOCK = re.compile(
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上|午前|午後|오전|오후)?\s?(?<!\d)(?P<hour>\d{1,2})\s?[点點时時시](?!间|間|간)"
    r"\s?(?:(?P<minute>\d{1,2})\s?[分분]|(?P<thirty>半))?(?P<sharp>整)?"
)
_OFFSET = re.compile(r"(?<![A-Za-z])(?:UTC|GMT)\s?(?:([+\-−])\s?(\d{1,2})(?::?(\d{2}))?)?(?![A-Za-z])")
END_OF_SENTENCE = re.compile(r"[.。;；!?！？\n|](?!\d)")
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
    return END_OF_SENTENCE.split(text[at : at + REACH], maxsplit=1)[0]


def times(text: str) -> Iterator[Value]:
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
