"""What is near is found by one walk through time, and is all that could meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.schedule.conflicts import APART, Event, conflicts
from publisher.schedule.near import near
from tests.delivery.builders import NOON

HALF = APART / 2
MOMENTS = st.one_of(st.none(), st.integers(0, 8).map(lambda number: NOON + number * HALF))
EVENTS = st.lists(
    st.builds(
        Event,
        announcement_id=st.just(""),
        name=st.uuids().map(str),
        kind=st.just("notice"),
        assets=st.frozensets(st.sampled_from(["BTC", "ETH", "SOL"])),
        publish_at=MOMENTS,
        stops=st.booleans(),
        starts_at=MOMENTS,
        ends_at=MOMENTS,
        opens=st.dictionaries(st.sampled_from(["start", "trading_open"]), MOMENTS.filter(bool)),
    ),
    max_size=8,
)


def numbered(events: Sequence[Event]) -> Sequence[Event]:
    fields = ("name", "kind", "assets", "publish_at", "stops", "starts_at", "ends_at", "opens")
    return [Event(str(place), *(getattr(each, name) for name in fields)) for place, each in enumerate(events)]


@given(EVENTS)
def test_asking_those_near_says_what_asking_all_says(drawn: Sequence[Event]) -> None:
    events = numbered(drawn)

    found = near(events)

    for one in events:
        assert list(conflicts(one, found.get(one.announcement_id, ()))) == list(conflicts(one, events))


@given(EVENTS)
def test_nobody_is_near_for_nothing(drawn: Sequence[Event]) -> None:
    events = {each.announcement_id: each for each in numbered(drawn)}

    for name, others in near(list(events.values())).items():
        assert all(list(conflicts(events[name], [other])) for other in others)


def test_what_is_about_one_asset_and_far_apart_is_never_near() -> None:
    day = timedelta(days=1)
    listings = [
        Event(f"l-{n}", "", "listing", frozenset({"BTC"}), NOON + n * day, opens={"trading_open": NOON + n * day})
        for n in range(50)
    ]
    works = [
        Event(f"w-{n}", "", "maintenance", frozenset({"BTC"}), None, True, at := NOON + n * day + APART, at + APART)
        for n in range(50)
    ]

    assert near([*listings, *works]) == {}
