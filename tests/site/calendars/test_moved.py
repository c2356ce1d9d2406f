"""What calendar programs show of an announcement with several times when these are moved, put off and told anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from publisher.channel import SLOTS, UNKNOWN, Record, fill_text
from publisher.content.announcement import Revision
from publisher.content.kinds import KINDS
from publisher.delivery.planned import event_of
from publisher.delivery.postpone import put_off
from publisher.release.policy import policy_of
from publisher.site.derive import Site
from publisher.wall_time import rfc3339
from tests.rendering import builders
from tests.site import samples
from tests.site.calendars.reading import Read, agreed, by_icalendar

LOCALES = ("en-US", "zh-CN")
ZONE = timedelta(hours=8)
"""Of the samples' wall clocks."""
WEEK = timedelta(days=7)
PUBLISHED = datetime(2026, 12, 1, 2, tzinfo=UTC)
SEVERAL = ("listing", "delisting", "token_event", "activity", "api_change")
Seen: TypeAlias = Mapping[str, Read]
"""By the name that an event has within its announcement."""


class Website:
    """One announcement in two languages, and what programs that subscribed to any of its calendars have."""

    def __init__(self, folder: Path) -> None:
        site = Site(builders.BRAND, samples.TEMPLATES, LOCALES, "example.com,2026", cards=False)
        self._root, self._press = folder / "site", samples.press(folder, PUBLISHED, site)
        self._renderer, self._hour = builders.renderer(), 0

    def publish(self, revision: Revision, stage: str = "announce", **slots: str) -> Seen:
        """An hour after the last time; what calendars hold then."""
        at = PUBLISHED + timedelta(hours=self._hour)
        self._hour += 1
        values = {name: slot.sample for name, slot in SLOTS.items()} | {"published_at": rfc3339(at)} | slots
        for locale in LOCALES:
            editions = self._renderer.editions(revision, [builders.target("website", locale)])
            content = next(each.payload.parts[0].content for each in editions if each.stage == stage)
            record = Record.model_validate_json(fill_text(str(content["record"]), values))
            self._press.publish(record, fill_text(str(content["article"]), values))
        return self.seen()

    def put_off(self, revision: Revision, to: datetime | None) -> Seen:
        event = put_off(event_of(policy_of(revision)), to)
        times = {"event.starts_at": event.starts_at, "event.ends_at": event.ends_at}
        words = {"postponed_to": self._renderer.write_time("en-US", builders.ZONE, to)}
        return self.publish(
            revision, "postponed", **words, **{k: rfc3339(v) if v else UNKNOWN for k, v in times.items()}
        )

    def seen(self) -> Seen:
        """Every calendar and program has the same, nothing is in one twice, and the languages differ in words only."""
        languages = [self._in(locale) for locale in LOCALES]
        bare = [{uid: replace(each, summary="", description="") for uid, each in found.items()} for found in languages]
        assert bare[0] == bare[1]
        return {uid.removeprefix("a-golden0001-").removesuffix("@example.com"): e for uid, e in languages[0].items()}

    def _in(self, locale: str) -> dict[str, Read]:
        files = [file.read_bytes() for file in (self._root / locale).rglob("*.ics")]
        whole = agreed(files)
        assert len(files) >= 3
        for data in files:
            assert by_icalendar(data) == whole
            assert data.count(b"BEGIN:VEVENT") == len(whole)
        return whole


def times(kind: str) -> dict[str, datetime]:
    """The wall clocks of the sample that are facts of their own."""
    return {name: at for name, at in KINDS[kind].sample().items() if isinstance(at, datetime)}


def revision(kind: str, **facts: object) -> Revision:
    return builders.revision(kind, zone=builders.ZONE, **facts)


def later(kind: str, by: timedelta) -> Revision:
    """Every time of the sample so much later."""
    return revision(kind, **{name: at + by for name, at in times(kind).items()})


def sequences(seen: Seen) -> set[int]:
    return {each.sequence for each in seen.values()}


def held(seen: Seen) -> dict[str, datetime]:
    return {name: each.starts_at for name, each in seen.items() if not each.cancelled}


def event_name(fact: str) -> str:
    return {"starts_at": "when"}.get(fact, fact)


MOVES = [(kind, name) for kind in (*SEVERAL, "rule_change", "maintenance") for name in times(kind) if name != "ends_at"]


@pytest.mark.parametrize(("kind", "fact"), MOVES)
def test_one_time_that_is_moved_is_the_same_event_at_its_new_time(tmp_path: Path, kind: str, fact: str) -> None:
    website, at = Website(tmp_path), times(kind)[fact] - timedelta(minutes=30)
    first = website.publish(revision(kind))

    moved = website.publish(revision(kind, **{fact: at}))

    name = event_name(fact)
    assert (sequences(first), sequences(moved)) == ({0}, {1})
    assert held(moved) == held(first) | {name: (at - ZONE).replace(tzinfo=UTC)}
    assert len(held(first)) == len(first) == len(moved)
    texts = [{key: asdict(each)["summary"] for key, each in seen.items() if key != name} for seen in (first, moved)]
    assert kind in ("maintenance", "rule_change") or texts[0] == texts[1]  # those two name the day in their title


@pytest.mark.parametrize("kind", SEVERAL)
def test_what_is_put_off_stays_and_comes_back_with_the_new_times(tmp_path: Path, kind: str) -> None:
    website = Website(tmp_path)
    first = website.publish(revision(kind))
    start = event_of(policy_of(revision(kind))).starts_at

    unknown = website.put_off(revision(kind), None)
    known = website.put_off(revision(kind), start + WEEK if start else None)
    again = website.publish(later(kind, 2 * WEEK))

    assert first.keys() == unknown.keys() == known.keys() == again.keys()
    assert [sequences(each) for each in (first, unknown, again)] == [{0}, {1}, {2 if known == unknown else 3}]
    assert held(unknown) == {}
    assert {name: each.starts_at for name, each in unknown.items()} == held(first)
    assert held(known) == ({"when": start + WEEK} if start and "when" in first else {})
    facts = {event_name(name): at for name, at in times(kind).items() if name != "ends_at"}
    assert held(again) == held(first) | {name: (at + 2 * WEEK - ZONE).replace(tzinfo=UTC) for name, at in facts.items()}


@pytest.mark.parametrize("kind", ["maintenance", "activity"])
def test_an_event_that_is_put_off_lasts_as_long_as_before(tmp_path: Path, kind: str) -> None:
    website = Website(tmp_path)
    before = website.publish(revision(kind))["when"]

    after = website.put_off(revision(kind), before.starts_at + WEEK)["when"]

    assert not after.cancelled
    assert (after.starts_at, after.ends_at) == (before.starts_at + WEEK, before.ends_at + WEEK)
    assert after.sequence == before.sequence + 1


@pytest.mark.parametrize(
    ("kind", "fact"),
    [("listing", "withdrawals_at"), ("api_change", "sunset_at"), ("delisting", "deposits_end_at")],
)
def test_a_time_that_is_taken_out_stays_cancelled_and_may_come_back(tmp_path: Path, kind: str, fact: str) -> None:
    website = Website(tmp_path)
    first = website.publish(revision(kind))

    without = website.publish(revision(kind, **{fact: None}))
    still = website.publish(revision(kind, **{fact: None, **_another(kind)}))
    back = website.publish(revision(kind))

    assert held(without) == {name: at for name, at in held(first).items() if name != fact}
    assert (without[fact].cancelled, without[fact].starts_at) == (True, first[fact].starts_at)
    assert without[fact].summary.startswith("Cancelled: ")
    assert (still[fact].cancelled, still[fact].starts_at) == (True, first[fact].starts_at)
    assert held(back) == held(first)
    assert [sequences(each) for each in (without, still, back)] == [{1}, {2}, {3}]


def _another(kind: str) -> Mapping[str, datetime]:
    """The first of the sample's times, a little earlier."""
    name, at = next(iter(times(kind).items()))
    return {name: at - timedelta(minutes=30)}


def measures(*days: int) -> Revision:
    """A risk warning with something to happen on each of these days of December, named after it."""
    at = [datetime(2026, 12, day, 14) for day in days]  # noqa: DTZ001 wall clocks, as an author writes them
    words = [dict.fromkeys(builders.LOCALES, f"measure {day}") for day in days]
    rows = [{"at": each, "action": action} for each, action in zip(at, words, strict=True)]
    return revision("risk_warning", measures=rows)


def days(seen: Seen) -> dict[str, int]:
    """Of what holds; negative of what is cancelled."""
    return {name: -each.starts_at.day if each.cancelled else each.starts_at.day for name, each in seen.items()}


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        # One of a list that is taken out is cancelled itself, and not the last one, beside which it would still stand.
        ([(7, 9), (9,)], {"measures": -7, "measures-2": 9}),
        ([(7, 9), (9,), (7, 9)], {"measures": 7, "measures-2": 9}),
        ([(7, 9), (9,), (9, 11)], {"measures": 11, "measures-2": 9}),
        ([(7, 9), (9,), (10,)], {"measures": -7, "measures-2": 10}),
        ([(7, 9), (5, 7, 9)], {"measures": 7, "measures-2": 9, "measures-3": 5}),
        ([(7, 9), (5, 7, 9), (5, 9)], {"measures": -7, "measures-2": 9, "measures-3": 5}),
        ([(7, 9), (8, 9)], {"measures": 8, "measures-2": 9}),
        ([(7, 9), (9, 11)], {"measures": 9, "measures-2": 11}),
        ([(7, 9), (), (7, 9)], {"measures": 7, "measures-2": 9}),
    ],
)
def test_each_of_a_list_stays_the_event_that_it_was(
    tmp_path: Path, steps: list[tuple[int, ...]], wanted: Mapping[str, int]
) -> None:
    website = Website(tmp_path)

    for step in steps:
        seen = website.publish(measures(*step))

    assert days(seen) == wanted
    told = [name for name, day in days(seen).items() if day > 0 and f"measure {day}" in seen[name].description]
    assert set(told) == set(held(seen))
