"""Whether a release says what holds of its event by now: those on duty may have moved it since its facts were written.

Without this a correction of a maintenance that takes longer would show everybody the end that does not hold any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from publisher.channel import Finding, Place
from publisher.delivery import planned
from publisher.delivery.life import Phase, phase
from publisher.delivery.stages import Event
from publisher.delivery.transaction import Transaction
from publisher.release.policy import Policy
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.wall_time import in_utc, wall_clock

_HEADER = Place("announcement.toml")


async def disagreements(tx: Transaction, announcement_id: str, policy: Policy, now: datetime) -> Sequence[Finding]:
    """What a release of `policy` would say of its event that is not true; nothing of what nobody has read yet.

    Times that differ from those of the last release are the author's own, and hold from its publication on. A language
    that follows while the event is in progress tells the times that hold, whatever its facts say.
    """
    if policy.form not in (Form.REVISION, Form.SUPPLEMENT) or not policy.stages:
        return ()
    try:
        release, event = await planned.holding(tx, announcement_id)
    except LookupError:
        return ()
    stands = await phase(tx, announcement_id, now)
    if policy.form is Form.SUPPLEMENT and stands is Phase.IN_PROGRESS:
        return ()
    if stands is Phase.CANCELLED:
        message = f"it was cancelled (publisher show {release.id}), and a change would read as if it took place"
        return [Finding("event.cancelled", message, "Retract it, or write a new announcement.", place=_HEADER)]
    return list(_stale(policy, release, event))


def _stale(policy: Policy, release: Release, event: Event) -> Iterator[Finding]:
    mine, approved = planned.event_of(policy), planned.event_of(release.policy)
    if event.starts_at != approved.starts_at == mine.starts_at:
        yield _moved("event.start", "start", event.starts_at, approved.starts_at, release)
    if event.ends_at != approved.ends_at == mine.ends_at:
        yield _moved("event.end", "end", event.ends_at, approved.ends_at, release)
    if mine.extension < event.extension:
        message = f"extension is {event.extension} since it was extended (publisher show {release.id}), and is "
        message += f"{mine.extension} here"
        yield Finding("event.extension", message, f"Write extension = {event.extension}.", place=_HEADER)


def _moved(code: str, which: str, now: datetime | None, before: datetime | None, release: Release) -> Finding:
    message = f"its {which} {_said(now)} since it was moved (publisher show {release.id}), and {_said(before)} here"
    return Finding(code, message, _to_write(which, now, release.time_zone), place=_HEADER)


def _to_write(which: str, now: datetime | None, time_zone: str) -> str:
    """As announcement.toml has it: the wall clock of its own zone."""
    if now:
        shown = wall_clock(now, time_zone).isoformat(timespec="seconds")
        return f"Write {shown}, which holds on the clocks of {time_zone}, or a new time."
    return "Write a new time." if which == "start" else "Leave it out, or write a new time."


def _said(moment: datetime | None) -> str:
    return f"is {in_utc(moment)}" if moment else "is not known"
