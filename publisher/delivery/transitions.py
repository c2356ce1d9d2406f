"""The one way to change the state of a delivery, and what follows for the rest of its release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from publisher.delivery import digest_items
from publisher.delivery.states import OPEN, DeliveryState, step
from publisher.delivery.transaction import Delivery, Transaction
from publisher.release import transitions, waves
from publisher.release.release import Release
from publisher.release.states import ReleaseState
from publisher.release.transitions import Overtaken

PUBLISHER = "publisher"
"""The actor of what the program does by itself."""

_TELLING = (frozenset(DeliveryState) - OPEN) | {DeliveryState.UNCONFIRMED}
"""The states that may open a wave or end the release."""

_GOING_ON = frozenset({DeliveryState.QUEUED, DeliveryState.PARTIAL})
"""The states in which something is still to be sent."""


async def move(
    tx: Transaction,
    delivery: Delivery,
    after: DeliveryState,
    *,
    at: datetime,
    reason: str,
    actor: str = PUBLISHER,
    run_at: datetime | None = None,
    replaced: bool = False,
) -> Delivery:
    """The delivery in its new state, with a row of history; raises IllegalTransition or Overtaken.

    `delivery` was locked in this transaction. Opens the next waves and ends the release when that is what follows.
    `replaced`: another release takes its place, and not a stage of its own.
    """
    step(delivery.state, after)
    if not await tx.set_delivery_state(delivery, after, run_at=run_at or delivery.run_at, reason=reason, at=at):
        raise Overtaken(f"delivery {delivery.id} is no longer {delivery.state}")
    await tx.add_transition("delivery", delivery.id, delivery.state, after, at, actor, reason)
    if delivery.state is DeliveryState.UNCONFIRMED and after in _GOING_ON:
        await _reopen(tx, delivery.release_id, at=at, actor=actor, reason=reason)
    if after in _TELLING:
        await follow(tx, delivery.release_id, at=at, actor=actor, replaced=replaced)
    return replace(delivery, state=after, run_at=run_at or delivery.run_at, reason=reason, lease_owner=None)


async def end_mailing(
    tx: Transaction, delivery_id: int, at: datetime, summary: str, after: DeliveryState = DeliveryState.DELIVERED
) -> None:
    """What a mailing calls when none of its readers is left to be tried; `summary` says what became of them."""
    await move(tx, await tx.lock_delivery(delivery_id), after, at=at, reason=summary)


async def mend_mailing(tx: Transaction, delivery_id: int, at: datetime, summary: str, *, reached: bool) -> None:
    """What a mailing calls that ended once more, after a resend: a refused delivery that `reached` anybody is one."""
    delivery = await tx.lock_delivery(delivery_id)
    if delivery.state is DeliveryState.REJECTED and reached:
        await move(tx, delivery, DeliveryState.DELIVERED, at=at, reason=summary)
    else:
        await tx.move_delivery(delivery_id, delivery.run_at, summary)
        await tx.add_transition("delivery", delivery_id, delivery.state, delivery.state, at, PUBLISHER, summary)


async def follow(
    tx: Transaction, release_id: int, *, at: datetime, actor: str = PUBLISHER, replaced: bool = False
) -> None:
    """Opens the waves after the site once all of it is delivered; ends the release when all its deliveries have."""
    release, deliveries = await tx.release(release_id), await tx.deliveries(release_id)
    await digest_items.note(tx, release, deliveries, at)
    site = [delivery for delivery in deliveries if delivery.wave == waves.SITE]
    if site and _is_whole(site) and any(delivery.run_at > at for delivery in deliveries):
        await _open_waves(tx, release, confirmed=at)
    if deliveries and all(_ended(delivery) for delivery in deliveries):
        after = _end_of(deliveries, replaced=replaced)
        await _end(tx, release, after, at=at, actor=actor, reason=_count(deliveries))


async def _open_waves(tx: Transaction, release: Release, *, confirmed: datetime) -> None:
    published = release.published_at or confirmed
    for wave in (waves.POSTS, waves.MAIL):
        await tx.open_wave(release.id, wave, waves.opening(wave, confirmed, published, confirmed - published))


def _end_of(deliveries: Sequence[Delivery], *, replaced: bool) -> ReleaseState:
    if replaced and all(delivery.state is DeliveryState.OVERTAKEN for delivery in deliveries):
        return ReleaseState.VOID
    return ReleaseState.PUBLISHED if _is_whole(deliveries) else ReleaseState.PARTLY_PUBLISHED


async def _end(
    tx: Transaction, release: Release, after: ReleaseState, *, at: datetime, actor: str, reason: str
) -> None:
    if release.state in (ReleaseState.PUBLISHING, ReleaseState.PARTLY_PUBLISHED) and release.state is not after:
        await transitions.move(tx, release, after, at=at, actor=actor, reason=reason)


async def _reopen(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """A release that had ended with this delivery parked is publishing again."""
    release = await tx.release(release_id)
    if release.state is ReleaseState.PARTLY_PUBLISHED:
        await transitions.move(tx, release, ReleaseState.PUBLISHING, at=at, actor=actor, reason=reason)


def _is_whole(deliveries: Sequence[Delivery]) -> bool:
    """Nothing is lacking where a later stage said it: it is a delivery of its own."""
    return all(delivery.state in (DeliveryState.DELIVERED, DeliveryState.OVERTAKEN) for delivery in deliveries)


def _ended(delivery: Delivery) -> bool:
    return delivery.state not in OPEN or delivery.parked


def _count(deliveries: Sequence[Delivery]) -> str:
    delivered = sum(delivery.state is DeliveryState.DELIVERED for delivery in deliveries)
    others = sorted({f"{d.name} {d.state}" for d in deliveries if d.state is not DeliveryState.DELIVERED})
    return f"{delivered} of {len(deliveries)} delivered" + (f"; {', '.join(others)}" if others else "")
