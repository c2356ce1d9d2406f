"""Whose turn it is: the rates and rests of mailbox providers, and an account's warm-up plan.

A workspace has one worker process, and its rates are kept there; rests, and by how much a provider was slowed down, are
kept in the store, so that a restart remembers what a provider told us.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog

from publisher.delivery.pacing import Bucket
from publisher.delivery.retry import asked
from publisher.mailing.providers import Providers
from publisher.mailing.transaction import Recipient, Transaction
from publisher.mailing.warm_up import WarmUp, midnight

log = structlog.get_logger(__name__)

FIRST_REST, LONGEST_REST = 60.0, 1_800.0
"""Seconds for which a provider that throttles us gets nothing, doubling while it goes on."""
RECOVERY = timedelta(minutes=10)
"""How long a provider stays slowed down before it gets twice as much again."""
MOST_HALVINGS = 6
EVERYBODY = ""
"""Stands for all providers, when an account may send nothing more today."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def rest_key(account: str, provider: str = "") -> str:
    """The key of a provider's rest; without a provider, what those of an account begin with."""
    return f"provider:{account}:{provider}"


def slow_key(account: str, provider: str = "") -> str:
    """The key of the instant at which a provider that was slowed down is at its full rate again."""
    return f"slow:{account}:{provider}"


@dataclass(slots=True)
class Pace:
    """One provider, as one account sees it."""

    bucket: Bucket | None = None
    empty_at: datetime = LONG_AGO
    line: datetime = LONG_AGO
    """When everybody who was put off so far has had their turn."""
    rests_until: datetime = LONG_AGO
    recovered_at: datetime = LONG_AGO

    def admit(self, now: datetime) -> bool:
        """Takes the turn of one message, if it is now."""
        if self.rests_until > now:
            return False
        bucket = self._bucket(now)
        if bucket is None:
            return True
        if bucket.allowed_at(self.empty_at, now) > now:
            return False
        self.empty_at = bucket.after(self.empty_at, now)
        return True

    def back_at(self, readers: int, now: datetime) -> datetime:
        """When a batch comes back for so many. It keeps a place in the line: the next one comes back after it."""
        start = max(now, self.rests_until)
        bucket = self._bucket(start)
        if bucket is None:
            return start
        taken = max(self.empty_at - start, timedelta(0))
        bite = bucket.interval * min(readers, bucket.burst)
        self.line = max(self.line, start + taken - bucket.interval * bucket.burst, start) + bite
        return self.line

    def lasts(self, readers: int, now: datetime) -> timedelta:
        """How long so many messages take, at the rate of this moment."""
        bucket, rest = self._bucket(now), max(self.rests_until - now, timedelta(0))
        return rest + bucket.interval * readers if bucket else rest

    def _bucket(self, now: datetime) -> Bucket | None:
        if self.bucket is None or self.recovered_at <= now:
            return self.bucket
        share = 0.5 ** ((self.recovered_at - now) / RECOVERY)
        return Bucket(max(1, int(self.bucket.burst * share)), self.bucket.interval / share)


def _bucket(rate: float) -> Bucket:
    """`rate` messages per second in the long run, at most half a second's at once."""
    return Bucket(max(1, int(rate / 2)), timedelta(seconds=1 / rate))


class Pacing:
    """Says whom a batch may send to now. One per worker."""

    def __init__(self, providers: Providers | None = None, warm_ups: Mapping[str, WarmUp] | None = None) -> None:
        """`warm_ups`: account -> its plan."""
        self._providers = providers or Providers()
        self._warm_ups = warm_ups or {}
        self._paces: dict[tuple[str, str], Pace] = {}
        self._sent: dict[str, tuple[date, int]] = {}

    async def look(self, tx: Transaction, account: str, now: datetime) -> None:
        """Reads what the store knows of an account: who must be left alone, and how much it has sent today."""
        for key, until in (await tx.pauses(rest_key(account), now)).items():
            self._pace(account, key.removeprefix(rest_key(account))).rests_until = until
        for key, until in (await tx.pauses(slow_key(account), now)).items():
            self._pace(account, key.removeprefix(slow_key(account))).recovered_at = until
        if account in self._warm_ups and account not in self._sent:
            self._sent[account] = now.date(), await tx.tried_since(account, midnight(now))

    def take(
        self, account: str, queue: deque[Recipient], most: int, put_off: Counter[str], now: datetime, *, urgent: bool
    ) -> Sequence[Recipient]:
        """The next ones whose turn it is, off the queue; who is passed over is counted in `put_off`, by provider.

        A provider that is in `put_off` stays there: groups of the two or three who trickle in would cost as much as
        whole ones. Urgent mail counts towards a plan and is not held up by it.
        """
        left = None if urgent else self._left(account, now)
        taken: list[Recipient] = []
        while queue and len(taken) < most:
            reader = queue.popleft()
            provider = EVERYBODY if left == len(taken) else self._providers.of(reader.address)
            if provider == EVERYBODY or provider in put_off or not self._admit(account, provider, now):
                put_off[provider] += 1
            else:
                taken.append(reader)
        if account in self._warm_ups:
            self._sent[account] = now.date(), self._sent_today(account, now) + len(taken)
        return taken

    def not_put_off(self, readers: Iterable[Recipient], put_off: Counter[str]) -> deque[Recipient]:
        """Those who may still get their turn while the same batch is in hand."""
        if not put_off:
            return deque(readers)
        if EVERYBODY in put_off:
            return deque()
        return deque(each for each in readers if self._providers.of(each.address) not in put_off)

    def back_at(self, account: str, put_off: Counter[str], now: datetime) -> datetime | None:
        """When the batch comes back for those who were put off; None for nobody."""
        turns = [self._pace(account, name).back_at(count, now) for name, count in put_off.items() if name != EVERYBODY]
        if EVERYBODY in put_off:
            turns.append(midnight(now) + timedelta(days=1))
        return min(turns, default=None)

    async def throttled(
        self, tx: Transaction, account: str, providers: Mapping[str, float | None], now: datetime
    ) -> None:
        """Leaves providers alone and halves their rates; each with the seconds that it asked for, if it did.

        What is said while it rests was sent before: ten answers of one moment are one throttle.
        """
        kept = await tx.lock_pauses([key(account, name) for name in providers for key in (rest_key, slow_key)])
        for name, seconds in providers.items():
            pace = self._pace(account, name)
            pace.rests_until, pace.recovered_at = kept[rest_key(account, name)], kept[slow_key(account, name)]
            if pace.rests_until > now:
                continue
            slowed = max(pace.recovered_at - now, timedelta(0))
            rest = max(asked(seconds) or 0.0, min(FIRST_REST * 2.0 ** round(slowed / RECOVERY), LONGEST_REST))
            pace.rests_until = now + timedelta(seconds=rest)
            pace.recovered_at = pace.rests_until + min(slowed + RECOVERY, RECOVERY * MOST_HALVINGS)
            await tx.set_pause(rest_key(account, name), pace.rests_until)
            await tx.set_pause(slow_key(account, name), pace.recovered_at)
            log.warning("a provider rests", action="provider_rests", account=account, provider=name, seconds=rest)

    def provider_of(self, address: str) -> str:
        """The name under which an address is paced."""
        return self._providers.of(address)

    def ends_at(self, account: str, domains: Mapping[str, int], now: datetime) -> datetime:
        """When the last of a mailing's readers can have it: no relay, however fast, makes it sooner.

        `domains`: domain of the address -> readers.
        """
        readers = Counter[str]()
        for domain, count in domains.items():
            readers[self._providers.of(f"@{domain}")] += count
        paced = now + max(
            (self._pace(account, name).lasts(count, now) for name, count in readers.items()), default=now - now
        )
        plan = self._warm_ups.get(account)
        if plan is None:
            return paced
        last_day = plan.last_day(readers.total(), now.date(), self._sent_today(account, now))
        return max(paced, midnight(now) + (last_day - now.date()))

    # --- shared by the above

    def _admit(self, account: str, provider: str, now: datetime) -> bool:
        known = (account, provider) in self._paces or self._providers.rate(provider) is not None
        return not known or self._pace(account, provider).admit(now)

    def _pace(self, account: str, provider: str) -> Pace:
        pace = self._paces.get((account, provider))
        if pace is None:
            rate = self._providers.rate(provider)
            pace = self._paces[account, provider] = Pace(_bucket(rate) if rate else None)
        return pace

    def _left(self, account: str, now: datetime) -> int | None:
        """How many messages the plan still allows today; None without a plan, or after its end."""
        plan = self._warm_ups.get(account)
        allowed = plan.allowance(now.date()) if plan else None
        return None if allowed is None else max(allowed - self._sent_today(account, now), 0)

    def _sent_today(self, account: str, now: datetime) -> int:
        day, count = self._sent.get(account, (now.date(), 0))
        return count if day == now.date() else 0
