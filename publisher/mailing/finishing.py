"""Ends a mailing whose batches are all done."""

from __future__ import annotations

from datetime import datetime

import structlog

from publisher.delivery.states import DeliveryState
from publisher.delivery.transitions import end_mailing, mend_mailing
from publisher.mailing.digest_run import LOST
from publisher.mailing.report import REACHED, report
from publisher.mailing.transaction import Mailing, Transaction

log = structlog.get_logger(__name__)


async def finish(tx: Transaction, mailing: Mailing, now: datetime) -> None:
    """Says what came of it. Raises AccountingError, and with it undoes the end, when the numbers do not add up."""
    told = await report(tx, mailing)
    told.check()
    if not await tx.finish_mailing(mailing.id, now):
        return
    log.info("a mailing is over", action="mailing_finished", id=mailing.id, summary=told.sentence)
    if mailing.delivery_id is None:
        if not LOST.isdisjoint(told.counts):
            await tx.turn_of_digests()
            await tx.note_missed_digests(mailing.id)
        return
    if (await tx.delivery(mailing.delivery_id)).state is not DeliveryState.SENDING:
        reached = not REACHED.isdisjoint(told.counts)
        await mend_mailing(tx, mailing.delivery_id, now, told.sentence, reached=reached)
        return
    for state in told.steps:
        await end_mailing(tx, mailing.delivery_id, now, told.sentence, state)
