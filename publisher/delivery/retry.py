"""When to try again. Pure, and by its types never asked about an `Unconfirmed`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.channel import Retry

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
"""Seconds; the wait doubles from one to the other while the network does not say how long to wait."""
LONGEST_OBEYED = 86_400.0
"""Seconds; a network that asks for more (10^9 was seen) means a day, the longest period of any documented limit."""


@dataclass(frozen=True, slots=True)
class Expired:
    """There is no next try."""

    reason: str


def next_try(attempt: int, outcome: Retry, now: datetime, deadline: datetime, jitter: float) -> datetime | Expired:
    """The instant of the next try, or Expired when it would not be before `deadline`.

    `attempt` counts from 1; `jitter` is in [0, 1) and only shortens our own waits, never one the network asked for.
    """
    wait = asked(outcome.after) or backoff(attempt, jitter)
    if now + timedelta(seconds=wait) >= deadline:
        return Expired(f"{outcome.reason}; the next try, in {wait:.0f} s, would be past the deadline")
    return now + timedelta(seconds=wait)


def asked(seconds: float | None) -> float | None:
    """How long the network asked us to wait, made sane; None when it did not say or what it said makes no sense.

    Less than a second is a second, so that a network that always says "now" cannot make us spin.
    """
    if seconds is None or math.isnan(seconds) or seconds <= 0:
        return None
    return min(max(seconds, 1.0), LONGEST_OBEYED)


def backoff(attempt: int, jitter: float) -> float:
    """Seconds: doubles with every attempt, half of it left to chance so that many waiters do not come back as one."""
    doubled = FIRST_WAIT * 2.0 ** min(max(attempt, 1) - 1, 30)
    return min(doubled, LONGEST_WAIT) * (0.5 + 0.5 * jitter)
