"""What each outcome of a channel means for a delivery: the one place where outcomes are told apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from publisher.channel import Delivered, Outcome, Receipt, Rejected, Retry, Unconfirmed
from publisher.delivery.retry import Expired, next_try
from publisher.delivery.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, spelled out."""

    state: DeliveryState
    """Of a delivery of one part, or of one message to one reader."""
    reason: str = ""
    receipt: Receipt | None = None
    rest: float = 0.0
    """Seconds the account must be left alone."""
    retry: Retry | None = None
    disable_target: bool = False


def verdict(outcome: Outcome) -> Verdict:
    """The meaning of an outcome."""
    state = state_after(outcome)
    match outcome:
        case Delivered(receipt, rest):
            return Verdict(state, "the network has it", receipt=receipt, rest=rest)
        case Retry(reason):
            return Verdict(state, reason, retry=outcome)
        case Rejected(reason, disable_target):
            return Verdict(state, reason, disable_target=disable_target)
        case Unconfirmed(reason):
            return Verdict(state, reason)
        case _:
            assert_never(outcome)


def state_after(outcome: Outcome) -> DeliveryState:
    """The state that follows from an outcome alone; a mailing asks for it for each of its readers, twice."""
    return _STATES[type(outcome)]


_STATES: Mapping[type[Outcome], DeliveryState] = {
    Delivered: DeliveryState.DELIVERED,
    Retry: DeliveryState.WAITING,
    Rejected: DeliveryState.REJECTED,
    Unconfirmed: DeliveryState.UNCONFIRMED,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was being sent: part `sent + 1` of `total`, for the `number`th time."""

    sent: int
    total: int
    number: int
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """The next state of a delivery."""

    state: DeliveryState
    run_at: datetime
    reason: str


def changes(told: Verdict, attempt: Attempt, now: datetime, *, look_at: datetime, jitter: float) -> Sequence[Change]:
    """The states that follow for a delivery, in order; `look_at` is when an unconfirmed one is looked at again."""
    if told.retry is not None:
        return _waits(told.retry, attempt, now, jitter)
    if told.state is DeliveryState.DELIVERED and attempt.sent + 1 < attempt.total:
        return [Change(DeliveryState.PARTIAL, now, f"part {attempt.sent + 1} of {attempt.total} is out")]
    run_at = look_at if told.state is DeliveryState.UNCONFIRMED else now
    return [Change(told.state, run_at, _told_at_part(told.reason, attempt))]


def _waits(retry: Retry, attempt: Attempt, now: datetime, jitter: float) -> Sequence[Change]:
    again = next_try(attempt.number, retry, now, attempt.deadline, jitter)
    if isinstance(again, Expired) and attempt.sent:
        return [Change(DeliveryState.REJECTED, now, _told_at_part(again.reason, attempt))]
    if isinstance(again, Expired):
        waiting = Change(DeliveryState.WAITING, now, retry.reason)
        return [waiting, Change(DeliveryState.EXPIRED, now, again.reason)]
    return [Change(DeliveryState.PARTIAL if attempt.sent else DeliveryState.WAITING, again, retry.reason)]


def _told_at_part(reason: str, attempt: Attempt) -> str:
    return reason if attempt.total <= 1 else f"part {attempt.sent + 1} of {attempt.total}: {reason}"
