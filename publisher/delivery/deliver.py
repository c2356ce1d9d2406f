"""Takes one delivery further: claim -> gate -> channel -> outcome -> record, one part at a time.

The claim (state `sending`, one attempt more) is committed before the network is called, the answer right after it. No
transaction is open meanwhile: a slow network must not hold the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

import structlog

from publisher.channel import Outcome, Rejected, Retry, SlotError, Unconfirmed
from publisher.delivery import catch_up, outcomes, recovery
from publisher.delivery.claim import Claim, claimed
from publisher.delivery.failure import place
from publisher.delivery.gate import Refusal, gate, target_stop
from publisher.delivery.outcomes import Verdict, verdict
from publisher.delivery.pacing import account_key, admit, pause, target_key
from publisher.delivery.states import DeliveryState, step
from publisher.delivery.transaction import Delivery, Stop, Transaction
from publisher.delivery.transitions import PUBLISHER, move
from publisher.delivery.worker import Worker

log = structlog.get_logger(__name__)

CLAIMABLE = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.PARTIAL})


async def deliver(worker: Worker, delivery_id: int) -> None:
    """Does whatever the delivery needs next; nothing when it needs nothing now or somebody else has it."""
    needs: Need | None = Need.SENDING
    while needs is Need.SENDING:
        needs = await _send_next(worker, delivery_id)
    if needs is Need.LOOK:
        await recovery.look(worker, delivery_id)
    elif needs is Need.RECOVERY:
        await recovery.after_crash(worker, delivery_id)


class Need(Enum):
    """What a delivery needs at once."""

    SENDING = auto()
    """Of its first part, or of a further one."""
    LOOK = auto()
    """Nobody can tell whether the network has it."""
    RECOVERY = auto()
    """Its worker died while it was being sent."""


async def _send_next(worker: Worker, delivery_id: int) -> Need | None:
    worker.trace("before_claim")
    async with worker.together() as tx:
        claim = await _claim(worker, tx, delivery_id)
    if not isinstance(claim, Claim):
        return claim
    worker.trace("after_claim")
    async with worker.keeps(claim.delivery):
        if worker.connections.fans_out(claim.delivery.channel):
            await _fan_out(worker, claim)
            return None
        outcome = await _send(worker, claim)
        more = outcome is not None and await _record(worker, claim, outcome)
    return Need.SENDING if more else None


# --- claim ------------------------------------------------------------------------------------------------


async def _claim(worker: Worker, tx: Transaction, delivery_id: int) -> Claim | Need | None:
    delivery = await tx.lock_delivery(delivery_id)
    if delivery.state is DeliveryState.UNCONFIRMED or delivery.crashed:
        return Need.RECOVERY if delivery.crashed else Need.LOOK
    now = worker.hour_of(delivery)
    if delivery.state not in CLAIMABLE or now is None:
        return None
    if refusal := await gate(tx, delivery, now, worker.verify):
        await _refuse(tx, delivery, refusal, now)
        return None
    if not await _turn(worker, tx, delivery, now):
        return None
    step(delivery.state, DeliveryState.SENDING)
    if not await tx.claim_delivery(delivery, worker.owner, worker.timing.lease, now):
        return None
    reason = f"attempt {delivery.attempts + 1} by {worker.owner}{await _catching_up(tx, delivery, now)}"
    await tx.add_transition("delivery", delivery_id, delivery.state, DeliveryState.SENDING, now, PUBLISHER, reason)
    return await claimed(tx, delivery_id)


async def _catching_up(tx: Transaction, delivery: Delivery, now: datetime) -> str:
    if not (late := await catch_up.seconds_late(tx, delivery, now)):
        return ""
    catch_up.alarm(delivery.release_id, 1, f"{delivery.name} is {late} s late")
    return f", catching up: {late} s late"


async def _turn(worker: Worker, tx: Transaction, delivery: Delivery, now: datetime) -> bool:
    if worker.connections.fans_out(delivery.channel):
        return True  # a mailing paces its own messages
    return await admit(tx, delivery, worker.connections.capabilities(delivery.channel), now)


async def _refuse(tx: Transaction, delivery: Delivery, refusal: Refusal, now: datetime) -> None:
    log.warning("not sent", action="refused", id=delivery.id, state=refusal.state.value, reason=refusal.reason)
    after = refusal.state
    if delivery.state is DeliveryState.PARTIAL:
        delivery = await move(tx, delivery, DeliveryState.SENDING, at=now, reason="goes on with the next part")
        after = after if after is DeliveryState.HELD else DeliveryState.REJECTED
    await move(tx, delivery, after, at=now, reason=refusal.reason)


# --- send -------------------------------------------------------------------------------------------------


async def _fan_out(worker: Worker, claim: Claim) -> None:
    delivery = claim.delivery
    await worker.until(delivery.run_at)
    worker.trace("before_fan_out")
    async with worker.begin() as tx:
        await tx.lock_delivery(delivery.id)
        if await tx.hand_over(delivery.id, delivery.fence):
            await worker.fan_out.start(tx, delivery.id)
    worker.trace("after_fan_out")


async def _send(worker: Worker, claim: Claim) -> Outcome | None:
    """The channel's answer; None when the lease was lost before anything was sent."""
    prepared = _prepare(worker, claim)
    if not isinstance(prepared, Prepared):
        return prepared
    worker.trace(f"before_send:{prepared.part}")
    if not await _is_ours_at_its_hour(worker, claim.delivery):
        # The process stood still for longer than its lease; whoever has the delivery now must not be sent over.
        log.warning("a lease was lost before sending", action="lease_lost", id=claim.delivery.id)
        return None
    outcome = await _answer(worker, prepared.call, claim.delivery)
    worker.trace(f"after_send:{prepared.part}")
    return outcome


async def _is_ours_at_its_hour(worker: Worker, delivery: Delivery) -> bool:
    """Waits for the hour of a delivery that was claimed ahead; whether the lease still counts then.

    Asked before the wait, because the first byte would have to wait for the answer, and again after a wait from which
    nobody woke for a while.
    """
    while True:
        early = delivery.run_at > worker.clock.now()
        async with worker.read() as tx:
            if not await tx.holds_lease(delivery.id, delivery.fence):
                return False
        late = await worker.until(delivery.run_at)
        if not early or late < worker.timing.lease.total_seconds() / 3:
            return True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call of the network, one step before it is made."""

    part: str
    call: Callable[[], Awaitable[Outcome]]


def _prepare(worker: Worker, claim: Claim) -> Prepared | Rejected | Retry:
    """Everything that can go wrong before the network is reached: then nothing was sent, for certain."""
    delivery, part = claim.delivery, claim.part
    if part is None:
        return Rejected("its stored payload has nothing to send; submit the announcement again")
    if claim.act != "publish" and not claim.there:
        return Rejected(f"nothing to {claim.act}: nothing of the announcement is published there")
    try:
        filled = claim.fill(part)
        channel = worker.connections.posting(delivery.account)
    except SlotError as error:
        return Rejected(f"cannot be sent as it is stored: {error}")
    except Exception as error:  # an SDK may fail in any way while it is imported
        return Retry(f"account {delivery.account} cannot be connected: {place(error)}")
    calls: dict[str, Callable[[], Awaitable[Outcome]]] = {
        "publish": lambda: channel.send(filled, claim.receipts),
        "amend": lambda: channel.amend(filled, claim.there),
        "retract": lambda: channel.retract(filled, claim.there),
    }
    return Prepared(part.name, calls[claim.act])


async def _answer(worker: Worker, call: Callable[[], Awaitable[Outcome]], delivery: Delivery) -> Outcome:
    try:
        async with asyncio.timeout(worker.timing.send_limit):
            return await call()
    except TimeoutError:
        return Unconfirmed(f"no answer within {worker.timing.send_limit:.0f} s")
    except Exception as error:
        # A channel must not raise. It did, so nobody knows how far it came.
        log.error("a channel raised", action="channel_raised", id=delivery.id, error=place(error))
        return Unconfirmed(f"channel {delivery.channel} failed: {place(error)}")


# --- record -----------------------------------------------------------------------------------------------


async def _record(worker: Worker, claim: Claim, outcome: Outcome) -> bool:
    """Stores the answer, again and again if need be: to lose it would make a clear case an unconfirmed one."""
    part = claim.part.name if claim.part else ""
    worker.trace(f"before_record:{part}")
    for wait in (*worker.timing.record_again, None):
        try:
            async with worker.together() as tx:
                more = await _write(worker, tx, claim, verdict(outcome))
            break
        except Exception as error:
            log.warning("an answer was not stored yet", action="not_stored", id=claim.delivery.id, error=place(error))
            if wait is None:
                raise
            await asyncio.sleep(wait)
    worker.trace(f"after_record:{part}")
    return more


async def _write(worker: Worker, tx: Transaction, claim: Claim, told: Verdict) -> bool:
    delivery, now = await tx.lock_delivery(claim.delivery.id), worker.clock.now()
    await _tell_others(tx, delivery, told, now)
    if delivery.fence != claim.delivery.fence or delivery.state is not DeliveryState.SENDING:
        return await _late(tx, claim, delivery, told, now)
    if told.receipt:
        await tx.save_receipt(delivery.id, len(claim.receipts), told.receipt, now, claim.act)
    look_at = worker.first_look(delivery, claim.act, now)
    for change in outcomes.changes(told, claim.attempt, now, look_at=look_at, jitter=worker.jitter()):
        delivery = await move(tx, delivery, change.state, at=now, reason=change.reason, run_at=change.run_at)
    if delivery.state in (DeliveryState.UNCONFIRMED, DeliveryState.REJECTED, DeliveryState.EXPIRED):
        log.warning("not delivered", action=delivery.state.value, id=delivery.id, reason=delivery.reason)
    return delivery.state is DeliveryState.PARTIAL and delivery.run_at <= now


async def _tell_others(tx: Transaction, delivery: Delivery, told: Verdict, now: datetime) -> None:
    """What the network said about the account or the target concerns every other delivery to it."""
    if told.disable_target:
        await tx.set_stop(Stop(target_stop(delivery.destination), now, PUBLISHER, told.reason))
    await pause(tx, account_key(delivery.account), told.rest, now)
    if told.retry is not None:
        account = told.retry.scope == "account"
        key = account_key(delivery.account) if account else target_key(delivery.destination)
        await pause(tx, key, told.retry.after, now)


async def _late(tx: Transaction, claim: Claim, delivery: Delivery, told: Verdict, now: datetime) -> bool:
    """The claim no longer counts. Proof that it was sent still does, where that was the open question."""
    seconds = (now - claim.delivery.updated_at).total_seconds()
    log.warning("an answer came too late", action="late_answer", id=delivery.id, state=delivery.state, after=seconds)
    doubtful = delivery.state is DeliveryState.UNCONFIRMED and delivery.fence == claim.delivery.fence
    if told.receipt and doubtful:
        await tx.save_receipt(delivery.id, len(claim.receipts), told.receipt, now, claim.act)
        [change] = outcomes.changes(told, claim.attempt, now, look_at=now, jitter=0)
        await move(tx, delivery, change.state, at=now, reason=f"answered after {seconds:.0f} s", run_at=now)
    return False
