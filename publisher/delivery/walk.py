"""Walks a stage of what is published: the deliveries of its frozen editions, made by a person or by the clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from publisher.delivery.publish import Occasion, Outlet, chosen, make, slots_of
from publisher.delivery.stages import Walk
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Transaction
from publisher.delivery.transitions import move
from publisher.release import transitions
from publisher.release.approval import Refused
from publisher.release.release import FrozenEdition, Release, Told
from publisher.release.states import ReleaseState
from publisher.rendering.edition import FOLLOW
from publisher.rendering.plan import CANCELLED, POSTPONED

Place: TypeAlias = tuple[str, str]
"""Destination and locale."""

PUBLIC = frozenset({ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED})
_UNSENT = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.HELD})
"""What has not been sent, and need not be any more once a later stage is walked."""
_FAILED = frozenset({DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.OVERTAKEN})


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of a walk."""

    deliveries: Sequence[int]
    busy: Sequence[Delivery]
    """Where an earlier delivery is still under way: these places were left out, until the walk is repeated."""
    left_out: Sequence[str] = ()
    """Where no more may be posted, a sentence for each place."""

    def __add__(self, other: Walked) -> Walked:
        mine, theirs = (self.deliveries, self.busy, self.left_out), (other.deliveries, other.busy, other.left_out)
        return Walked(*([*one, *two] for one, two in zip(mine, theirs, strict=True)))  # type: ignore[arg-type]


async def walk_everywhere(
    tx: Transaction, announcement_id: str, stage: Walk, outlet: Outlet, *, urgent: bool = False, mails: bool = True
) -> Walked:
    """Tells every place that has the announcement, in the words of the release that reached it last.

    `mails`: readers as well, those who want the stage. Raises Overtaken when somebody else changed one of its releases
    first.
    """
    covered, walked = set[Place](), Walked([], [])
    for release in await tx.releases(announcement_id=announcement_id, states=sorted(PUBLIC)):
        theirs = {_place(edition) for edition in await tx.editions(release.id) if edition.stage == stage.stage}
        if theirs - covered:
            mine = replace(stage, release_id=release.id)
            walked += await walk(tx, mine, outlet, urgent=urgent, but=covered, mails=mails)
        covered |= theirs
    return walked


async def walk(
    tx: Transaction,
    stage: Walk,
    outlet: Outlet,
    *,
    urgent: bool = False,
    but: Collection[Place] = (),
    mails: bool = True,
) -> Walked:
    """Makes the deliveries of a stage; what is queued at the same places and says something older is cancelled.

    They may be sent for as long as the release's window is, a reminder until the event begins. Left alone are the
    places in `but`, those that were told the very same, so that a repeat reaches only those that were busy, and where
    there is nothing that could be changed. Raises Refused for a release that is not public, NotPublishable when the
    stage has no edition, Overtaken when somebody else changed the release first.
    """
    await tx.lock_release(stage.release_id)
    release = await tx.release(stage.release_id)
    if release.state not in PUBLIC:
        raise Refused(f"release {release.id} is {release.state}; only what is public has stages to walk")
    editions = [e for e in await chosen(tx, release, stage.stage, walks=True) if _place(e) not in but]
    editions = [e for e in editions if takes_part(release, e) and (mails or e.operation != FOLLOW)]
    editions = list(await _untold(tx, release, editions, stage, outlet))
    told = await _can_be_told(tx, release, editions)
    busy = await _made_way(tx, release, {_place(e): e for e in editions}, told, stage)
    taken = {_place(delivery) for delivery in busy}
    free = [e for e in editions if _place(e) in told - taken]
    free, left_out = await _within_limits(tx, release, free, outlet)
    if not free:
        return Walked([], busy, left_out)
    release = await tx.release(stage.release_id)
    if release.state is not ReleaseState.PUBLISHING:
        reason = f"{stage.stage}: {stage.reason}"
        release = await transitions.move(
            tx, release, ReleaseState.PUBLISHING, at=stage.at, actor=stage.actor, reason=reason
        )
    await tx.save_walk(stage)
    occasion = Occasion(stage.at, _deadline(release, stage), urgent or release.policy.urgent, stage)
    return Walked(await make(tx, release, free, outlet, occasion, actor=stage.actor), busy, left_out)


def takes_part(release: Release, edition: Told) -> bool:
    """Whether it is told when its stage is walked.

    A first publication that comes late has editions of the same stage for all others, such as mail.
    """
    planned = release.policy.planned(edition.stage)
    if edition.operation != "publish" or planned is None or planned.posts is None:
        return True
    return edition.channel in planned.posts


async def _untold(
    tx: Transaction, release: Release, editions: Sequence[FrozenEdition], stage: Walk, outlet: Outlet
) -> Sequence[FrozenEdition]:
    said = {
        _place(delivery): _said(delivery.slots)
        for delivery in await tx.deliveries(release.id)
        if delivery.stage == stage.stage and delivery.state not in _FAILED
    }

    def is_told(edition: FrozenEdition) -> bool:
        return said.get(_place(edition)) == _said(slots_of(release, edition.locale, outlet, stage))

    return [edition for edition in editions if not is_told(edition)]


def _said(slots: Mapping[str, str]) -> Mapping[str, str]:
    """All but the moment at which it is said."""
    return {name: value for name, value in slots.items() if name != "published_at"}


def _deadline(release: Release, stage: Walk) -> datetime:
    planned, latest = release.policy.planned(stage.stage), stage.at + release.window
    if planned is None or planned.good_for is None or stage.starts_at is None or stage.starts_at <= stage.at:
        return latest
    return min(latest, stage.starts_at)


async def _can_be_told(tx: Transaction, release: Release, editions: Sequence[FrozenEdition]) -> frozenset[Place]:
    """Where something is said anew, or there is something to change; whom a mail is for its start finds out."""
    there = {_place(edition) for edition in editions if edition.operation in ("publish", FOLLOW)}
    for place in {_place(edition) for edition in editions} - there:
        if await tx.published_receipts(release.announcement_id, *place):
            there.add(place)
    return frozenset(there)


async def _made_way(
    tx: Transaction, release: Release, editions: Mapping[Place, FrozenEdition], told: Collection[Place], stage: Walk
) -> Sequence[Delivery]:
    """Cancels what waits at the places in `told` that say the new without it; what stays open there instead."""
    busy = []
    for found in await tx.open_deliveries(release.announcement_id):
        if _place(found) not in editions:
            continue
        delivery = await tx.lock_delivery(found.id)
        gives_way = _place(found) in told and _says_it_without(release, editions[_place(found)], delivery)
        if delivery.state in _UNSENT and gives_way:
            reason = f"overtaken by {stage.stage}"
            await move(tx, delivery, DeliveryState.OVERTAKEN, at=stage.at, actor=stage.actor, reason=reason)
        else:
            busy.append(delivery)
    return busy


def _says_it_without(release: Release, edition: FrozenEdition, earlier: Delivery) -> bool:
    """Whether all whom `earlier` was for can do without it once they get `edition`; true of everything but mail."""
    if edition.operation != FOLLOW:
        return True
    if earlier.operation != FOLLOW:
        return earlier.operation == "publish" and edition.stage in (CANCELLED, POSTPONED)
    planned, policy = release.policy.planned(edition.stage), release.policy
    over = planned is not None and planned.moves_with == "end"
    return over or policy.mailed(earlier.stage).chosen_by <= policy.mailed(edition.stage).chosen_by


async def _within_limits(
    tx: Transaction, release: Release, editions: Sequence[FrozenEdition], outlet: Outlet
) -> tuple[list[FrozenEdition], list[str]]:
    """Without those for places that have heard enough, and a sentence for each of these."""
    free, left_out = list[FrozenEdition](), list[str]()
    for edition in editions:
        most = outlet.capabilities(edition.channel).follow_ups
        if edition.operation == "publish" and most is not None:
            followed = await tx.posts(release.announcement_id, *_place(edition)) - 1
            if followed >= most:
                place = f"{edition.destination} ({edition.locale})"
                left_out.append(f"{place}: {followed} posts followed the first one already, and {most} may")
                continue
        free.append(edition)
    return free, left_out


def _place(what: Delivery | FrozenEdition) -> Place:
    return what.destination, what.locale
