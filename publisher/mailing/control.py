"""A mailing in people's hands: pause, resume, cancel, and the go after its first readers. Each is a row of history.

A pause and a cancellation are switches that the worker reads in the transaction that marks a group: after it nothing
goes out but what was handed over before. The batches are put off until their deadline meanwhile, so that a mailing that
stands costs nothing; whoever lets it go on wakes them. Batches come before the mailing, see `mailing.transaction`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from publisher.delivery import gate
from publisher.delivery.gate import Refusal
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.delivery.transaction import Stop
from publisher.delivery.transitions import PUBLISHER
from publisher.mailing.canary import Canary
from publisher.mailing.origin import Origin
from publisher.mailing.refusals import Limit
from publisher.mailing.transaction import Mailing, MailingLine, Transaction
from publisher.release.approval import Refused
from publisher.wall_time import in_utc

log = structlog.get_logger(__name__)

ENTITY = "mailing"
"""Whose history the acts are."""
SENDING, PAUSED, CANCELLED, CANARY = "sending", "paused", "cancelled", "canary"


def pause_stop(mailing_id: int) -> str:
    """The switch of a mailing that is paused."""
    return f"mailing:{mailing_id}"


def cancel_stop(mailing_id: int) -> str:
    """The switch of a mailing that is cancelled."""
    return f"mailing_cancelled:{mailing_id}"


def switches(mailing: Mailing, origin: Origin) -> Collection[str]:
    """Every switch that stops the mailing."""
    return (*origin.switches, pause_stop(mailing.id), cancel_stop(mailing.id))


async def stopped(tx: Transaction, mailing: Mailing, origin: Origin) -> Refusal | None:
    """Whether the mailing, or all that it is part of, is stopped; what cancels it comes first."""
    if not await tx.stops(switches(mailing, origin)):
        return None
    if cancelled := await tx.stops([cancel_stop(mailing.id)]):
        return Refusal(DeliveryState.CANCELLED, _sentence("cancelled", cancelled[0]))
    refusal = await gate.stopped_by(tx, origin.switches)
    paused = await pause_of(tx, mailing.id)
    return refusal or (Refusal(DeliveryState.HELD, _sentence("paused", paused)) if paused else None)


async def pause_of(tx: Transaction, mailing_id: int) -> Stop | None:
    """Who paused the mailing, since when and why; None when nobody did."""
    found = await tx.stops([pause_stop(mailing_id)])
    return found[0] if found else None


async def pause(tx: Transaction, mailing_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """Nothing more goes out but the groups in flight, until `resume`; raises Refused, LookupError."""
    await tx.put_off_batches(mailing_id)
    await _going(tx, mailing_id)
    if before := await pause_of(tx, mailing_id):
        raise Refused(f"mailing {mailing_id} is paused already, by {before.actor}: {before.reason}")
    await tx.set_stop(Stop(pause_stop(mailing_id), at, actor, reason))
    await tx.add_transition(ENTITY, mailing_id, SENDING, PAUSED, at, actor, reason)


async def resume(tx: Transaction, mailing_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """The mailing goes on, but not past its canary; raises Refused, LookupError."""
    waits = (await tx.mailing(mailing_id)).waits_for_go
    await tx.wake_batches(mailing_id, at, first_only=waits)
    await _going(tx, mailing_id)
    if not await tx.clear_stop(pause_stop(mailing_id)):
        raise Refused(f"mailing {mailing_id} is not paused")
    await tx.add_transition(ENTITY, mailing_id, PAUSED, SENDING, at, actor, reason)


async def cancel(tx: Transaction, mailing_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """Nothing more of the mailing ever goes out; what is out stays out. Raises Refused, LookupError."""
    await tx.wake_batches(mailing_id, at)
    await _going(tx, mailing_id)
    await tx.set_stop(Stop(cancel_stop(mailing_id), at, actor, reason))
    await tx.add_transition(ENTITY, mailing_id, SENDING, CANCELLED, at, actor, reason)


async def go(tx: Transaction, mailing_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """Everybody after the canary may get it too; raises Refused, LookupError."""
    await _let_go(tx, mailing_id, at, at=at, actor=actor, reason=reason)


async def go_all(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> Sequence[MailingLine]:
    """The same for every mailing of a release that waits for it; which they are."""
    lines = await tx.mailing_lines(release_id=release_id)
    waiting = [line for line in lines if line.mailing.waits_for_go and line.mailing.finished_at is None]
    for line in waiting:
        await go(tx, line.mailing.id, at=at, actor=actor, reason=reason)
    return waiting


async def after_canary(tx: Transaction, mailing: Mailing, canary: Canary, limit: Limit, at: datetime) -> None:
    """The first readers have been sent to, though some may wait for a second try: the rest follows, or an alarm does.

    Nothing when somebody said go already.
    """
    if not mailing.waits_for_go or not (await tx.mailing(mailing.id)).waits_for_go:
        return
    counts = await tx.count_recipients(mailing.id)
    refused = counts.get(RecipientState.REJECTED, 0)
    if canary.wait is None or limit.exceeded(refused, refused + counts.get(RecipientState.DELIVERED, 0)):
        log.warning("the first readers have it, the rest waits for a go", action="canary_over", id=mailing.id)
        return
    run_at = at + canary.wait
    reason = f"the first readers have it; the rest follows at {in_utc(run_at, seconds=True)}"
    await _let_go(tx, mailing.id, run_at, at=at, actor=PUBLISHER, reason=reason)


async def hold(tx: Transaction, mailing_id: int, *, at: datetime, reason: str) -> None:
    """A pause by the program itself, with an alarm; nothing when the mailing is paused."""
    if await pause_of(tx, mailing_id) is None:
        await tx.set_stop(Stop(pause_stop(mailing_id), at, PUBLISHER, reason))
        await tx.add_transition(ENTITY, mailing_id, SENDING, PAUSED, at, PUBLISHER, reason)
        log.error("a mailing is paused: too many are refused", action="mailing_held", id=mailing_id, reason=reason)


async def _let_go(tx: Transaction, mailing_id: int, run_at: datetime, *, at: datetime, actor: str, reason: str) -> None:
    paused = await pause_of(tx, mailing_id)
    if paused is None:
        await tx.wake_batches(mailing_id, run_at)
    mailing = await _going(tx, mailing_id)
    if not mailing.waits_for_go:
        raise Refused(f"mailing {mailing_id} waits for no go: it had no canary, or has gone on already")
    await tx.set_go(mailing_id, at)
    await tx.add_transition(ENTITY, mailing_id, CANARY, SENDING, at, actor, reason)


async def _going(tx: Transaction, mailing_id: int) -> Mailing:
    mailing = await tx.lock_mailing(mailing_id)
    if mailing.finished_at is not None:
        raise Refused(f"mailing {mailing_id} ended at {in_utc(mailing.finished_at, seconds=True)}")
    if cancelled := await tx.stops([cancel_stop(mailing_id)]):
        raise Refused(f"mailing {mailing_id} is being cancelled, by {cancelled[0].actor}: {cancelled[0].reason}")
    return mailing


def _sentence(what: str, stop: Stop) -> str:
    return f"{what} by {stop.actor}: {stop.reason}"
