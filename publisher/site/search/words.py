"""Text and questions as the same plain words, in every language.

Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without spaces between words, or with endings that
stick to them: their characters become overlapping pairs, and the last one of a run stands alone, so that every
character begins exactly one word and even a single one is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

PHRASES = 12
"""Of a question; more make it no clearer."""
CHARACTERS = 200
"""Of a question; the rest is not read."""
BEGINNING = 3
"""Letters from which a word also stands for those that begin with it: `listing` is found by `list`."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u1100-\u11ff\uac00-\ud7a3"  # Korean
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
)
_RUN = re.compile(f"([{_UNSPACED}]+)|([^\\W_{_UNSPACED}]+)")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed]")
"""Accents of Latin, Greek and Cyrillic letters, vowel signs of Arabic; a reader types without."""
_UNSEEN = re.compile("[\u00ad\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Soft hyphens, Arabic's lengthening stroke, joiners and marks of direction."""
_LETTERS = str.maketrans("đøłıىةی\u06a9", "doliيهيك") | {
    first + digit: str(digit) for first in (0x660, 0x6F0) for digit in range(10)
}
"""Letters that readers take for one another and that no decomposition unites."""
_BLOCK = re.compile(r"</?(?:p|div|dl|dt|dd|li|ul|ol|h[1-6]|t[a-z]+|br|hr|blockquote|pre|section|figure)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand side by side; `open` when the last one may go on."""

    words: Sequence[str]
    open: bool


def words(text: str) -> list[str]:
    """What the index holds of a text, in order."""
    return [word for unspaced, run in _runs(text) for word in (_pairs(run, alone=True) if unspaced else [run])]


def question(text: str) -> Sequence[Phrase]:
    """What a reader asks for; all of it must be found. Empty when there is nothing to look for."""
    phrases = (phrase for chunk in text[:CHARACTERS].split() for phrase in _phrases(chunk))
    return list(dict.fromkeys(phrases))[:PHRASES]


def plain(html: str) -> str:
    """The text of an article's fragment; a tag inside a word does not part it."""
    return unescape(_TAG.sub("", _BLOCK.sub(" ", html)))


def _phrases(chunk: str) -> Iterator[Phrase]:
    """`ANN-2026-00042` and `0.10%` are one phrase each, `ETH钱包` is two."""
    joined: list[str] = []
    for unspaced, run in _runs(chunk):
        if not unspaced:
            joined.append(run)
            continue
        if joined:
            yield _spaced(joined)
            joined = []
        yield Phrase(tuple(_pairs(run, alone=False)), open=len(run) == 1)
    if joined:
        yield _spaced(joined)


def _spaced(joined: Sequence[str]) -> Phrase:
    return Phrase(tuple(joined), open=len(joined[-1]) >= BEGINNING)


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Runs of characters: whether they are of a script without spaces, and themselves."""
    for found in _RUN.finditer(_folded(text)):
        yield bool(found[1]), found[0]


def _pairs(run: str, *, alone: bool) -> list[str]:
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [*pairs, run[-1]] if alone or len(run) == 1 else pairs


def _folded(text: str) -> str:
    """Small letters without accents, in one width, with European digits."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    bare = _UNSEEN.sub("", _MARKS.sub("", apart)).translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)
