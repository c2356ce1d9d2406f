"""Mends a mailing: those who did not get it are queued once more, inside the window in which it may go out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from publisher.delivery.states import DeliveryState, RecipientState
from publisher.mailing.addresses import address_key
from publisher.mailing.control import ENTITY, cancel_stop
from publisher.mailing.digest_run import LOST
from publisher.mailing.origin import origin_of
from publisher.mailing.report import PAGE
from publisher.mailing.transaction import Mailing, Transaction
from publisher.release.approval import Refused
from publisher.wall_time import in_utc

MENDABLE = frozenset({RecipientState.REJECTED, RecipientState.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Resent:
    """How many get it once more."""

    queued: int = 0
    suppressed: int = 0
    """Left alone: they unsubscribed meanwhile, or their address does not exist."""
    told: int = 0
    """Left alone: a later digest has told them what this one lists."""

    @property
    def sentence(self) -> str:
        counted = {
            "readers": self.queued,
            "left or do not exist": self.suppressed,
            "have it in a later digest": self.told,
        }
        return "; ".join(f"{what}: {count}" for what, count in counted.items() if count)


async def resend_missing(
    tx: Transaction, mailing_id: int, *, unconfirmed: bool = False, at: datetime, actor: str, reason: str
) -> Resent:
    """Queues whom the relay refused; with `unconfirmed` also those who may have it already, who may get it twice.

    Nobody who has it, left it or was cancelled is sent to again. Raises Refused, LookupError.
    """
    mailing = await _mendable(tx, mailing_id, at)
    states = MENDABLE if unconfirmed else MENDABLE - {RecipientState.UNCONFIRMED}
    if mailing.digest_run_id is not None:
        await tx.turn_of_digests()
    resent, last = Resent(), 0
    while page := await tx.missed(mailing_id, last, PAGE):
        wanted = {number: address_key(missed.address) for number, missed in page if missed.state in states}
        gone = await tx.suppressed_for(wanted.values(), mailing.mail_class)
        here = {number for number, key in wanted.items() if key not in gone}
        told = await _told_since(tx, mailing, {number for number, missed in page if missed.state in LOST} & here)
        queued = await tx.requeue(here - told, states)
        alone = len(wanted) - len(told) - queued
        resent = Resent(resent.queued + queued, resent.suppressed + alone, resent.told + len(told))
        last = page[-1][0]
    if not resent.queued:
        raise Refused(f"nobody of mailing {mailing_id} can be sent to again: {_why_nobody(resent, unconfirmed)}")
    await tx.reopen(mailing_id, at)
    await tx.add_transition(ENTITY, mailing_id, "over", "sending", at, actor, f"{reason} ({resent.queued} once more)")
    return resent


async def _told_since(tx: Transaction, mailing: Mailing, lost: Set[int]) -> Set[int]:
    """Whom a later digest has told what they lost; nobody of other mailings."""
    return lost - await tx.take_back_missed(lost) if mailing.digest_run_id is not None else frozenset()


async def _mendable(tx: Transaction, mailing_id: int, at: datetime) -> Mailing:
    mailing = await tx.lock_mailing(mailing_id)
    if mailing.finished_at is None:
        raise Refused(f"mailing {mailing_id} is still under way; repeat the command when it is over")
    origin = await origin_of(tx, mailing)
    if at >= origin.deadline:
        until = in_utc(origin.deadline, seconds=True)
        instead = (
            "publish a new revision instead" if origin.delivery else "whom it did not reach get it in their next one"
        )
        raise Refused(f"mailing {mailing_id} could go out until {until}; {instead}")
    over = origin.delivery is not None and origin.delivery.state is DeliveryState.CANCELLED
    if over or await tx.stops([cancel_stop(mailing_id)]):
        raise Refused(f"mailing {mailing_id} was cancelled; what was cancelled does not go out any more")
    return mailing


def _why_nobody(resent: Resent, unconfirmed: bool) -> str:
    if resent.told:
        return f"whoever did not get it ({resent.told}) has it in a later one"
    if resent.suppressed:
        return f"whoever did not get it ({resent.suppressed}) has unsubscribed, or their address does not exist"
    return "none was refused" + (" or is in doubt" if unconfirmed else "; see --unconfirmed for those in doubt")
