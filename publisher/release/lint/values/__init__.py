"""Numbers, dates and times in a text, read the way its language writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from publisher.release.lint.values.clocks import END_OF_SENTENCE, REACH, clocks, rest_of_sentence, times
from publisher.release.lint.values.dates import dates
from publisher.release.lint.values.numbers import SMALL, numbers, spelled
from publisher.release.lint.values.value import Value, What

__all__ = [
    "END_OF_SENTENCE",
    "REACH",
    "SMALL",
    "Reading",
    "Value",
    "What",
    "ascii_digits",
    "blanked",
    "clocks",
    "read",
    "rest_of_sentence",
]

_NO_NUMBER = re.compile(r"(?<!\d)\d{1,2}\s?[月월]|tháng \d{1,2}(?!\d)|(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?")
"""A month that is a name in other languages, and the offset of a zone."""


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
    days, unclear = dates(plain, locale)
    plain = blanked(plain, days)
    hours = list(times(plain))
    plain = _NO_NUMBER.sub(lambda found: " " * len(found[0]), blanked(plain, hours))
    amounts, foreign = numbers(plain, locale)
    values = _moved([*days, *hours, *amounts], at)
    return Reading(values, _moved(foreign, at), _moved(unclear, at), spelled(text, locale))


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
