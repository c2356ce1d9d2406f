"""Walks a stage of a published release: the deliveries of its frozen editions, made by a person or by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.delivery.publish import NotPublishable, Occasion, Outlet, chosen, make, slots_of
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Transaction, Walk
from publisher.delivery.transitions import move
from publisher.release import transitions
from publisher.release.approval import Refused
from publisher.release.release import FrozenEdition, Release
from publisher.release.states import ReleaseState
from publisher.rendering.plan import POSTPONED

_PUBLIC = frozenset({ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED})
_OVERTAKEN = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.HELD})
"""What has not been sent, and need not be any more once a later stage is walked."""
_FAILED = frozenset({DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of a walk."""

    deliveries: Sequence[int]
    busy: Sequence[Delivery]
    """Where an earlier delivery is still under way: these places were left out, until the walk is repeated."""


async def walk(tx: Transaction, stage: Walk, outlet: Outlet, *, urgent: bool = False) -> Walked:
    """Makes the deliveries of a stage; what is queued at the same places and says something older is cancelled.

    They may be sent for as long as the release's window is. A place that was told the very same is left alone, so a
    repeat reaches only those that were busy. Raises NotPublishable when the stage has no edition or every place is
    busy, Refused when there is nobody left to tell, Overtaken when somebody else changed the release first.
    """
    await tx.lock_release(stage.release_id)
    release = await tx.release(stage.release_id)
    if release.state not in _PUBLIC:
        raise Refused(f"release {release.id} is {release.state}; only what is public has stages to walk")
    editions = await _untold(tx, release, await chosen(tx, release, stage.stage), stage, outlet)
    if not editions:
        raise Refused(f"release {release.id}: every place has been told that already, see publisher show {release.id}")
    busy = await _made_way(tx, editions, stage)
    taken = {(delivery.destination, delivery.locale) for delivery in busy}
    free = [edition for edition in editions if (edition.destination, edition.locale) not in taken]
    if not free:
        raise NotPublishable(f"release {release.id}: {busy[0].name} is still {busy[0].state}, as is every other place")
    release = await tx.release(stage.release_id)
    if release.state is not ReleaseState.PUBLISHING:
        reason = f"{stage.stage}: {stage.reason}"
        release = await transitions.move(
            tx, release, ReleaseState.PUBLISHING, at=stage.at, actor=stage.actor, reason=reason
        )
    await tx.save_walk(stage)
    occasion = Occasion(stage.at, stage.at + release.window, urgent or release.policy.urgent, stage)
    return Walked(await make(tx, release, free, outlet, occasion, actor=stage.actor), busy)


async def _untold(
    tx: Transaction, release: Release, editions: Sequence[FrozenEdition], stage: Walk, outlet: Outlet
) -> Sequence[FrozenEdition]:
    said = {
        (delivery.destination, delivery.locale): delivery.slots.get("postponed_to")
        for delivery in await tx.deliveries(release.id)
        if delivery.stage == stage.stage and delivery.state not in _FAILED
    }

    def is_told(edition: FrozenEdition) -> bool:
        now = slots_of(release, edition.locale, outlet, stage)["postponed_to"]
        return said.get((edition.destination, edition.locale)) == now

    return [edition for edition in editions if not is_told(edition)]


async def _made_way(tx: Transaction, editions: Sequence[FrozenEdition], stage: Walk) -> Sequence[Delivery]:
    """Cancels what waits at the places of the editions; what is under way there instead."""
    wanted = {(edition.destination, edition.locale) for edition in editions}
    announcement_id = (await tx.release(stage.release_id)).announcement_id
    busy = []
    for found in await tx.open_deliveries(announcement_id):
        if (found.destination, found.locale) not in wanted:
            continue
        delivery = await tx.lock_delivery(found.id)
        if delivery.state in _OVERTAKEN:
            reason = f"overtaken by {stage.stage}"
            await move(tx, delivery, DeliveryState.CANCELLED, at=stage.at, actor=stage.actor, reason=reason)
        else:
            busy.append(delivery)
    return busy


async def postpone(
    tx: Transaction,
    release_id: int,
    person: str,
    outlet: Outlet,
    *,
    new_time: datetime | None,
    at: datetime,
    reason: str,
) -> Walked:
    """Tells every place, with the words approved with the release, that its time is put off: to `new_time` (UTC), or
    to a time that is not known yet. Raises Refused when it cannot be, or not by this person.
    """
    release = await tx.release(release_id)
    group = release.policy.postponed_by
    if not group:
        raise Refused(f"a {release.policy.kind} has no time that could be put off")
    if release.state not in _PUBLIC:
        raise Refused(
            f"release {release_id} is {release.state}, so nobody has read its time yet: hold it, change the times in "
            "announcement.toml and submit it again; publisher publish --at moves it inside its window"
        )
    member = await tx.person(person)
    approvers = {approval.person for approval in await tx.approvals(release.announcement_id)}
    if person not in approvers and (member is None or group not in member.groups):
        raise Refused(f"{person} is neither in {group} nor one of those who approved release {release_id}")
    if new_time is not None and new_time <= at:
        raise Refused(f"{new_time:%Y-%m-%d %H:%M} UTC has passed; name a time that is still to come, or --tba")
    words = f"to {new_time:%Y-%m-%d %H:%M} UTC" if new_time else "to a time that is to be announced"
    return await walk(tx, Walk(release_id, POSTPONED, at, person, f"{words}: {reason}", new_time), outlet, urgent=True)
