"""What should not meet in time is named from both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.schedule.conflicts import APART, Event, conflicts
from tests.delivery.builders import NOON

HOUR = timedelta(hours=1)
WORKS = Event(
    "works", "release 1 `ETH works`", "maintenance", frozenset({"ETH", "USDC"}), None, True, NOON, NOON + 2 * HOUR
)
LISTING = Event(
    "listing", "release 2 `ETH perpetual`", "listing", frozenset({"ETH"}), None, opens={"trading_open": NOON + HOUR}
)


def test_a_listing_that_opens_during_a_maintenance() -> None:
    assert list(conflicts(LISTING, [WORKS, LISTING])) == [
        "trading_open (2026-12-01 13:00 UTC) comes while ETH is down: release 1 `ETH works`, "
        "2026-12-01 12:00 UTC to 2026-12-01 14:00 UTC"
    ]
    assert list(conflicts(WORKS, [WORKS, LISTING])) == [
        "ETH is down when release 2 `ETH perpetual` has trading_open (2026-12-01 13:00 UTC)"
    ]


def test_what_has_no_end_yet_covers_everything_after_its_start() -> None:
    late = replace(LISTING, opens={"trading_open": NOON + 900 * HOUR})

    [sentence] = conflicts(late, [replace(WORKS, ends_at=None)])

    assert sentence.endswith("2026-12-01 12:00 UTC until further notice")


def test_what_does_not_meet() -> None:
    at_the_end = replace(LISTING, opens={"trading_open": NOON + 2 * HOUR})
    before = replace(LISTING, opens={"trading_open": NOON - timedelta(seconds=1)})
    another = replace(LISTING, assets=frozenset({"SOL"}))
    harmless = replace(WORKS, stops=False)
    put_off = replace(WORKS, starts_at=None, ends_at=None)

    assert [list(conflicts(each, [WORKS])) for each in (at_the_end, before, another)] == [[], [], []]
    assert [list(conflicts(LISTING, [each])) for each in (harmless, put_off, LISTING)] == [[], [], []]


def test_two_announcements_about_one_asset_within_the_hour() -> None:
    one, other = replace(LISTING, opens={}, publish_at=NOON), replace(WORKS, stops=False, publish_at=NOON + APART)
    sooner = replace(other, publish_at=NOON + APART - timedelta(seconds=1))

    assert list(conflicts(one, [other])) == []
    assert list(conflicts(one, [sooner])) == [
        "release 1 `ETH works` is about ETH as well, and goes out at 2026-12-01 12:59 UTC"
    ]
