"""When the last reader of a release will have its mail: known before people approve it, and looked at again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.channel import Finding, Place, Target
from publisher.mailing.audience import Asked
from publisher.mailing.meant import Spoken, meant
from publisher.mailing.pace import Pacing
from publisher.mailing.transaction import Transaction
from publisher.wall_time import in_utc

MEASURED = 5
"""The last mailings that the relay's rate is taken from."""
WORTH_MEASURING = 1_000
"""Readers of a mailing that says anything about a rate."""
TOO_LATE = "mailing.too_late"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long the mail of a release takes if it begins at `begins`."""

    readers: int
    begins: datetime
    ends_at: datetime
    because: str
    """What it is that makes it last so long; empty when nothing does that we know of."""

    @property
    def sentence(self) -> str:
        """`mail to 12,000 readers until about 2026-12-03 10:02 UTC: 100 a second as configured`."""
        why = f": {self.because}" if self.because else ""
        return f"mail to {self.readers:,} readers until about {in_utc(self.ends_at)}{why}"

    def check(self, starts: datetime | None) -> Sequence[Finding]:
        """An error when the last reader has it only after what it is about has begun, though the first did not."""
        if starts is None or self.begins >= starts or self.ends_at <= starts:
            return []
        message = f"{self.sentence}, and it is about {in_utc(starts)}"
        fix = "Publish earlier, narrow the audience, or raise what holds it up in publisher.toml (docs/mailings.md)."
        return [Finding(TOO_LATE, message, fix, place=Place("announcement.toml"))]


async def readers_of(
    tx: Transaction, asked: Asked, mails: Sequence[tuple[Spoken, Target]]
) -> Mapping[str, Mapping[str, int]]:
    """Account -> domain -> readers, of the editions of one stage; raises SegmentGone."""
    found: dict[str, Counter[str]] = {}
    for edition, target in mails:
        available = frozenset(e.locale for e, _ in mails if (e.destination, e.operation) == _place(edition))
        who = await meant(tx, asked, edition, available, target)
        found.setdefault(target.account, Counter()).update(await tx.reader_domains(who.readers))
    return found


def _place(edition: Spoken) -> tuple[str, str]:
    return edition.destination, edition.operation


async def forecast(
    tx: Transaction,
    readers: Mapping[str, Mapping[str, int]],
    begins: datetime,
    pacing: Pacing,
    configured: float | None,
    now: datetime,
) -> Forecast:
    """`configured`: messages a second that may be expected of the relay; what was measured may only be less."""
    total = sum(sum(domains.values()) for domains in readers.values())
    rate, source = slowest(configured, await measured_rate(tx))
    reasons = [(begins + timedelta(seconds=total / rate), f"{rate:,.0f} a second {source}")] if rate else []
    for account, domains in readers.items():
        await pacing.look(tx, account, now)
        why = f"rates of mailbox providers, or the warm-up plan, of account {account}"
        reasons.append((pacing.ends_at(account, domains, begins), why))
    ends_at, because = max(reasons, default=(begins, ""))
    return Forecast(total, begins, ends_at, because if ends_at > begins else "")


def slowest(configured: float | None, measured: float | None) -> tuple[float | None, str]:
    """The rate to count with, and where it comes from. Pure."""
    if measured is not None and (configured is None or measured < configured):
        return measured, "as the last mailings were"
    return configured, "as configured (mailing.rate)"


async def measured_rate(tx: Transaction) -> float | None:
    """Readers a second of the fastest of the last mailings: a pause, a canary's wait or a throttle says nothing about
    what the relay takes. None before there was one worth measuring.
    """
    lasted = await tx.lasted(MEASURED, WORTH_MEASURING)
    return max((readers / max(seconds, 0.001) for readers, seconds in lasted), default=None)
