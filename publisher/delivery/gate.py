"""The last question before every send: may this go out, now? One gate, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Stop, Transaction, Verify
from publisher.release.states import ReleaseState
from publisher.wall_time import in_utc

KILL_SWITCH = "kill_switch"


def target_stop(destination: str) -> str:
    """The switch of one destination."""
    return f"target:{destination}"


def account_stop(account: str) -> str:
    """The switch of one account."""
    return f"account:{account}"


def hold_stop(release_id: int) -> str:
    """The switch of a release that is held after its publication has begun."""
    return f"release:{release_id}"


def cancel_stop(release_id: int) -> str:
    """The switch of a release that was cancelled after its publication has begun."""
    return f"cancelled:{release_id}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and the state that follows."""

    state: DeliveryState
    reason: str


async def gate(tx: Transaction, delivery: Delivery, now: datetime, verify: Verify) -> Refusal | None:
    """None when the delivery may be sent now; what must never go out is asked before what may go out later."""
    release = await tx.release(delivery.release_id)
    if refusal := await stopped(tx, delivery):
        return refusal
    if now >= delivery.deadline:
        return Refusal(DeliveryState.EXPIRED, f"its deadline, {in_utc(delivery.deadline, seconds=True)}, has passed")
    if release.state is not ReleaseState.PUBLISHING:
        return Refusal(DeliveryState.HELD, f"release {release.id} is {release.state}")
    reason = await verify(tx, delivery)
    return Refusal(DeliveryState.HELD, reason) if reason else None


async def stopped(tx: Transaction, delivery: Delivery) -> Refusal | None:
    """Whether a person, or the network, stopped everything, this release, this destination or this account.

    Also asked by a mailing before every group.
    """
    return await stopped_by(tx, switches(delivery))


async def stopped_by(tx: Transaction, switches: tuple[str, ...]) -> Refusal | None:
    """The same by their names; the first of `switches` cancels, the others hold."""
    cancelled, *held = switches
    set_now = {stop.name: stop for stop in await tx.stops([cancelled, *held])}
    if cancelled in set_now:
        return Refusal(DeliveryState.CANCELLED, _sentence(set_now[cancelled]))
    reasons = [_sentence(set_now[name]) for name in held if name in set_now]
    return Refusal(DeliveryState.HELD, "; ".join(reasons)) if reasons else None


def switches(delivery: Delivery) -> tuple[str, ...]:
    """Every switch that stops the delivery; the one that cancels it comes first."""
    return (
        cancel_stop(delivery.release_id),
        KILL_SWITCH,
        hold_stop(delivery.release_id),
        target_stop(delivery.destination),
        account_stop(delivery.account),
    )


def _sentence(stop: Stop) -> str:
    return f"{stop.name} stopped by {stop.actor}: {stop.reason}"
