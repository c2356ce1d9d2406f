"""A person decides what became of an unconfirmed delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from publisher.channel import Receipt
from publisher.delivery.claim import Claim, claimed
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Transaction
from publisher.delivery.transitions import move
from publisher.release.approval import Refused
from publisher.wall_time import in_utc


class Resolution(StrEnum):
    """What the person found or wants."""

    DELIVERED = "delivered"
    """It is there."""
    RESEND = "resend"
    """It is not there, or a second copy does no harm: send it again."""
    LEAVE = "leave"
    """It is not there and need not be."""


async def resolve(
    tx: Transaction,
    delivery_id: int,
    resolution: Resolution,
    *,
    at: datetime,
    actor: str,
    reason: str,
    ids: Sequence[str] = (),
) -> None:
    """Ends the doubt; raises Refused when there is none, or when the act needs more.

    `ids`: the network's ids of what the person found; a thread cannot go on, and a post not be corrected, without.
    """
    await tx.lock_delivery(delivery_id)
    claim = await claimed(tx, delivery_id)
    if claim.delivery.state is not DeliveryState.UNCONFIRMED:
        raise Refused(f"delivery {delivery_id} is {claim.delivery.state}, not unconfirmed")
    match resolution:
        case Resolution.DELIVERED:
            after = await _found(tx, claim, ids, at)
        case Resolution.RESEND:
            after = await _again(tx, claim, at)
        case Resolution.LEAVE:
            after = DeliveryState.REJECTED
    await move(tx, claim.delivery, after, at=at, actor=actor, reason=reason, run_at=at)


async def _found(tx: Transaction, claim: Claim, ids: Sequence[str], at: datetime) -> DeliveryState:
    part, sent = claim.part, len(claim.receipts)
    rest = len(claim.parts) - sent - 1
    if part is None or (rest > 0 and not ids):
        raise Refused(f"name the id of part {sent + 1}: the {rest} parts after it refer to it")
    await tx.save_receipt(claim.delivery.id, sent, Receipt(part.name, tuple(ids)), at, claim.act)
    return DeliveryState.PARTIAL if rest > 0 else DeliveryState.DELIVERED


async def _again(tx: Transaction, claim: Claim, at: datetime) -> DeliveryState:
    delivery = claim.delivery
    if at >= delivery.deadline:
        raise Refused(f"its deadline, {in_utc(delivery.deadline)}, has passed; leave it, or submit anew")
    await tx.count_resend(delivery.id)
    return DeliveryState.QUEUED
