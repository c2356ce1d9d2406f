"""What dates, times, numbers and lists look like in each language, and against CLDR's own formatting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.kinds.languages import locales
from publisher.rendering.locale import Wording, wording, written_in
from publisher.rendering.words import read_words
from publisher.wall_time import zone
from tests.rendering.builders import TEMPLATES

START = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
LATIN = {locale: wording(read_words(TEMPLATES / f"locale/{locale}.po"), zone("Asia/Singapore")) for locale in locales()}
ARABIC_DIGITS = wording(LATIN["ar"].words, zone("Asia/Singapore"), native_digits=True)

numbers = st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=6)


@pytest.mark.parametrize(
    ("locale", "date", "moment", "span"),
    [
        ("en-US", "3 Dec 2026", "3 Dec 2026, 10:00 (UTC+8)", "3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)"),
        ("zh-CN", "2026年12月3日", "2026年12月3日 10:00 (UTC+8)", "2026年12月3日 10:00-12:00 (UTC+8; 02:00-04:00 UTC)"),
        (
            "ja-JP",
            "2026年12月3日",
            "2026年12月3日 10:00 (UTC+8)",
            "2026年12月3日 10:00～12:00 (UTC+8; 02:00～04:00 UTC)",
        ),
        (
            "ko-KR",
            "2026년 12월 3일",
            "2026년 12월 3일 10:00 (UTC+8)",
            "2026년 12월 3일 10:00~12:00 (UTC+8; 02:00~04:00 UTC)",
        ),
        (
            "ar",
            "3 ديسمبر 2026",
            "3 ديسمبر 2026، 10:00 (UTC+8)",
            "3 ديسمبر 2026، 10:00 إلى 12:00 (UTC+8، أي 02:00 إلى 04:00 UTC)",
        ),
        (
            "vi-VN",
            "3 tháng 12, 2026",
            "3 tháng 12, 2026, 10:00 (UTC+8)",
            "3 tháng 12, 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)",
        ),
    ],
)
def test_times(locale: str, date: str, moment: str, span: str) -> None:
    written = LATIN[locale]

    assert (written.date(START), written.datetime(START)) == (date, moment)
    assert replace(written, utc=True).span(START, END) == span


@pytest.mark.parametrize(
    ("locale", "number", "share", "large"),
    [
        ("en-US", "-1,234,567.50", "0.10%", "123,456,789"),
        ("zh-CN", "-1,234,567.50", "0.10%", "1亿2345万6789"),
        ("ja-JP", "-1,234,567.50", "0.10%", "1億2345万6789"),
        ("ko-KR", "-1,234,567.50", "0.10%", "1억 2345만 6789"),
        ("ar", "\u200e-1,234,567.50", "0.10\u200e%\u200e", "123,456,789"),
        ("vi-VN", "-1.234.567,50", "0,10%", "123.456.789"),
    ],
)
def test_numbers(locale: str, number: str, share: str, large: str) -> None:
    written = LATIN[locale]

    assert written.number(Decimal("-1234567.50")) == number
    assert written.percent(Decimal("0.0010")) == share
    assert written.large(123_456_789) == large


@pytest.mark.parametrize(
    ("locale", "two", "three"),
    [
        ("en-US", "BTC and ETH", "BTC, ETH, and SOL"),
        ("zh-CN", "BTC和ETH", "BTC、ETH和SOL"),
        ("ja-JP", "BTC、ETH", "BTC、ETH、SOL"),
        ("ko-KR", "BTC 및 ETH", "BTC, ETH 및 SOL"),
        ("ar", "BTC وETH", "BTC وETH وSOL"),
        ("vi-VN", "BTC và ETH", "BTC, ETH và SOL"),
    ],
)
def test_lists(locale: str, two: str, three: str) -> None:
    written = LATIN[locale]

    assert (written.join(("BTC", "ETH")), written.join(("BTC", "ETH", "SOL"))) == (two, three)
    assert (written.join(("BTC",)), written.join(())) == ("BTC", "")


def test_arabic_digits_are_a_choice() -> None:
    assert ARABIC_DIGITS.datetime(START) == "٣ ديسمبر ٢٠٢٦، ١٠:٠٠ (UTC+8)"
    assert ARABIC_DIGITS.number(Decimal("1234567.5")) == "١٬٢٣٤٬٥٦٧٫٥"
    assert ARABIC_DIGITS.percent(Decimal("0.1")) == "١٠٪\u061c"
    assert ARABIC_DIGITS.large(50_000) == "٥٠٬٠٠٠"


def test_a_language_without_own_digits_has_the_usual_ones() -> None:
    assert wording(LATIN["vi-VN"].words, zone("UTC"), native_digits=True) == wording(LATIN["vi-VN"].words, zone("UTC"))


@pytest.mark.parametrize("written", LATIN.values(), ids=lambda each: each.words.locale)
@given(number=numbers)
def test_numbers_are_grouped_by_cldr(written: Wording, number: Decimal) -> None:
    plain = Decimal(f"{number.normalize():f}")  # Babel writes no zeros after the point

    assert written.number(plain) == format_decimal(plain, locale=written.locale, decimal_quantization=False)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("9999", "9,999"),
        ("10000", "1万"),
        ("12500", "1万2500"),
        ("-50000", "-5万"),
        ("20000.25", "2万0.25"),
        ("12345.5", "1万2345.5"),
        ("100010000", "1億1万"),
        ("1e12", "1兆"),
        ("1e21", "100000京"),
    ],
)
def test_large_numbers_are_exact(number: str, written: str) -> None:
    assert LATIN["ja-JP"].large(Decimal(number)) == written


@given(st.integers(min_value=0, max_value=10**20))
def test_large_numbers_keep_every_digit(number: int) -> None:
    written = LATIN["ko-KR"].large(number)

    units = {"만": 10**4, "억": 10**8, "조": 10**12}
    pieces = written.replace(",", "").split(" ")
    assert sum(int(piece.rstrip("만억조")) * units.get(piece[-1], 1) for piece in pieces) == number


def test_every_language_has_its_data() -> None:
    assert [locale for locale in locales() if written_in(locale).text_direction == "rtl"] == ["ar"]
