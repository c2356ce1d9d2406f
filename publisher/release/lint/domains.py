"""Domains that look like another: confusable letters, one letter changed, the own name inside a foreign one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

_PROTOTYPES = str.maketrans(
    {
        **dict.fromkeys("аαɑ", "a"),
        **dict.fromkeys("Ьƅ", "b"),
        **dict.fromkeys("сϲᴄ", "c"),
        **dict.fromkeys("ԁɗ", "d"),
        **dict.fromkeys("еҽɛε", "e"),
        **dict.fromkeys("ɡց", "g"),
        **dict.fromkeys("һհн", "h"),
        **dict.fromkeys("1iіıӏ|ιɩ", "l"),
        **dict.fromkeys("јϳ", "j"),
        **dict.fromkeys("кκ", "k"),
        **dict.fromkeys("м", "m"),
        **dict.fromkeys("пηոռ", "n"),
        **dict.fromkeys("0оοօσ", "o"),
        **dict.fromkeys("рρ", "p"),
        **dict.fromkeys("ԛ", "q"),
        **dict.fromkeys("гᴦ", "r"),
        **dict.fromkeys("ѕ5ʂ", "s"),
        **dict.fromkeys("тτ", "t"),
        **dict.fromkeys("υսц", "u"),
        **dict.fromkeys("ѵν", "v"),
        **dict.fromkeys("ѡшԝω", "w"),
        **dict.fromkeys("хχ", "x"),
        **dict.fromkeys("уγү", "y"),
        **dict.fromkeys("ᴢʐ", "z"),
    }
)
"""The letters of other scripts, and digits, that pass for a small Latin one (after UTS 39, table of confusables)."""

_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SHORTEST_BRAND = 5


@lru_cache(maxsize=8192)
def skeleton(domain: str) -> str:
    """Two domains with the same skeleton look the same (UTS 39, section 4, for domains in small letters)."""
    shown = unicodedata.normalize("NFKD", decoded(domain))
    plain = "".join(char for char in shown if not unicodedata.combining(char)).lower().translate(_PROTOTYPES)
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain


def decoded(domain: str) -> str:
    """With its xn-- labels as a browser may show them."""
    return ".".join(_label(label) for label in domain.split("."))


def _label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def belongs(host: str, domain: str) -> bool:
    """True for the domain itself and what is below it."""
    return host == domain or host.endswith("." + domain)


def looks_like(host: str, own: Iterable[str]) -> str | None:
    """The own domain that `host` passes for without belonging to it."""
    return next((domain for domain in own if skeleton(_tail(host, domain)) == skeleton(domain)), None) or next(
        (domain for domain in own if f".{domain}." in f".{host}." or domain.replace(".", "-") in host.split(".")), None
    )


def resembles(host: str, own: Iterable[str]) -> str | None:
    """The own domain from which `host` differs by a letter, or whose name it carries inside its own."""
    labels = skeleton(host).split(".")[:-1]
    words = {word for label in labels for word in (label, *label.split("-"))}
    return next((domain for domain in own if _carries(host, words, domain)), None)


def _carries(host: str, words: Iterable[str], domain: str) -> bool:
    if len(brand := _brand(domain)) < _SHORTEST_BRAND:
        return False
    return skeleton(brand) in words or is_one_edit(_tail(host, domain), domain)


def _brand(domain: str) -> str:
    return domain.split(".")[-2] if domain.count(".") else domain


def _tail(host: str, domain: str) -> str:
    """As many labels of the host as the domain has."""
    return ".".join(host.split(".")[-domain.count(".") - 1 :])


def is_one_edit(one: str, other: str) -> bool:
    """True when a letter was changed, left out, added, or swapped with its neighbour."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, of_other = one[start:], other[start:]
    swapped = rest[:2] == of_other[1::-1] and rest[2:] == of_other[2:]
    return swapped or rest[1:] == of_other[1:] or rest[1:] == of_other or rest == of_other[1:]


def foreign_letters(word: str) -> Iterator[int]:
    """Places in a word with Latin letters of those that pass for Latin ones and are of another script."""
    if not any("a" <= char <= "z" for char in word.lower()):
        return
    for index, char in enumerate(word):
        if not char.isascii() and char.lower() in _FOREIGN:
            yield index


_FOREIGN = frozenset(
    chr(code)
    for code in _PROTOTYPES
    if code > 0x7F and unicodedata.name(chr(code)).startswith(("CYRILLIC", "GREEK", "ARMENIAN"))
)
