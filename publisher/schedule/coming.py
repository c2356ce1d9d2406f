"""What goes out when: publications, the stages of what is public, digests, and what is owed, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

from publisher.content.kinds.kind import Kind
from publisher.delivery import planned
from publisher.delivery.pins import PinTransaction
from publisher.delivery.publish import ANNOUNCE, Outlet
from publisher.delivery.stages import TO_COME, Hand, PlannedStage, PlannedState
from publisher.delivery.stages import Event as Times
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.release.states import ReleaseState
from publisher.schedule.conflicts import Event, conflicts, event_of, facts_of
from publisher.schedule.line import Coming
from publisher.schedule.owed import owed
from publisher.schedule.waits import quiet_ends, sentences
from publisher.wall_time import in_utc

ON_THE_CLOCK = (ReleaseState.SCHEDULED, ReleaseState.HELD)
_UNDECIDED = (ReleaseState.IN_REVIEW, ReleaseState.APPROVED)

Kinds: TypeAlias = Mapping[str, Kind]
"""By name, as the house has them."""


class Transaction(PinTransaction, Protocol):
    """The queries of what comes."""

    async def next_digest(self) -> datetime | None:
        """When the next one of any reader is due; None while nobody gets one."""

    async def open_ended(self) -> Sequence[str]:
        """Announcements of events that are in progress until further notice."""


async def coming(tx: Transaction, kinds: Kinds, outlet: Outlet, since: datetime, until: datetime) -> Sequence[Coming]:
    """Everything from `since` until `until`, and what is held since before, in the order of its time."""
    scheduled = await tx.releases(states=ON_THE_CLOCK)
    public = await _public(tx)
    found = [_publication(release) for release in scheduled]
    found += [each for release in scheduled for each in _ahead(release)]
    found += [_stage(release, row) for release, row in public]
    if (digest := await tx.next_digest()) is not None:
        found.append(Coming(digest, "digest", "the digests that are due first"))
    shown = [each for each in found if each.at < until and (each.at >= since or each.state == "held")]
    known = await events(tx, kinds)
    whole = [await _whole(tx, outlet, each, known) for each in shown]
    return sorted([*whole, *await owed(tx, kinds, since, until)], key=lambda each: (each.at, each.title, each.what))


async def meeting(tx: Transaction, kinds: Kinds, outlet: Outlet, release: Release) -> Sequence[str]:
    """Where a release on the clock will wait, and what it should not meet."""
    whole = await _whole(tx, outlet, _publication(release), await events(tx, kinds))
    return (*whole.waits, *whole.conflicts)


async def events(tx: Transaction, kinds: Kinds) -> Sequence[Event]:
    """Of every announcement that is still to come, or not over."""
    found: dict[str, Event] = {}
    for release in await tx.releases(states=(*ON_THE_CLOCK, *_UNDECIDED)):  # newest first
        times = planned.event_of(release.policy)
        found.setdefault(release.announcement_id, _event(release, kinds, times, release.publish_at))
    rows = await tx.planned_stages(states=TO_COME)
    for announcement_id in dict.fromkeys((*(row.announcement_id for row in rows), *await tx.open_ended())):
        if announcement_id not in found:
            release, times = await planned.holding(tx, announcement_id)
            found[announcement_id] = _event(release, kinds, times, None)
    return list(found.values())


def _event(release: Release, kinds: Kinds, times: Times, publish_at: datetime | None) -> Event:
    facts = facts_of(release.common, kinds[release.policy.kind])
    name = f"release {release.id} `{release.title}`"
    return event_of(release.announcement_id, name, facts, release.policy, times, publish_at)


async def _public(tx: Transaction) -> Sequence[tuple[Release, PlannedStage]]:
    """Planned stages with the release whose facts hold."""
    known: dict[int, Release] = {}
    rows = await tx.planned_stages(states=TO_COME)
    for release_id in {row.release_id for row in rows}:
        known[release_id] = await tx.release(release_id)
    return [(known[row.release_id], row) for row in rows]


def _publication(release: Release) -> Coming:
    return _of(release, release.publish_at, release.policy.form.named, str(release.state), "")


def _ahead(release: Release) -> Iterator[Coming]:
    """The stages that its publication will plan."""
    if release.policy.form is Form.SUPPLEMENT:
        return
    for stage, at in planned.moments(release.policy, planned.event_of(release.policy)):
        if at > release.publish_at:
            yield _of(release, at, stage, "planned", "")


def _stage(release: Release, row: PlannedStage) -> Coming:
    why = row.reason
    if row.hand is Hand.MOVED and row.moved_from is not None:
        why = f"planned for {in_utc(row.moved_from)}; {row.reason}"
    state = "held" if row.state is PlannedState.HELD else "scheduled"
    return _of(release, row.due_at, row.stage, state, why)


def _of(release: Release, at: datetime, what: str, state: str, why: str) -> Coming:
    name, zone = release.announcement_id, release.time_zone
    return Coming(at, what, release.title, release.policy.kind, release.id, name, zone, state, why=why)


async def _whole(tx: Transaction, outlet: Outlet, each: Coming, known: Sequence[Event]) -> Coming:
    if each.release_id is None:
        return each
    release = await tx.release(each.release_id)
    stage = ANNOUNCE if each.what == release.policy.form.named else each.what
    deadline = each.at + release.window if each.what == stage else release.deadline
    ends = await quiet_ends(tx, release, outlet, stage, each.at, deadline)
    mine = next((event for event in known if event.announcement_id == each.announcement_id), None)
    found = conflicts(mine, known) if mine else ()
    return replace(each, places=tuple(sorted(ends)), conflicts=tuple(found), waits=sentences(ends, outlet))
