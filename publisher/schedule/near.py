"""Which announcements are so near each other in time that they may meet, without comparing each with all. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeAlias

from publisher.schedule.conflicts import APART, Event

Pair: TypeAlias = tuple[int, int]
"""Places in the list of all."""
Numbered: TypeAlias = Sequence[tuple[int, Event]]

_UP, _DOWN, _OPENS = range(3)
"""In the order in which they count at the same instant."""


def near(events: Sequence[Event]) -> Mapping[str, Sequence[Event]]:
    """Announcement -> those it may meet, in the order of `events`; `conflicts` says nothing of any other."""
    found = defaultdict[int, set[int]](set)
    for theirs in _by_asset(events).values():
        for one, other in chain(_opening_while_down(theirs), _going_out_together(theirs)):
            found[one].add(other)
            found[other].add(one)
    return {events[one].announcement_id: [events[other] for other in sorted(found[one])] for one in found}


def _by_asset(events: Sequence[Event]) -> Mapping[str, Numbered]:
    found = defaultdict[str, list[tuple[int, Event]]](list)
    for place, event in enumerate(events):
        for asset in event.assets:
            found[asset].append((place, event))
    return found


def _opening_while_down(theirs: Numbered) -> Iterator[Pair]:
    """One walk through time, knowing what is down."""
    down = set[int]()
    for _, what, place in sorted(_moments(theirs)):
        if what == _OPENS:
            yield from ((place, other) for other in down if other != place)
        elif what == _DOWN:
            down.add(place)
        else:
            down.discard(place)


def _moments(theirs: Numbered) -> Iterator[tuple[datetime, int, int]]:
    for place, event in theirs:
        yield from ((at, _OPENS, place) for at in event.opens.values())
        ends_at = event.ends_at
        if event.stops and event.starts_at is not None and (ends_at is None or event.starts_at < ends_at):
            yield event.starts_at, _DOWN, place
            if ends_at is not None:
                yield ends_at, _UP, place


def _going_out_together(theirs: Numbered) -> Iterable[Pair]:
    hours = sorted((event.publish_at, place) for place, event in theirs if event.publish_at is not None)
    for number, (at, place) in enumerate(hours):
        end = bisect_left(hours, (at + APART,), lo=number)
        yield from ((place, other) for _, other in hours[number + 1 : end])
