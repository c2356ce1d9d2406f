"""What goes out when: publications, the stages of what is public, digests, and what is owed, in the order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

from publisher.delivery import planned
from publisher.delivery.pins import PinTransaction
from publisher.delivery.publish import ANNOUNCE, Outlet
from publisher.delivery.stages import Hand, PlannedStage, PlannedState
from publisher.release.release import Release, Told
from publisher.release.scope import Form
from publisher.schedule import agenda
from publisher.schedule.agenda import Agenda, Kinds
from publisher.schedule.conflicts import Event, conflicts
from publisher.schedule.line import Coming
from publisher.schedule.near import near
from publisher.schedule.owed import owed
from publisher.schedule.waits import quiet_ends, sentences
from publisher.wall_time import in_utc

_Known: TypeAlias = Mapping[tuple[int, str], Sequence[Told]]
"""By release and stage, who is told it."""


class Transaction(PinTransaction, agenda.Transaction, Protocol):
    """The queries of what comes."""

    async def next_digest(self) -> datetime | None:
        """When the next one of any reader is due; None while nobody gets one."""


async def coming(tx: Transaction, kinds: Kinds, outlet: Outlet, since: datetime, until: datetime) -> Sequence[Coming]:
    """Everything from `since` until `until`, and what is held since before, in the order of its time."""
    known = await agenda.read(tx, kinds)
    found = list(_lines(known))
    if (digest := await tx.next_digest()) is not None:
        found.append(Coming(digest, "digest", "the digests that are due first"))
    shown = [each for each in found if each.at < until and (each.at >= since or each.state == "held")]
    told = await _told(tx, {each.release_id for each in shown if each.release_id is not None})
    meets = _meets(known.events, {each.announcement_id for each in shown})
    whole = [_whole(known, outlet, each, told, meets) for each in shown]
    return sorted([*whole, *await owed(tx, kinds, since, until)], key=lambda each: (each.at, each.title, each.what))


async def meeting(tx: Transaction, kinds: Kinds, outlet: Outlet, release: Release) -> Sequence[str]:
    """Where a release on the clock will wait, and what it should not meet."""
    known = (await agenda.read(tx, kinds)).events
    mine = next((event for event in known if event.announcement_id == release.announcement_id), None)
    told = [each for each in await tx.who_is_told([release.id]) if each.stage == ANNOUNCE]
    ends = quiet_ends(release, told, outlet, release.publish_at, release.deadline)
    return (*sentences(ends, outlet), *(conflicts(mine, known) if mine else ()))


def _lines(known: Agenda) -> Iterator[Coming]:
    yield from (_publication(release) for release in known.on_the_clock)
    yield from (each for release in known.on_the_clock for each in _ahead(release))
    yield from (_stage(known.releases[row.release_id], row) for row in known.stages)


async def _told(tx: Transaction, release_ids: set[int]) -> _Known:
    found = defaultdict[tuple[int, str], list[Told]](list)
    for each in await tx.who_is_told(release_ids):
        found[each.release_id, each.stage].append(each)
    return found


def _meets(events: Sequence[Event], names: set[str]) -> Mapping[str, tuple[str, ...]]:
    """Of each of these announcements, what it should not meet: said once, however many lines it has."""
    others = near(events)
    mine = (event for event in events if event.announcement_id in names & others.keys())
    return {event.announcement_id: tuple(conflicts(event, others[event.announcement_id])) for event in mine}


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


def _whole(known: Agenda, outlet: Outlet, each: Coming, told: _Known, meets: Mapping[str, tuple[str, ...]]) -> Coming:
    if each.release_id is None:
        return each
    release = known.releases[each.release_id]
    stage = ANNOUNCE if each.what == release.policy.form.named else each.what
    deadline = each.at + release.window if each.what == stage else release.deadline
    ends = quiet_ends(release, told.get((release.id, stage), ()), outlet, each.at, deadline)
    found = meets.get(each.announcement_id, ())
    return replace(each, places=tuple(sorted(ends)), conflicts=found, waits=sentences(ends, outlet))
