"""What of an announcement belongs into calendars: its event, and every fact that is a time still ahead of readers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count

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
    for (fact, at), name in zip(_times(record), _names(record), strict=True):
        if name == WHEN:
            yield Event(name=WHEN, starts_at=at, ends_at=_end(record))
        elif at > record.published_at:
            yield Event(name=name, label=fact.label, value=fact.value, starts_at=at)


def names_after(record: PublishedRecord, known: PublishedRecord) -> tuple[str, ...]:
    """What the times of `record` are called by, each as it was in `known`; empty where their order says so.

    Of a list as long as before each is the one in its place, moved or not. Of a longer or shorter one those with the
    same time are the same: else what was taken out would be taken for the last, and stand there cancelled and held.
    """
    before, now = _grouped(known), defaultdict[str, list[datetime]](list)
    for fact, at in _times(record):
        now[fact.name].append(at)
    past = {fact: {e.name: e.starts_at for e in known.dropped if _fact(e.name) == fact} for fact in now}
    named = {fact: iter(_assigned(fact, times, before[fact], past[fact])) for fact, times in now.items()}
    names = tuple(next(named[fact.name]) for fact, _ in _times(record))
    return () if names == _by_position(record) else names


def _assigned(
    fact: str, times: Sequence[datetime], held: Mapping[str, datetime], past: Mapping[str, datetime]
) -> Sequence[str]:
    if len(times) == len(held):
        return list(held)
    known = {**held, **{name: at for name, at in past.items() if name not in held}}
    free, same = dict(known), dict[int, str]()
    for place, at in enumerate(times):
        found = next((name for name, was in free.items() if was == at), None)
        if found is not None:
            same[place] = found
            del free[found]
    new = (name for number in count(1) if (name := _numbered(fact, number)) not in known)
    rest = chain(free, new)
    return [same.get(place) or next(rest) for place in range(len(times))]


def _grouped(record: PublishedRecord) -> Mapping[str, dict[str, datetime]]:
    """Fact -> the names of its times, in their order."""
    found = defaultdict[str, dict[str, datetime]](dict)
    for (fact, at), name in zip(_times(record), _names(record), strict=True):
        found[fact.name][name] = at
    return found


def _names(record: PublishedRecord) -> tuple[str, ...]:
    return record.event_names or _by_position(record)


def _by_position(record: PublishedRecord) -> tuple[str, ...]:
    seen, names = Counter[str](), list[str]()
    for fact, _ in _times(record):
        seen[fact.name] += 1
        names.append(_numbered(fact.name, seen[fact.name]))
    return tuple(names)


def _numbered(fact: str, number: int) -> str:
    return fact if number == 1 else f"{fact}-{number}"


def _fact(name: str) -> str:
    return name.partition("-")[0]


def _times(record: Record) -> Sequence[tuple[Fact, datetime]]:
    return [(fact, at) for fact in record.facts if (at := _instant(fact)) is not None]


def _instant(fact: Fact) -> datetime | None:
    """None for a fact that is no time, and for a time that nobody knows (`-`)."""
    return datetime.fromisoformat(fact.iso) if fact.iso and fact.iso[0].isdigit() else None


def _end(record: Record) -> datetime | None:
    """None until it is known, and where it would not lie behind the beginning (RFC 5545 section 3.8.2.2)."""
    starts_at, ends_at = record.starts_at, record.ends_at
    return ends_at if starts_at is not None and ends_at is not None and ends_at > starts_at else None
