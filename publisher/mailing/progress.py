"""How far a mailing is: what it does now, its numbers, its pace, and what of it needs a person."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from publisher.delivery import alarms as of_releases
from publisher.delivery.alarms import Alarm
from publisher.mailing import control
from publisher.mailing.origin import origin_of
from publisher.mailing.report import Report, report
from publisher.mailing.transaction import MailingLine, Transaction


class Standing(StrEnum):
    """What a mailing does now; that of its readers is in their rows."""

    SENDING = "sending"
    CANARY = "canary"
    """Only the first readers get it; the rest waits for a go."""
    PAUSED = "paused"
    HELD = "held"
    """All that it is part of is stopped."""
    CANCELLED = "cancelled"
    """Nobody gets it any more; it is over as soon as every row says so."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Progress:
    """A mailing at one moment."""

    line: MailingLine
    standing: Standing
    why: str
    report: Report

    @property
    def sentence(self) -> str:
        """What it does, and why it does not go on."""
        return _told(self.standing, self.why)


async def progress(tx: Transaction, line: MailingLine) -> Progress:
    """The mailing as it is now."""
    standing, why = await _standing(tx, line)
    return Progress(line, standing, why, await report(tx, line.mailing))


async def named(tx: Transaction, mailing_id: int) -> MailingLine:
    """Raises LookupError."""
    lines = await tx.mailing_lines(mailing_id)
    if not lines:
        raise LookupError(f"there is no mailing {mailing_id}; publisher mailing list shows all")
    return lines[0]


async def _standing(tx: Transaction, line: MailingLine) -> tuple[Standing, str]:
    mailing = line.mailing
    if mailing.finished_at is not None:
        return Standing.OVER, ""
    refusal = await control.stopped(tx, mailing, await origin_of(tx, mailing))
    if refusal is not None:
        if await tx.stops([control.cancel_stop(mailing.id)]):
            return Standing.CANCELLED, refusal.reason
        paused = await control.pause_of(tx, mailing.id)
        return (Standing.PAUSED if paused else Standing.HELD), refusal.reason
    if mailing.waits_for_go:
        first = f"the first {mailing.canary:,} of {mailing.audience:,} readers get it"
        return Standing.CANARY, f"{first}, the rest waits for: publisher mailing go {line.release_id}"
    return Standing.SENDING, ""


def _told(standing: Standing, why: str) -> str:
    # "paused: paused by erin" says it twice.
    return why if why.startswith(f"{standing} ") else f"{standing}: {why}" if why else str(standing)


async def alarms(tx: Transaction, now: datetime) -> Sequence[Alarm]:
    """Everything that needs a person now: of releases, and of the mailings that stand still."""
    found = [*await of_releases.alarms(tx, now)]
    for line in await tx.open_mailings():
        standing, why = await _standing(tx, line)
        if standing in (Standing.PAUSED, Standing.CANARY):
            found.append(Alarm(line.release_id, line.title, f"mailing {line.mailing.id} is {_told(standing, why)}"))
    return found


@dataclass
class Pace:
    """Readers a second over the last looks, and when the mailing would be over at that pace."""

    span: timedelta = timedelta(seconds=30)
    _looks: deque[tuple[datetime, int]] = field(default_factory=deque)

    def look(self, at: datetime, left: int) -> None:
        """Remembers how many were left at a moment; of moments before `span` only the last."""
        self._looks.append((at, left))
        while len(self._looks) > 2 and self._looks[1][0] <= at - self.span:
            self._looks.popleft()

    @property
    def rate(self) -> float | None:
        """Readers a second; None before there were two looks."""
        if len(self._looks) < 2:
            return None
        (since, before), (at, left) = self._looks[0], self._looks[-1]
        return max(0.0, (before - left) / max((at - since).total_seconds(), 0.001))

    @property
    def eta(self) -> datetime | None:
        """None when nothing moves."""
        at, left = self._looks[-1] if self._looks else (None, 0)
        return at + timedelta(seconds=left / self.rate) if at and self.rate else None
