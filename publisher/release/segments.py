"""What a release must know of a segment: which snapshot of it people approve, and whether that can still be mailed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.channel import Finding, Place, Severity
from publisher.content.announcement import Audience, Revision
from publisher.release.release import Transaction
from publisher.release.scope import Standing
from publisher.release.snapshot import Snapshot
from publisher.wall_time import in_utc


@dataclass(frozen=True, slots=True)
class Bound:
    """The snapshot that a revision is for, and what is to be said of it."""

    snapshot: Snapshot | None = None
    findings: Sequence[Finding] = ()


async def bound(
    tx: Transaction, revision: Revision, standing: Sequence[Standing], now: datetime, stale_after: timedelta
) -> Bound:
    """Finds the snapshot of the segment that `revision` names; nothing for one that names none.

    What is published already stays with the snapshot that its readers are of: a correction is for those who read the
    first copy. Only when that one's members are deleted it is for the newest.
    """
    changed = list(_other_audience(revision, standing))
    name = revision.audience.segment
    if name is None or changed:
        return Bound(findings=tuple(changed))
    earlier = await _earlier(tx, revision, name)
    if earlier is not None and earlier.deleted_at is None:
        return Bound(earlier, [*_ends(earlier, revision)])
    newest = await tx.newest_snapshot(name)
    if newest is None:
        return Bound(findings=[_unknown(name, await tx.segment_names())])
    findings = [*_gone(newest), *_ends(newest, revision), *_stale(newest, now, stale_after)]
    return Bound(newest, [*findings, *([_left_behind(earlier)] if earlier else [])])


async def _earlier(tx: Transaction, revision: Revision, name: str) -> Snapshot | None:
    """The snapshot that readers of the announcement are of."""
    releases = await tx.releases(announcement_id=revision.announcement_id)
    published = [release.snapshot for release in releases if release.published_at and release.snapshot]
    return await tx.snapshot(name, published[0]) if published else None


def _other_audience(revision: Revision, standing: Sequence[Standing]) -> Iterator[Finding]:
    had = {str(json.loads(known.source)["common"]["audience"]) for known in standing if known.there}
    for before in sorted(had - {revision.audience.who}):
        if Audience(before).segment is not None or revision.audience.segment is not None:
            message = f'it is published for "{before}" and cannot become one for "{revision.audience.who}"'
            fix = f'Write audience = "{before}", or a new announcement.'
            yield _finding("published.audience", message, fix)


def _unknown(name: str, known: Sequence[str]) -> Finding:
    near = difflib.get_close_matches(name, known, 1)
    there = f"Did you mean segment:{near[0]}?" if near else f"There are: {', '.join(known) or 'none yet'}."
    fix = f"{there} A snapshot is taken with: publisher segments import {name} FILE."
    return _finding("segment.unknown", f"there is no segment {name!r}", fix)


def _gone(snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.deleted_at is not None:
        message = f"the members of {snapshot.name} are deleted since {in_utc(snapshot.deleted_at)}"
        yield _finding("segment.deleted", message, "Take a new snapshot: publisher segments import, or pull.")


def _ends(snapshot: Snapshot, revision: Revision) -> Iterator[Finding]:
    end = revision.schedule.at + revision.schedule.window
    if snapshot.deleted_at is None and snapshot.delete_at < end:
        message = (
            f"the members of {snapshot.name} are deleted on {in_utc(snapshot.delete_at)}, "
            "before the time until which it may go out"
        )
        yield _finding("segment.ends", message, "Take a snapshot that is kept longer, or publish earlier.")


def _stale(snapshot: Snapshot, now: datetime, stale_after: timedelta) -> Iterator[Finding]:
    age = now - snapshot.taken_at
    if age > stale_after and snapshot.deleted_at is None:
        days = age / timedelta(days=1)
        message = f"{snapshot.name} is {days:.0f} days old; who joined since is not in it"
        yield _finding("segment.stale", message, "Take a new snapshot, if there can be one.", Severity.WARNING)


def _left_behind(earlier: Snapshot) -> Finding:
    message = f"readers have it as members of {earlier.name}, which are deleted: who is not in the newest gets no mail"
    return _finding("segment.readers", message, "Tell those by other means.", Severity.WARNING)


def _finding(code: str, message: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, message, fix, severity, Place("announcement.toml"))
