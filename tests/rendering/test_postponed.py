"""A new time fits its slot in every language, zone and month, and fills every channel's words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import cycle, product

import pytest

from publisher.channel import SLOTS, fill_text, slot, slot_value
from publisher.content.kinds.kind import REASONS
from publisher.rendering.render import Renderer
from tests.rendering import builders

ZONES = ("UTC", "Asia/Singapore", "Asia/Kolkata", "Pacific/Chatham", "Pacific/Marquesas", "America/St_Johns")
LOCALES = sorted(file.stem for file in (builders.TEMPLATES / "locale").glob("*.po"))


@pytest.fixture
def renderer() -> Renderer:
    """One of an exchange that writes Arabic with its own digits: those take two bytes each."""
    return Renderer(builders.TEMPLATES, builders.BRAND, builders.composers(), ("ar",))


def times() -> list[datetime]:
    """Every month, days of one and two digits, hours on both sides of midnight in every zone."""
    return [
        datetime(2026, month, day, hour, 59, tzinfo=UTC)
        for month, day, hour in product(range(1, 13), (1, 28), (0, 12, 23))
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("zone", ZONES)
def test_every_new_time_fits_the_slot(renderer: Renderer, locale: str, zone: str) -> None:
    for moment in (*times(), None):
        written = renderer.write_time(locale, zone, moment)

        assert slot_value("postponed_to", {"postponed_to": written}) == written


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("zone", ZONES)
def test_every_time_of_an_event_and_every_reason_fits_its_slot(renderer: Renderer, locale: str, zone: str) -> None:
    days = (None, timedelta(0), timedelta(hours=2), timedelta(days=40))
    for start, lasts, reason in zip(times(), cycle(days), cycle(REASONS), strict=False):
        end = None if lasts is None else start + lasts
        slots = renderer.write_event(locale, zone, start, end, reason)

        assert {name: slot_value(name, slots) for name in slots} == slots


def test_the_longest_new_time_leaves_little_of_the_slot_unused(renderer: Renderer) -> None:
    longest = max(
        len(renderer.write_time(locale, zone, moment).encode())
        for locale in LOCALES
        for zone in ZONES
        for moment in times()
    )

    assert SLOTS["postponed_to"].max_bytes - 30 < longest <= SLOTS["postponed_to"].max_bytes


def test_a_new_time_is_said_in_the_readers_language_with_utc_beside_it(renderer: Renderer) -> None:
    moment = datetime(2026, 12, 4, 2, tzinfo=UTC)

    assert renderer.write_time("en-US", "Asia/Singapore", moment) == "4 Dec 2026, 10:00 (UTC+8; 02:00 UTC)"
    assert renderer.write_time("zh-CN", "Asia/Singapore", None) == "另行公告"


@pytest.mark.parametrize("kind", ["maintenance", "listing"])
def test_no_time_that_no_longer_holds_stands_beside_the_new_one(renderer: Renderer, kind: str) -> None:
    editions = renderer.editions(builders.revision(kind), builders.targets(locales=["en-US"]))
    posts = {e.channel: e.payload.parts[0].content for e in editions if e.stage == "postponed"}
    slots = {name: each.sample for name, each in SLOTS.items()}

    for channel, section in {"telegram": "text", "x": "text", "discord": "text", "webhook": "push_body"}.items():
        said = fill_text(str(posts[channel][section]), slots).replace(slots["postponed_to"], "")
        assert "UTC" not in said
        assert slots["postponed_to"] in fill_text(str(posts[channel][section]), slots)
    record = json.loads(str(posts["website"]["record"]))
    walked = (slot("event.starts_at"), slot("event.ends_at")) if kind == "maintenance" else (None, None)
    assert (record["starts_at"], record["ends_at"], record["stage"]) == (*walked, "postponed")
