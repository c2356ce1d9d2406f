"""How fast an account and a target may be sent to: the network's stated rates, and what it told us meanwhile.

Decided in the transaction that claims a delivery, so that nobody waits while holding a lease and a wait of one target
delays no other. Everything is kept in the store: a restart forgets neither a pause nor a burst.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.channel import Capabilities, Rate
from publisher.delivery.retry import asked
from publisher.delivery.transaction import Delivery, Transaction


def account_key(account: str) -> str:
    """The key of an account's pause."""
    return f"account:{account}"


def target_key(destination: str) -> str:
    """The key of a target's pause."""
    return f"target:{destination}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate as a bucket: `burst` sends at once, then one every `interval`.

    Chosen so that no `rate.seconds` long stretch of time holds more than `rate.count` sends, whatever came before:
    a full burst and what trickles in during the stretch together are `count`.
    """

    burst: int
    interval: timedelta

    @classmethod
    def of(cls, rate: Rate) -> Bucket:
        burst = max(1, rate.count // 2)
        seconds = rate.seconds / (rate.count - burst + 1)
        return cls(burst, timedelta(microseconds=math.ceil(seconds * 1_000_000)))

    def allowed_at(self, empty_at: datetime, now: datetime) -> datetime:
        """The earliest instant of the next send; `empty_at` is what `after` returned last, long ago for the first."""
        return max(now, self._believed(empty_at, now) - self.interval * (self.burst - 1))

    def after(self, empty_at: datetime, now: datetime) -> datetime:
        """When the bucket will be empty again after one more send at `now`."""
        return max(now, self._believed(empty_at, now)) + self.interval

    def _believed(self, empty_at: datetime, now: datetime) -> datetime:
        # More than a full bucket can only mean that the wall clock was set back meanwhile.
        return min(empty_at, now + self.interval * self.burst)


async def admit(tx: Transaction, delivery: Delivery, capabilities: Capabilities, now: datetime) -> bool:
    """Takes the next turn of the account and of the target; when it is not now, False, and nobody polls until it is."""
    pauses = (account_key(delivery.account), target_key(delivery.destination))
    buckets = _buckets(delivery, capabilities)
    kept = await tx.lock_pauses({*pauses, *(_rate_key(key) for key in buckets)})
    if any(kept[key] > now for key in pauses):
        return False
    turns = {key: bucket.allowed_at(kept[_rate_key(key)], now) for key, bucket in buckets.items()}
    late = {key: turn for key, turn in turns.items() if turn > now}
    for key, turn in late.items():
        await tx.set_pause(key, turn)
    if late:
        return False
    for key, bucket in buckets.items():
        await tx.set_pause(_rate_key(key), bucket.after(kept[_rate_key(key)], now))
    return True


async def pause(tx: Transaction, key: str, seconds: float | None, now: datetime) -> None:
    """Leaves an account or a target alone for as long as the network asked; never shortens an earlier pause."""
    wait = asked(seconds)
    if wait is None:
        return
    until = now + timedelta(seconds=wait)
    if (await tx.lock_pauses({key}))[key] < until:
        await tx.set_pause(key, until)


def _buckets(delivery: Delivery, capabilities: Capabilities) -> Mapping[str, Bucket]:
    rates = {
        account_key(delivery.account): capabilities.account_rate,
        target_key(delivery.destination): capabilities.target_rate,
    }
    return {key: Bucket.of(rate) for key, rate in rates.items() if rate is not None}


def _rate_key(key: str) -> str:
    return f"rate:{key}"
