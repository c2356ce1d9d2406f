"""What of an announcement belongs into calendars: its event, and every fact that is a time still ahead of readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from publisher.channel.site import Event, Fact, PublishedRecord, Record

WHEN = "when"
"""The event itself: the row of the facts card that tells when it is, or, where no row does, the time that the site
knows.

One name for both, for an event that is put off has its new time from the site, and must stay the same one in calendars.
"""


def events(record: PublishedRecord) -> Sequence[Event]:
    """In the order of the card. What had passed before the announcement was published (`occurred_at`) is no event."""
    found = list(_timed(record))
    told = any(event.name == WHEN or event.starts_at == record.starts_at for event in found)
    if record.starts_at is not None and not told:
        found.append(Event(name=WHEN, starts_at=record.starts_at, ends_at=_end(record)))
    return found


def dropped(record: PublishedRecord, known: PublishedRecord) -> tuple[Event, ...]:
    """What `known` announced, then or before, and `record` after it does not: calendars show it cancelled."""
    announced = {event.name: event for event in (*known.dropped, *events(known))}
    holding = {event.name for event in events(record)}
    return tuple(event for name, event in announced.items() if name not in holding)


def last_of(record: PublishedRecord) -> datetime | None:
    """When the last of all its events is over, those included that do not hold; None without any."""
    return max((event.ends_at or event.starts_at for event in (*events(record), *record.dropped)), default=None)


def _timed(record: PublishedRecord) -> Iterator[Event]:
    seen: dict[str, int] = {}
    for fact in record.facts:
        at = _instant(fact)
        if at is None:
            continue
        seen[fact.name] = seen.get(fact.name, 0) + 1
        if fact.name == WHEN:
            yield Event(name=WHEN, starts_at=at, ends_at=_end(record))
        elif at > record.published_at:
            number = "" if seen[fact.name] == 1 else f"-{seen[fact.name]}"
            yield Event(name=fact.name + number, label=fact.label, value=fact.value, starts_at=at)


def _instant(fact: Fact) -> datetime | None:
    """None for a fact that is no time, and for a time that nobody knows (`-`)."""
    return datetime.fromisoformat(fact.iso) if fact.iso and fact.iso[0].isdigit() else None


def _end(record: Record) -> datetime | None:
    """None until it is known, and where it would not lie behind the beginning (RFC 5545 section 3.8.2.2)."""
    starts_at, ends_at = record.starts_at, record.ends_at
    return ends_at if starts_at is not None and ends_at is not None and ends_at > starts_at else None
