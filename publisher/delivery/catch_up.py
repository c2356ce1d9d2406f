"""After the first public byte there is no way back: what is left of a release catches up, and somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Transaction

log = structlog.get_logger(__name__)

LATE = timedelta(seconds=60)
"""A first try that comes this long after its wave has opened catches up."""

_PERHAPS_PUBLIC = frozenset(
    {DeliveryState.SENDING, DeliveryState.PARTIAL, DeliveryState.DELIVERED, DeliveryState.UNCONFIRMED}
)


async def first_public(tx: Transaction, release_id: int) -> Delivery | None:
    """A delivery of the release that readers may have seen something of; None while nobody can know of it."""
    for delivery in await tx.deliveries(release_id):
        if delivery.state in _PERHAPS_PUBLIC or await tx.receipts(delivery.id):
            return delivery
    return None


async def seconds_late(tx: Transaction, delivery: Delivery, now: datetime) -> int:
    """By how many seconds a first try catches up with a release that is public already; 0 for what is on time."""
    late = now - delivery.run_at
    if delivery.attempts or late < LATE or await first_public(tx, delivery.release_id) is None:
        return 0
    return int(late.total_seconds())


def alarm(release_id: int, deliveries: int, reason: str) -> None:
    """Tells whoever is on duty."""
    log.critical("catching up", action="catching_up", release=release_id, deliveries=deliveries, reason=reason)
