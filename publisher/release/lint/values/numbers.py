"""Numbers in digits and in words, as each language writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from babel import Locale

from publisher.release.lint.values.value import Value, What

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


def numbers(text: str, locale: str) -> tuple[list[Value], list[Value]]:
    """All numbers, and those with the separators of another language."""
    found, foreign = [], []
    for match in _NUMBER.finditer(text):
        amount, own = parse_number(match[1], locale)
        scale = _SCALES.get((match[3] or match[4] or "").lower(), 0)
        key = _plain(amount.scaleb(scale)) if isinstance(amount, Decimal) else amount
        value = Value(What.NUMBER, key + (match[2] or ""), match[0], match.start())
        found.append(value)
        if not own:
            foreign.append(value)
    return found, foreign


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


def spelled(text: str, locale: str) -> frozenset[str]:
    """For languages whose words are not known, any small number may be one of them."""
    match locale.partition("-")[0]:
        case "en":
            return frozenset(str((found.lastindex or 1) - 1) for found in _ENGLISH.finditer(text))
        case "zh" | "ja":
            eleven = {key for word, key in (("十一", "11"), ("十二", "12")) if word in text}
            return frozenset({*eleven, *(key for char, key in _WIDE_WORDS.items() if char in text)})
        case _:
            return SMALL
