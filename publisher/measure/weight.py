"""Length in the units of the networks."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from publisher.measure import emoji, links

_URL_WEIGHT = 23
_EMOJI_WEIGHT = 2


@cache
def _heavy() -> re.Pattern[str]:
    """A character that weighs 2: every one outside the four ranges of twitter-text's config v3."""
    return re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


@cache
def _cashtag() -> re.Pattern[str]:
    ends = f"(?=$|[{links.SPACES}{links.PUNCTUATION}])"
    return re.compile(rf"(?<![^{links.SPACES}])\$([A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?){ends}")


def weighted(text: str) -> int:
    """What X counts (twitter-text config v3): after NFC a URL is 23, an emoji sequence 2, others 1 or 2."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    weight = position = 0
    for start, end in links.urls(text):
        weight += _URL_WEIGHT + _plain_weight(text[position:start])
        position = end
    return weight + _plain_weight(text[position:])


def _plain_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    rest, emojis = emoji.sequence().subn("", text)
    return _EMOJI_WEIGHT * emojis + len(rest) + len(_heavy().findall(rest))


def cashtags(text: str) -> list[str]:
    """The symbols after `$` that X links as stocks or coins, in order; X takes at most one per post."""
    return _cashtag().findall(text)


def utf16(text: str) -> int:
    """UTF-16 code units: what Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def utf8(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode())
