"""How an announcement stands at an instant: the words beside its title, and when they next change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from publisher.channel import PublishedRecord, last_of
from publisher.rendering.words import Words
from publisher.site.timeline import midnight_after

AHEAD = timedelta(days=7)
"""How far ahead the home page looks."""
NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)
_UNDER_WAY = frozenset({"start", "extended"})


class State(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    POSTPONED = "postponed"
    COMPLETED = "completed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


def title(record: PublishedRecord, words: Words) -> str:
    """The title, which says so where the announcement is withdrawn."""
    return words("site.withdrawn.title", title=record.title) if record.withdrawn_at else record.title


def states(record: PublishedRecord, now: datetime) -> tuple[State, ...]:
    """What a reader must see at once, most important first."""
    if record.withdrawn_at is not None:
        return (State.WITHDRAWN,)
    corrected = (State.CORRECTED,) if record.corrections else ()
    state = phase(record, now)
    return (state, *corrected) if state else corrected


def phase(record: PublishedRecord, now: datetime) -> State | None:
    """Where its event stands; None without one, and for a moment (trading opens) that has passed."""
    if record.stage == "complete":
        return State.COMPLETED
    if record.stage == "postponed":
        return State.POSTPONED
    if record.stage not in _UNDER_WAY:
        if record.starts_at is None:
            return None
        if now < record.starts_at:
            return State.SCHEDULED
    if record.ends_at is not None:
        return State.IN_PROGRESS if now < record.ends_at else State.COMPLETED
    stopped = record.stage in _UNDER_WAY or record.services  # services stay stopped until somebody says otherwise
    return State.IN_PROGRESS if stopped else None


def is_near(record: PublishedRecord, now: datetime) -> bool:
    """Whether it starts within `AHEAD`."""
    starts_at = record.starts_at
    return starts_at is not None and phase(record, now) is State.SCHEDULED and starts_at - AHEAD <= now


def is_pinned(record: PublishedRecord, now: datetime) -> bool:
    """Whether it still stands above the lists, as its author said."""
    until = record.pinned_until
    return record.withdrawn_at is None and until is not None and now < until


def next_turn(record: PublishedRecord, now: datetime) -> datetime | None:
    """See `publisher.channel.Derive.next_turn`."""
    gone = record.withdrawn_at is not None
    turns = () if gone else (*_turns_of_event(record, now), record.pinned_until)
    later = [moment for moment in (*turns, last_of(record)) if moment is not None and moment > now]
    if later:
        return min(later)
    return NOBODY_KNOWS if phase(record, now) is State.IN_PROGRESS and not gone else None


def _turns_of_event(record: PublishedRecord, now: datetime) -> tuple[datetime | None, ...]:
    """None once staff have said that it is completed."""
    if record.stage == "complete":
        return ()
    near = record.starts_at - AHEAD if record.starts_at is not None else None
    day = midnight_after(now) if is_near(record, now) else None
    return near, day, record.starts_at, record.ends_at
