"""What is to come, read from the tables once, with as few questions as for one announcement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from publisher.content.kinds.kind import Kind
from publisher.delivery import planned
from publisher.delivery.stages import TO_COME, PlannedStage
from publisher.delivery.stages import Event as Times
from publisher.delivery.transaction import Transaction as DeliveryTransaction
from publisher.release.release import Release
from publisher.release.states import ReleaseState
from publisher.schedule.conflicts import Event, event_of, facts_of

ON_THE_CLOCK = (ReleaseState.SCHEDULED, ReleaseState.HELD)
_UNDECIDED = (ReleaseState.IN_REVIEW, ReleaseState.APPROVED)

Kinds: TypeAlias = Mapping[str, Kind]
"""By name, as the house has them."""


class Transaction(DeliveryTransaction, Protocol):
    """The queries of what is to come."""

    async def open_ended(self) -> Sequence[str]:
        """Announcements of events that are in progress until further notice."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to come."""

    on_the_clock: Sequence[Release]
    """Newest first."""
    stages: Sequence[PlannedStage]
    """Of what is public, by their time."""
    releases: Mapping[int, Release]
    """Those on the clock and those of the stages."""
    events: Sequence[Event]
    """Of every announcement that is still to come, or not over."""


async def read(tx: Transaction, kinds: Kinds) -> Agenda:
    """All of it, however far away."""
    waiting = await tx.releases(states=(*ON_THE_CLOCK, *_UNDECIDED))  # newest first
    rows = await tx.planned_stages(states=TO_COME)
    names = dict.fromkeys((*(row.announcement_id for row in rows), *await tx.open_ended()))
    public = await tx.releases(announcement_ids=names, states=planned.PUBLIC)
    known = {release.id: release for release in (*waiting, *public)}
    if missing := {row.release_id for row in rows} - known.keys():
        known |= {release.id: release for release in await tx.releases(ids=missing)}
    found = _before(waiting, kinds)
    found |= await _since(tx, public, [name for name in names if name not in found], kinds)
    return Agenda([each for each in waiting if each.state in ON_THE_CLOCK], rows, known, list(found.values()))


def _before(waiting: Sequence[Release], kinds: Kinds) -> dict[str, Event]:
    """Of announcements with something that is not out yet."""
    newest = dict[str, Release]()
    for release in waiting:
        newest.setdefault(release.announcement_id, release)
    return {name: _event(release, kinds, None) for name, release in newest.items()}


async def _since(tx: Transaction, public: Sequence[Release], names: Sequence[str], kinds: Kinds) -> Mapping[str, Event]:
    """Of those whose event is to come or in progress, with the times that hold by now."""
    theirs = defaultdict[str, list[Release]](list)
    for release in public:
        theirs[release.announcement_id].append(release)
    walks = await tx.last_walks(names)
    holding = {name: planned.holds(name, theirs[name], walks.get(name)) for name in names}
    return {name: _event(release, kinds, times) for name, (release, times) in holding.items()}


def _event(release: Release, kinds: Kinds, times: Times | None) -> Event:
    """`times` are None of what is not out yet: then those of its facts hold."""
    facts = facts_of(release.common, kinds[release.policy.kind])
    name = f"release {release.id} `{release.title}`"
    publish_at = release.publish_at if times is None else None
    times = times or planned.event_of(release.policy)
    return event_of(release.announcement_id, name, facts, release.policy, times, publish_at)
