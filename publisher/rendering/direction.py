"""Texts in which scripts of both directions meet (Unicode Standard Annex 9).

Pages and mails say their direction in HTML and set apart what runs the other way (`<bdi>`). Plain texts have no such
means, only invisible marks, which are copied along and cost two characters each in a post. So they get one in two
places, never around a ticker or an address: before a line that begins with a Latin word, which programs would lay out
from the left, and between a Latin word and a date, the day of which would otherwise stay with the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from publisher.channel import SLOT_MARKER

RIGHT_TO_LEFT_MARK = "\u200f"
_STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_NOT_SHOWN = re.compile(r"<[^<>]*>|&#?[0-9A-Za-z]+;")


def is_foreign(text: str, direction: str) -> bool:
    """Whether all letters of `text` run against `direction` (`ltr`, `rtl`); what has both belongs to the line."""
    ways = list(_ways(text))
    return bool(ways) and direction not in ways


def mark_before(value: str, direction: str) -> str:
    """What keeps a date together: a mark before a value that begins with a number and goes on from right to left."""
    begins = value[:1] and unicodedata.bidirectional(value[0]) in ("EN", "AN")
    return RIGHT_TO_LEFT_MARK if begins and direction == "rtl" and "rtl" in _ways(value) else ""


def without_idle_marks(text: str) -> str:
    """`text` without marks that follow a letter of their own direction or begin a line."""
    return "\n".join(map(_without_idle_marks, text.split("\n")))


def _without_idle_marks(line: str) -> str:
    first, *rest = line.split(RIGHT_TO_LEFT_MARK)
    kept = first
    for piece in rest:
        kept += (RIGHT_TO_LEFT_MARK if list(_ways(kept))[-1:] == ["ltr"] else "") + piece
    return kept


def marked(text: str, *, is_markup: bool) -> str:
    """A right-to-left text of lines, each of which its readers' programs lay out from the right.

    A line without a letter of that direction (an address, a link) stays as it is. `is_markup`: tags are no letters.
    """
    return "\n".join(_marked(line, is_markup) for line in text.split("\n"))


def _marked(line: str, is_markup: bool) -> str:
    ways = list(_ways(SLOT_MARKER.sub("L", _NOT_SHOWN.sub("", line) if is_markup else line)))
    return RIGHT_TO_LEFT_MARK + line if ways[:1] == ["ltr"] and "rtl" in ways else line


def _ways(text: str) -> Iterator[str]:
    """The direction of each letter."""
    for char in text:
        if way := _STRONG.get(unicodedata.bidirectional(char)):
            yield way
