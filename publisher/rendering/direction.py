"""Texts in which scripts of both directions meet (Unicode Standard Annex 9).

Pages and mails say their direction in HTML and set apart what runs the other way (`<bdi>`). Plain texts have no such
means: programs give each line the direction of its first letter, so that an Arabic line which begins with `ETH` would
be laid out from the left. Such a line gets a RIGHT-TO-LEFT MARK before it, and nothing else is put in: marks around a
ticker or an address would be copied with it, and cost two characters each in a post.
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
