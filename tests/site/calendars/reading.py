"""Reads calendars as other people's programs do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import icalendar
import ics  # type: ignore[import-untyped]
import vobject  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Read:
    """An event as a program understood it; without an end it ends when it begins."""

    sequence: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str


def by_icalendar(data: bytes) -> dict[str, Read]:
    found = icalendar.Calendar.from_ical(data)
    assert not [error for event in found.events for error in event.errors]
    return {str(event["UID"]): _by_icalendar(event) for event in found.events}


def _by_icalendar(event: icalendar.Event) -> Read:
    texts = str(event["SUMMARY"]), str(event["DESCRIPTION"])
    starts_at, ends_at = event.start, event.end
    assert isinstance(starts_at, datetime)
    assert isinstance(ends_at, datetime)
    return Read(event.sequence, event["STATUS"] == "CANCELLED", starts_at, ends_at, *texts)


def by_vobject(data: bytes) -> dict[str, Read]:
    found = vobject.readOne(data.decode(), validate=True)
    return {event.uid.value: _by_vobject(event) for event in found.contents.get("vevent", ())}


def _by_vobject(event: vobject.base.Component) -> Read:
    starts_at = event.dtstart.value.astimezone(UTC)
    ends_at = event.dtend.value.astimezone(UTC) if hasattr(event, "dtend") else starts_at
    texts = event.summary.value, event.description.value
    return Read(int(event.sequence.value), event.status.value == "CANCELLED", starts_at, ends_at, *texts)


def by_ics(data: bytes) -> dict[str, Read]:
    return {event.uid: _by_ics(event) for event in ics.Calendar(data.decode()).events}


def _by_ics(event: ics.Event) -> Read:
    [sequence] = [int(line.value) for line in event.extra if line.name == "SEQUENCE"]
    times = event.begin.datetime.astimezone(UTC), event.end.datetime.astimezone(UTC)
    return Read(sequence, event.status == "CANCELLED", *times, event.name, event.description)


PROGRAMS: Mapping[str, Callable[[bytes], dict[str, Read]]] = {"vobject": by_vobject, "ics": by_ics}
"""To be held against icalendar, with which the site writes."""


def agreed(files: Iterable[bytes]) -> dict[str, Read]:
    """The events of all files, which every program must have understood alike."""
    events: dict[str, Read] = {}
    for data in files:
        found = by_icalendar(data)
        for name, read in PROGRAMS.items():
            assert read(data) == found, name
        events |= found
    return events
