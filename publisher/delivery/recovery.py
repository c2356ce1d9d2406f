"""What happens to a delivery when its worker died, or when nobody can tell whether the network has it.

Only what has the effect of one when done twice is simply done again. Everything else becomes `unconfirmed`, is read
back where the network allows, and waits for a person where it does not: a public post is never repeated blindly.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

import structlog

from publisher.channel import Absent, Delivered, SlotError, Unknown
from publisher.delivery.claim import Claim, claimed, held
from publisher.delivery.failure import place
from publisher.delivery.outcomes import changes, verdict
from publisher.delivery.retry import backoff
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import NEVER, Delivery, Transaction
from publisher.delivery.transitions import follow, move
from publisher.delivery.worker import Worker

log = structlog.get_logger(__name__)

Answer: TypeAlias = Delivered | Absent | Unknown

RECOVERY = "recovery"
"""The actor of what follows a crash; its rows in the history count the crashes."""
CRASHES = 3
"""A delivery that was being sent when so many workers died is not tried again without a person."""


async def after_crash(worker: Worker, delivery_id: int) -> None:
    """Takes a delivery from a dead worker; nothing when its lease still counts."""
    async with worker.begin() as tx:
        delivery, now = await tx.lock_delivery(delivery_id), worker.clock.now()
        if not delivery.crashed:
            return
        crashes = 1 + await tx.transitions_by(delivery_id, RECOVERY)
        claim = await held(tx, delivery)
        if worker.repeatable(delivery, claim.act):
            await _repeat(worker, tx, delivery, crashes, now)
        else:
            await _doubt(worker, tx, claim, crashes, now)


async def _repeat(worker: Worker, tx: Transaction, delivery: Delivery, crashes: int, now: datetime) -> None:
    if crashes >= CRASHES:
        reason = f"{crashes} workers died while sending it; resume the release when the cause is found"
        log.error("a delivery is quarantined", action="quarantined", id=delivery.id, crashes=crashes)
        await move(tx, delivery, DeliveryState.HELD, at=now, actor=RECOVERY, reason=reason)
        return
    # The delivery that kills its worker must not take the same innocent neighbours with it every time.
    wait = backoff(crashes - 1, worker.jitter()) if crashes > 1 else 0.0
    run_at = now + timedelta(seconds=wait)
    reason = f"its worker died (time {crashes}); a repeat has the effect of one"
    await move(tx, delivery, DeliveryState.QUEUED, at=now, actor=RECOVERY, reason=reason, run_at=run_at)


async def _doubt(worker: Worker, tx: Transaction, claim: Claim, crashes: int, now: datetime) -> None:
    delivery = claim.delivery
    look_at = NEVER if crashes >= CRASHES else worker.first_look(delivery, claim.act, now)
    reason = f"its worker ({delivery.lease_owner}) died while sending; nobody can tell whether the network has it"
    log.warning("unconfirmed after a crash", action="unconfirmed", id=delivery.id, looked_at_again=look_at < NEVER)
    await move(tx, delivery, DeliveryState.UNCONFIRMED, at=now, actor=RECOVERY, reason=reason, run_at=look_at)


async def look(worker: Worker, delivery_id: int) -> None:
    """Takes an unconfirmed delivery further: repeats it where that is harmless, reads it back, or parks it."""
    async with worker.begin() as tx:
        claim = await _doubtful(worker, tx, delivery_id)
    if claim is None:
        return
    worker.trace("before_probe")
    answer = await _probe(worker, claim)
    worker.trace("after_probe")
    async with worker.begin() as tx:
        await _believe(worker, tx, claim, answer)


async def _doubtful(worker: Worker, tx: Transaction, delivery_id: int) -> Claim | None:
    """The delivery to be read back now; its next look is set before, so that a deadly one is not repeated for ever."""
    delivery, now = await tx.lock_delivery(delivery_id), worker.clock.now()
    if delivery.state is not DeliveryState.UNCONFIRMED or delivery.run_at > now:
        return None
    if worker.repeatable(delivery, (await held(tx, delivery)).act):
        reason = "tried again: a repeat has the effect of one"
        await move(tx, delivery, DeliveryState.QUEUED, at=now, reason=reason, run_at=now)
        return None
    following = worker.probing.next(delivery.updated_at, now)
    if following is None:
        await _park(tx, delivery, now, delivery.reason)
        return None
    await tx.move_delivery(delivery_id, following)
    return await claimed(tx, delivery_id)


async def _probe(worker: Worker, claim: Claim) -> Answer:
    delivery, part = claim.delivery, claim.part
    if part is None:
        return Unknown("its stored payload cannot be read")
    try:
        async with asyncio.timeout(worker.timing.send_limit):
            channel = worker.connections.posting(delivery.account)
            return await channel.probe(claim.fill(part), delivery.first_tried_at or delivery.updated_at)
    except TimeoutError:
        return Unknown(f"no answer within {worker.timing.send_limit:.0f} s")
    except SlotError as error:
        return Unknown(str(error))
    except Exception as error:  # a channel must not raise; the doubt stays what it was
        log.error("a channel raised", action="channel_raised", id=delivery.id, error=place(error))
        return Unknown(f"channel {delivery.channel} failed: {place(error)}")


async def _believe(worker: Worker, tx: Transaction, claim: Claim, answer: Answer) -> None:
    delivery, now = await tx.lock_delivery(claim.delivery.id), worker.clock.now()
    if delivery.state is not DeliveryState.UNCONFIRMED or delivery.fence != claim.delivery.fence:
        return
    match answer:
        case Delivered(receipt):
            await tx.save_receipt(delivery.id, len(claim.receipts), receipt, now, claim.act)
            [change] = changes(verdict(answer), claim.attempt, now, look_at=now, jitter=0)
            await move(tx, delivery, change.state, at=now, reason="read back: it is there", run_at=now)
        case Absent():
            await _absent(worker, tx, delivery, now)
        case Unknown(reason):
            await tx.move_delivery(delivery.id, delivery.run_at, f"cannot be read back: {reason}")
        case _:
            assert_never(answer)


async def _absent(worker: Worker, tx: Transaction, delivery: Delivery, now: datetime) -> None:
    if not worker.probing.believes_absent(delivery.updated_at, now):
        return
    if delivery.resends >= worker.probing.resends:
        await _park(tx, delivery, now, f"not there after {delivery.resends + 1} tries")
        return
    await tx.count_resend(delivery.id)
    await move(tx, delivery, DeliveryState.QUEUED, at=now, reason="read back: it is not there", run_at=now)


async def _park(tx: Transaction, delivery: Delivery, now: datetime, reason: str) -> None:
    log.warning("unconfirmed; a person must look", action="parked", id=delivery.id, reason=reason)
    await tx.move_delivery(delivery.id, NEVER, reason)
    await follow(tx, delivery.release_id, at=now)
