"""Dates, times and numbers as one locale writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.kinds.fact_types import Localised
from publisher.content.kinds.services import Impact, Service
from publisher.content.placeholders import FILTERS
from publisher.rendering.locale import Wording, zone_name
from publisher.rendering.mistakes import UnsayableValue
from publisher.rendering.words import read_words
from publisher.wall_time import zone
from tests.rendering.builders import LOCALES, TEMPLATES

START = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
WORDS = {locale: read_words(TEMPLATES / "locale" / f"{locale}.po") for locale in LOCALES}


def wording(locale: str = "en-US", zone_name: str = "Asia/Singapore", *, utc: bool = False) -> Wording:
    return Wording(WORDS[locale], zone(zone_name), utc)


def test_dates_and_times_name_their_zone() -> None:
    english, chinese = wording(), wording("zh-CN")

    assert english.date(START) == "3 Dec 2026"
    assert english.time(START) == "10:00 (UTC+8)"
    assert english.datetime(START) == "3 Dec 2026, 10:00 (UTC+8)"
    assert chinese.date(START) == "2026年12月3日"
    assert chinese.datetime(START) == "2026年12月3日 10:00 (UTC+8)"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("UTC", "3 Dec 2026, 02:00-04:00 (UTC)"),
        ("Asia/Singapore", "3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)"),
        ("Asia/Kolkata", "3 Dec 2026, 07:30-09:30 (UTC+5:30; 02:00-04:00 UTC)"),
        ("America/New_York", "2 Dec 2026, 21:00-23:00 (UTC-5; 3 Dec 2026, 02:00-04:00 UTC)"),
        ("Europe/London", "3 Dec 2026, 02:00-04:00 (UTC)"),
    ],
)
def test_utc_stands_beside_local_time_where_they_differ(name: str, written: str) -> None:
    assert wording(zone_name=name, utc=True).span(START, START + timedelta(hours=2)) == written


def test_a_span_over_midnight_names_both_days() -> None:
    written = wording(utc=True).span(START + timedelta(hours=12), START + timedelta(hours=16))

    assert written == "3 Dec 2026, 22:00 - 4 Dec 2026, 02:00 (UTC+8; 14:00-18:00 UTC)"


def test_a_span_of_days_names_them_in_utc_too() -> None:
    written = wording(utc=True).span(START, START + timedelta(days=7))

    assert written == "3 Dec 2026, 10:00 - 10 Dec 2026, 10:00 (UTC+8; 3 Dec 2026, 02:00 - 10 Dec 2026, 02:00 UTC)"


def test_a_span_over_a_change_of_clocks_names_both_offsets() -> None:
    night = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)

    written = wording(zone_name="Europe/Berlin").span(night, night + timedelta(hours=2))

    assert written == "28 Mar 2027, 01:30-04:30 (UTC+1/UTC+2)"


def test_an_unknown_end_is_said() -> None:
    assert wording().since(START) == "From 3 Dec 2026, 10:00 (UTC+8); the end is not known yet"


@given(st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)))
def test_a_zone_s_name_is_its_offset(offset: timedelta) -> None:
    minutes = offset // timedelta(minutes=1)

    name = zone_name(START.astimezone(timezone(timedelta(minutes=minutes))))

    hours, _, rest = name.removeprefix("UTC").partition(":")
    read = abs(int(hours or 0)) * 60 + int(rest or 0)
    assert (-read if "-" in name else read) == minutes


@given(st.decimals(allow_nan=False, allow_infinity=False, max_value=Decimal("1e40"), min_value=Decimal("-1e40")))
def test_numbers_keep_every_digit(number: Decimal) -> None:
    written = wording().number(number)

    assert Decimal(written.replace(",", "")) == number
    assert Decimal(wording().percent(number).replace(",", "").removesuffix("%")).scaleb(-2) == number or number != 0


@pytest.mark.parametrize(
    ("number", "decimals", "written"),
    [("1234.5", 2, "1,234.50"), ("1234.567", 2, "1,234.567"), ("0.10", 0, "0.10"), ("-1000000", 0, "-1,000,000")],
)
def test_decimals_are_filled_and_never_cut(number: str, decimals: int, written: str) -> None:
    assert wording().number(Decimal(number), decimals) == written


@pytest.mark.parametrize(
    ("ratio", "written"),
    [("0.1", "10%"), ("0.0010", "0.10%"), ("0.00025", "0.025%"), ("1", "100%"), ("12.5", "1,250%")],
)
def test_a_ratio_as_percent(ratio: str, written: str) -> None:
    assert wording().percent(Decimal(ratio)) == written


@pytest.mark.parametrize("value", [0.1, True, "12", Decimal("NaN"), Decimal("Infinity")])
def test_only_exact_numbers_are_written(value: object) -> None:
    with pytest.raises(UnsayableValue):
        wording().number(value)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(UnsayableValue, match="not a time with a zone"):
        wording().datetime(START.replace(tzinfo=None))


def test_values_without_a_filter() -> None:
    english, chinese = wording(), wording("zh-CN")

    assert english.say(("BTC", "ETH")) == "BTC, ETH"
    assert chinese.say(("BTC", "ETH")) == "BTC、ETH"
    assert english.join(("BTC", "ETH"), " / ") == "BTC / ETH"
    assert chinese.say({Service.DEPOSITS: Impact.SUSPENDED}) == "充值暂停"
    assert english.say(Localised({"en-US": "network upgrade"})) == "network upgrade"
    assert english.upper("usdt") == "USDT"
    with pytest.raises(UnsayableValue, match="no text in zh-CN"):
        chinese.say(Localised({"en-US": "network upgrade"}))


def test_every_filter_of_the_white_list_is_implemented() -> None:
    assert [name for name in FILTERS if not callable(getattr(Wording, name, None))] == []
