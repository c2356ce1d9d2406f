"""Cuts a text into numbered posts: at paragraphs, sentences, words, between CJK characters, never inside a symbol."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import count

from publisher import measure
from publisher.channel import SLOT_MARKER
from publisher.measure import emoji

_CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef"
_OPENING, _CLOSING = "（［｛〈《「『【〔“‘", "），．：；？！％］｝〉》」』】〕”’、。…—"
_BREAKS = (
    re.compile(r"\n[^\S\n]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[.!?]+[\"')\]”’]*\s+|[。！？；…]+[”’」』）]*\s*"),
    re.compile(r"\s+"),
    re.compile(f"[{_CJK}](?<![{_OPENING}])(?![{_CLOSING}])"),
)
"""The places to cut, best first; a cut is at the end of a match."""


def numbered(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The posts of a thread, `1/3 ...`; `fits` judges one whole post."""
    for digits in count(1):
        pieces = _pieces(text, f"{'9' * digits}/{'9' * digits} ", fits)
        if len(str(len(pieces))) <= digits:
            return [f"{number}/{len(pieces)} {piece.strip()}" for number, piece in enumerate(pieces, 1)]
    raise AssertionError("count never ends")


def _pieces(text: str, number: str, fits: Callable[[str], bool]) -> list[str]:
    return split(text, lambda piece: fits(number + piece.strip()))


def split(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Pieces of `text`, none of them longer than `fits` allows; joined they are `text` again."""
    pieces, start, closed = [], 0, _closed(text)
    while not fits(rest := text[start:]) and (places := _places(rest, {place - start for place in closed})):
        cut = _cut(rest, places, fits)
        pieces.append(rest[:cut])
        start += cut
    return [*pieces, text[start:]]


def _cut(text: str, places: list[int], fits: Callable[[str], bool]) -> int:
    """The best place to end a piece: of the best kind that leaves it at least half full."""
    longest = _longest(text, places, fits)
    allowed = set(places)
    for breaks in _BREAKS:
        ends = (match.end() for match in breaks.finditer(text))
        cuts = sorted((end for end in ends if longest <= 2 * end <= 2 * longest and end in allowed), reverse=True)
        if cut := next((cut for cut in cuts if fits(text[:cut])), None):
            return cut
    return longest


def _longest(text: str, places: list[int], fits: Callable[[str], bool]) -> int:
    """The last place before which everything fits; the first place when nothing does."""
    low, high = 0, len(places) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[: places[middle]]) else (low, middle - 1)
    # Weight grows with length except where a link begins, so the search may have landed a little too far.
    return next((place for place in reversed(places[: low + 1]) if fits(text[:place])), places[0])


def _places(text: str, closed: set[int]) -> list[int]:
    """Every place inside `text` where it may be cut at all.

    `closed` comes from the text as a whole: what is a link in it may not look like one in the rest, and the other way.
    """
    closed = closed | _closed(text)
    return [place for place in range(1, len(text)) if place not in closed and not _joins(text[place - 1], text[place])]


def _closed(text: str) -> set[int]:
    """The places inside what must stay in one piece."""
    return {inside for start, end in _whole(text) for inside in range(start + 1, end)}


def _whole(text: str) -> Iterator[tuple[int, int]]:
    """What must stay in one piece: slot markers, links, emoji."""
    yield from (found.span() for found in SLOT_MARKER.finditer(text))
    yield from measure.urls(text)
    yield from (found.span() for found in emoji.sequence().finditer(text))


def _joins(left: str, right: str) -> bool:
    """Whether two characters are one symbol to a reader: combining marks, variation selectors, joiners, CR LF."""
    return left == "\u200d" or unicodedata.category(right) in ("Mn", "Me", "Mc", "Cf") or left + right == "\r\n"
