"""What each outcome of a channel means for a recipient. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from publisher.channel import Delivered, Outcome, Retry
from publisher.delivery.outcomes import verdict
from publisher.delivery.retry import Expired, asked, backoff, next_try
from publisher.delivery.states import RecipientState
from publisher.mailing.transaction import Recipient, Result

FIRST_WAIT, LONGEST_WAIT = 60.0, 1_800.0
"""Seconds until a message that the relay put off is offered again, doubling: greylisting wants minutes, and RFC 5321
section 4.5.4.1 half an hour."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the channel said about one recipient."""

    recipient: Recipient
    outcome: Outcome

    @property
    def account_rest(self) -> float | None:
        """Seconds for which the whole account must be left alone; None when this says nothing about it."""
        if isinstance(self.outcome, Retry) and self.outcome.scope == "account":
            return asked(self.outcome.after) or backoff(self.recipient.attempts + 1, 1.0)
        return None

    @property
    def is_throttle(self) -> bool:
        """Whether it concerns everybody with the same mailbox provider."""
        return isinstance(self.outcome, Retry) and self.outcome.scope == "domain"

    @property
    def asked(self) -> float | None:
        """Seconds for which the other side asked to be left alone."""
        return self.outcome.after if isinstance(self.outcome, Retry) else None

    @property
    def is_dead_address(self) -> bool:
        return verdict(self.outcome).disable_target


def result(answer: Answer, now: datetime, deadline: datetime, jitter: float) -> Result:
    """The recipient's next state; one that cannot be tried again in time waits for its deadline, where it expires."""
    if isinstance(answer.outcome, Delivered):
        return Result(answer.recipient.id, RecipientState.DELIVERED)
    told = verdict(answer.outcome)
    if told.retry is None:
        return Result(answer.recipient.id, RecipientState(told.state), told.reason)
    again = next_try(answer.recipient.attempts + 1, _patient(answer, told.retry), now, deadline, jitter)
    run_at = deadline if isinstance(again, Expired) else again
    return Result(answer.recipient.id, RecipientState.WAITING, told.reason, run_at)


def _patient(answer: Answer, retry: Retry) -> Retry:
    rest = FIRST_WAIT if answer.is_throttle else answer.account_rest
    if rest is None:
        rest = asked(retry.after) or min(FIRST_WAIT * 2.0 ** min(answer.recipient.attempts, 10), LONGEST_WAIT)
    return replace(retry, after=rest)
