"""What needs a person now, in words: the same on the command line and on the staff pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.content.kinds.kind import REVIEWERS
from publisher.delivery.transaction import FailedPin, Preflight, Transaction
from publisher.release.next_updates import overdue
from publisher.release.release import AskedReview, Release
from publisher.release.states import ReleaseState
from publisher.wall_time import in_utc

AHEAD = (ReleaseState.SCHEDULED, ReleaseState.HELD)
"""The states in which what a preflight found still matters."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One sentence about a release, or about digests."""

    release_id: int | None
    """None for digests."""
    title: str
    sentence: str
    overdue: bool = False


async def alarms(tx: Transaction, now: datetime) -> Sequence[Alarm]:
    """What goes out soon although something is not in place, and what has gone out and is still to be looked at."""
    found = list[Alarm]()
    for release in await tx.releases(states=AHEAD):
        if (done := await tx.preflight(release.id)) is not None:
            found += _not_ready(release, done)
    for release_id, expected in await tx.drifted():
        release, how = await tx.release(release_id), f"{expected.name} {expected.drift}"
        sentence = f"is held: {how}; look why, then: publisher mailing go {release_id} --reason WHY"
        found.append(Alarm(release_id, release.title, sentence))
    for asked in await tx.open_reviews():
        found.append(_not_reviewed(await tx.release(asked.release_id), asked, now))
    for promised in await overdue(tx, now):
        found.append(Alarm(promised.release.id, promised.release.title, promised.sentence, overdue=True))
    found += [_not_pinned(failed) for failed in await tx.failed_pins()]
    return found


def _not_pinned(failed: FailedPin) -> Alarm:
    sentence = f"is not pinned as it should be at {failed.destination}: {failed.reason}; it is tried again by itself"
    return Alarm(failed.release_id, failed.title, sentence)


def _not_reviewed(release: Release, asked: AskedReview, now: datetime) -> Alarm:
    late = asked.due_at <= now
    need = "should have been reviewed" if late else "needs a review"
    until = in_utc(asked.due_at)
    sentence = f"{need} by {REVIEWERS} by {until}; whoever has looked: publisher review-done {release.id} --note WHAT"
    return Alarm(release.id, release.title, sentence, late)


def _not_ready(release: Release, done: Preflight) -> Iterator[Alarm]:
    if done.findings and done.publish_at == release.publish_at:
        first, more = done.findings[0], len(done.findings) - 1
        where = f"{first.about}: " if first.about else ""
        rest = f", and {more} more" if more else ""
        sentence = f"is not ready: {where}{first.message}{rest}; publisher preflight {release.id} looks again"
        yield Alarm(release.id, release.title, sentence)
