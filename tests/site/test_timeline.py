"""The week to come: where bars stand, in which lane, and when it moves on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale

from publisher.channel import PublishedRecord
from publisher.site import standing
from publisher.site.timeline import DAYS, THIN, WIDTH, Timeline, timeline
from tests.site import samples

NOW = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)


def published(
    number: int, starts: timedelta, lasts: timedelta | None = None, services: Sequence[str] = ()
) -> PublishedRecord:
    starts_at = NOW + starts
    record = samples.record(
        number, starts_at=starts_at, ends_at=starts_at + lasts if lasts else None, services=services
    )
    return PublishedRecord(**record.model_dump(), published_at=NOW, updated_at=NOW, version="0" * 16)


def drawn(*records: PublishedRecord, locale: str = "en_US") -> Timeline[str]:
    return timeline(records, NOW, Locale.parse(locale), lambda record: record.reference)


@pytest.mark.parametrize(
    ("starts", "lasts", "x", "width"),
    [
        (timedelta(hours=21), timedelta(hours=12), WIDTH, WIDTH // 2),
        (timedelta(hours=21), None, WIDTH, THIN),
        (timedelta(days=6, hours=21), timedelta(days=30), 7 * WIDTH, WIDTH),
        (timedelta(days=7), timedelta(minutes=1), 712, THIN),
        (timedelta(days=30), None, DAYS * WIDTH - THIN, THIN),
    ],
)
def test_a_bar_stands_under_its_days(starts: timedelta, lasts: timedelta | None, x: int, width: int) -> None:
    [[bar]] = drawn(published(1, starts, lasts)).lanes.values()
    assert (bar.x, bar.width) == (x, width)


def test_lanes_are_services_and_kinds_in_order_of_what_comes_first() -> None:
    hour = timedelta(hours=1)
    lanes = drawn(
        published(1, hour, hour, ["Deposits"]), published(2, 2 * hour), published(3, 3 * hour, hour, ["Deposits"])
    ).lanes
    assert {name: [bar.item for bar in bars] for name, bars in lanes.items()} == {
        "Deposits": ["ANN-2026-00001", "ANN-2026-00003"],
        "Maintenance": ["ANN-2026-00002"],
    }
    assert list(lanes) == ["Deposits", "Maintenance"]


def test_columns_are_named_in_the_language() -> None:
    english, chinese = (drawn(locale=locale).columns for locale in ("en_US", "zh_CN"))
    assert [(column.weekday, column.day) for column in english[:2]] == [("Thu", "3"), ("Fri", "4")]
    assert [column.weekday for column in chinese[:2]] == ["周四", "周五"]
    assert len(english) == DAYS


def test_it_moves_on_at_midnight_as_long_as_something_is_to_come() -> None:
    ahead = published(1, timedelta(days=1, hours=12))
    midnight = datetime(2026, 12, 4, tzinfo=UTC)
    assert standing.next_turn(ahead, NOW) == midnight
    assert standing.next_turn(ahead, midnight) == ahead.starts_at
