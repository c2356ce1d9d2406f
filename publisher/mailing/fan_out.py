"""Starts a mailing: freezes who gets it, in the transaction that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import structlog

from publisher.channel import Payload
from publisher.delivery import digest_items
from publisher.delivery import transaction as delivery
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery
from publisher.delivery.transitions import end_mailing
from publisher.mailing.audience import Asked
from publisher.mailing.canary import NONE, Canary
from publisher.mailing.drift import hold_for_drift
from publisher.mailing.meant import Meant, SegmentGone, meant
from publisher.mailing.transaction import NewMailing, Transaction
from publisher.release.release import Release
from publisher.rendering.edition import FOLLOW
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

BATCH = 500
"""Recipients that one worker holds at a time."""
DRIFT = 0.2


class MailingFanOut:
    """Implements `publisher.delivery.transaction.FanOut`."""

    def __init__(
        self, clock: Clock, *, batch_size: int = BATCH, drift: float = DRIFT, canary: Canary | None = None
    ) -> None:
        """`drift` is how far the number of readers may be from what was approved, 0.2 for a fifth; `canary` is for
        everything but urgent kinds.
        """
        self._drift = drift
        self._canary = canary or NONE
        self._clock = clock
        self._batch_size = batch_size

    async def start(self, tx: delivery.Transaction, delivery_id: int) -> int | None:
        """Freezes the readers, or holds the delivery when they are not those of whom people were told; ends it at once
        when there are none. Harmless to repeat.
        """
        # The store's transaction answers every step; delivery, which knows nothing of mailings, cannot say so.
        return await self._start(cast(Transaction, tx), delivery_id)

    async def _start(self, tx: Transaction, delivery_id: int) -> int | None:
        started = await tx.mailing_of(delivery_id)
        if started is not None:
            return started.id
        now, order = self._clock.now(), await tx.delivery(delivery_id)
        release = await tx.release(order.release_id)
        # Nobody waits for a go to learn what became of what they know: it went out by canary.
        at_once = release.policy.urgent or order.operation == FOLLOW
        new = await _new_mailing(tx, order, release, NONE if at_once else self._canary)
        target = Payload.from_json(new.payload).target
        try:
            found = await meant(tx, Asked.by(release), order, await _available(tx, order), target)
            found = replace(found, readers=replace(found.readers, walked_at=order.walked_at))
        except SegmentGone as gone:
            mailing_id = await tx.save_mailing(new, now)
            await tx.finish_mailing(mailing_id, now)
            await end_mailing(tx, delivery_id, now, str(gone), DeliveryState.REJECTED)
            return mailing_id
        if await hold_for_drift(tx, release, order, found.readers, self._drift, now):
            return None
        if found.readers.digested:
            # A digest that starts after this must list the correction, and one before it has its readers among these.
            await tx.turn_of_digests()
            await digest_items.tell(tx, release, order, now)
        mailing_id = await tx.save_mailing(new, now)
        freeze = tx.freeze_members if found.snapshot else tx.freeze_readers
        audience = await freeze(mailing_id, new, found.readers, self._batch_size)
        log.info("a mailing starts", action="mailing_started", id=mailing_id, delivery=delivery_id, audience=audience)
        if not audience:
            await tx.finish_mailing(mailing_id, now)
            left_out = (await tx.lock_mailing(mailing_id)).left_out.sentence
            reason = f"{_nobody(found, left_out)} in this language" + (f"; {left_out}" if left_out else "")
            await end_mailing(tx, delivery_id, now, reason, DeliveryState.DELIVERED)
        return mailing_id


async def _new_mailing(tx: Transaction, order: Delivery, release: Release, canary: Canary) -> NewMailing:
    edition = await tx.edition(order.edition_id)
    return NewMailing(
        delivery_id=order.id,
        mail_class=release.policy.mail_class,
        unconfirmed=release.policy.unconfirmed,
        resend_until=release.policy.resend_until,
        payload=edition.payload,
        sha256=edition.sha256,
        lane=order.lane,
        run_at=order.run_at,
        deadline=order.deadline,
        canary=canary,
    )


def _nobody(found: Meant, left_out: str) -> str:
    who = "nobody who may read it" if left_out else "nobody"
    if found.readers.only_earlier:
        wants = " and wants this" if found.readers.follow else ""
        return f"{who} got a mail of it that this could follow{wants}"
    return f"{who} of {found.snapshot.name} reads it" if found.snapshot else f"{who} subscribes to it"


async def _available(tx: Transaction, order: Delivery) -> frozenset[str]:
    """The languages that the destination gets of the release."""
    theirs = (order.destination, order.stage, order.operation)
    editions = await tx.editions(order.release_id)
    return frozenset(e.locale for e in editions if (e.destination, e.stage, e.operation) == theirs)
