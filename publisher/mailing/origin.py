"""What a mailing is of: the delivery of an edition, or a run of the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.delivery import gate
from publisher.delivery.engine.port import Lane
from publisher.delivery.transaction import Delivery
from publisher.mailing.digest_run import DigestRun
from publisher.mailing.transaction import Mailing, Transaction


@dataclass(frozen=True, slots=True)
class Origin:
    """What all messages of a mailing share."""

    account: str
    lane: Lane
    deadline: datetime
    switches: tuple[str, ...]
    """Every switch that stops it, beside the mailing's own; the one that cancels it comes first."""
    slots: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery | None = None
    """None for digests."""


def of_delivery(delivery: Delivery) -> Origin:
    switches = gate.switches(delivery)
    return Origin(delivery.account, delivery.lane, delivery.deadline, switches, delivery.slots, delivery)


def of_run(run: DigestRun) -> Origin:
    stops = (gate.target_stop(run.destination), gate.account_stop(run.account))
    switches = (f"digest_cancelled:{run.id}", gate.KILL_SWITCH, *stops)
    return Origin(run.account, Lane.BULK, run.deadline, switches)


async def origin_of(tx: Transaction, mailing: Mailing) -> Origin:
    if mailing.delivery_id is not None:
        return of_delivery(await tx.delivery(mailing.delivery_id))
    assert mailing.digest_run_id is not None
    return of_run(await tx.digest_run(mailing.digest_run_id))
