"""Numbers as one language writes them, by CLDR. Exact: every digit that the author wrote is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache

from babel import Locale

from publisher.rendering.mistakes import UnsayableValue

LATIN = "latn"
_ZEROS: Mapping[str, str] = {"arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "mymr": "၀"}
"""The digit 0 of CLDR's numbering systems; the other nine follow it (Unicode, general category Nd)."""
_MYRIAD = 10_000


def own_digits(locale: Locale) -> str:
    """The numbering system of the language's own digits: `arab` for Arabic, `latn` where it has no others."""
    native = str(locale.other_numbering_systems.get("native", LATIN))
    return native if native in _ZEROS and native in locale.number_symbols else LATIN


def with_digits(text: str, system: str) -> str:
    """`text` with the digits of `system` for 0 to 9."""
    return text.translate(_digits(system)) if system != LATIN else text


def grouped(value: object, locale: Locale, system: str = LATIN, decimals: int = 0) -> str:
    """`1,234.50`: grouped, with zeros up to `decimals`. Never cuts a digit."""
    whole, _, fraction = f"{exact(value):,f}".partition(".")
    fraction = fraction.ljust(decimals, "0")
    symbols = locale.number_symbols[system]
    written = whole.replace(",", symbols["group"]).replace("-", symbols["minusSign"])
    return with_digits(f"{written}{symbols['decimal']}{fraction}" if fraction else written, system)


def percent(value: object, locale: Locale, system: str = LATIN, decimals: int = 0) -> str:
    """A ratio as per cent: `0.0010` is `0.10%`."""
    sign, digits, exponent = exact(value).as_tuple()
    assert isinstance(exponent, int)  # exact refuses infinities and NaN
    ratio = grouped(Decimal((sign, digits, exponent + 2)), locale, system, decimals)
    pattern, symbol = locale.percent_formats[None], locale.number_symbols[system]["percentSign"]
    return f"{pattern.prefix[0]}{ratio}{pattern.suffix[0]}".replace("%", symbol)


def large(value: object, locale: Locale, system: str = LATIN) -> str:
    """`1億2345万` where one counts in ten thousands (Chinese, Japanese, Korean), `123,450,000` elsewhere."""
    number, units = exact(value), _myriads(locale)
    if not units or abs(number) < _MYRIAD:
        return grouped(number, locale, system)
    whole, fraction = divmod(abs(number), 1)
    pieces = [
        f"{count}{unit}" for count, unit in zip(_counts(int(whole), len(units)), ("", *units), strict=True) if count
    ]
    if fraction and not whole % _MYRIAD:
        pieces.insert(0, "0")
    if fraction:
        pieces[0] += f"{fraction:f}"[1:]
    sign = locale.number_symbols[system]["minusSign"] if number < 0 else ""
    return with_digits(sign + (" " if locale.language == "ko" else "").join(reversed(pieces)), system)


def exact(value: object) -> Decimal:
    """Raises UnsayableValue for what is no number or not an exact one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise UnsayableValue(f"{value!r} is not an exact number")
    return Decimal(value)


def _counts(whole: int, units: int) -> Sequence[int]:
    """How many ones, ten thousands and so on; the greatest unit takes what remains."""
    counts = []
    for _ in range(units):
        whole, count = divmod(whole, _MYRIAD)
        counts.append(count)
    return [*counts, whole]


@cache
def _myriads(locale: Locale) -> Sequence[str]:
    """The units of 10^4, 10^8, 10^12 and so on as CLDR's short compact numbers have them; none for other languages."""
    patterns = {key: str(pattern.pattern) for key, pattern in locale.compact_decimal_formats["short"]["other"].items()}
    powers = [f"1{'0' * zeros}" for zeros in range(4, 24, 4)]
    if patterns.get(powers[0], "").count("0") != 1:  # `00K`: counted in thousands
        return ()
    return [patterns[power].removeprefix("0") for power in powers if power in patterns]


@cache
def _digits(system: str) -> Mapping[int, str]:
    return {ord("0") + digit: chr(ord(_ZEROS[system]) + digit) for digit in range(10)}
