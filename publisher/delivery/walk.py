"""Walks a stage of a published release: the deliveries of its frozen editions, made by a person or by the clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from publisher.delivery.publish import Occasion, Outlet, chosen, make, slots_of
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Transaction, Walk
from publisher.delivery.transitions import move
from publisher.release import transitions
from publisher.release.approval import Refused
from publisher.release.release import FrozenEdition, Release
from publisher.release.states import ReleaseState

Place: TypeAlias = tuple[str, str]
"""Destination and locale."""

PUBLIC = frozenset({ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED})
_OVERTAKEN = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.HELD})
"""What has not been sent, and need not be any more once a later stage is walked."""
_FAILED = frozenset({DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of a walk."""

    deliveries: Sequence[int]
    busy: Sequence[Delivery]
    """Where an earlier delivery is still under way: these places were left out, until the walk is repeated."""


async def walk(
    tx: Transaction, stage: Walk, outlet: Outlet, *, urgent: bool = False, but: Collection[Place] = ()
) -> Walked:
    """Makes the deliveries of a stage; what is queued at the same places and says something older is cancelled.

    They may be sent for as long as the release's window is. Left alone are the places in `but`, and those that were
    told the very same, so that a repeat reaches only those that were busy. Raises Refused for a release that is not
    public, NotPublishable when the stage has no edition, Overtaken when somebody else changed the release first.
    """
    await tx.lock_release(stage.release_id)
    release = await tx.release(stage.release_id)
    if release.state not in PUBLIC:
        raise Refused(f"release {release.id} is {release.state}; only what is public has stages to walk")
    editions = [edition for edition in await chosen(tx, release, stage.stage) if _place(edition) not in but]
    editions = list(await _untold(tx, release, editions, stage, outlet))
    busy = await _made_way(tx, editions, stage)
    taken = {_place(delivery) for delivery in busy}
    free = [edition for edition in editions if _place(edition) not in taken]
    if not free:
        return Walked([], busy)
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
        _place(delivery): delivery.slots.get("postponed_to")
        for delivery in await tx.deliveries(release.id)
        if delivery.stage == stage.stage and delivery.state not in _FAILED
    }

    def is_told(edition: FrozenEdition) -> bool:
        now = slots_of(release, edition.locale, outlet, stage)["postponed_to"]
        return said.get(_place(edition)) == now

    return [edition for edition in editions if not is_told(edition)]


async def _made_way(tx: Transaction, editions: Sequence[FrozenEdition], stage: Walk) -> Sequence[Delivery]:
    """Cancels what waits at the places of the editions; what is under way there instead."""
    wanted = {_place(edition) for edition in editions}
    announcement_id = (await tx.release(stage.release_id)).announcement_id
    busy = []
    for found in await tx.open_deliveries(announcement_id):
        if _place(found) not in wanted:
            continue
        delivery = await tx.lock_delivery(found.id)
        if delivery.state in _OVERTAKEN:
            reason = f"overtaken by {stage.stage}"
            await move(tx, delivery, DeliveryState.CANCELLED, at=stage.at, actor=stage.actor, reason=reason)
        else:
            busy.append(delivery)
    return busy


def _place(what: Delivery | FrozenEdition) -> Place:
    return what.destination, what.locale
