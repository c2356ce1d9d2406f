"""What became of a mailing: numbers that add up, and the names behind those that matter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.delivery.states import DeliveryState, RecipientState
from publisher.mailing.transaction import Mailing, Missed, Transaction

D, R = DeliveryState, RecipientState

UNFINISHED = frozenset({R.QUEUED, R.SENDING, R.WAITING})
REACHED = frozenset({R.DELIVERED, R.UNCONFIRMED, R.BOUNCED, R.COMPLAINED})
PAGE = 1_000


class AccountingError(RuntimeError):
    """The states of a mailing's recipients do not add up to its audience: somebody would be lost silently."""


@dataclass(frozen=True, slots=True)
class Report:
    """How many recipients are in which state."""

    mailing: Mailing
    counts: Mapping[RecipientState, int]
    resends: int

    def check(self) -> None:
        """Raises AccountingError unless every member of the audience is in exactly one state that is an end."""
        if self.total != self.mailing.audience:
            raise AccountingError(
                f"mailing {self.mailing.id}: audience {self.mailing.audience}, recipients {self.total}"
            )
        if left := UNFINISHED & self.counts.keys():
            raise AccountingError(
                f"mailing {self.mailing.id}: all batches are done, but some are {', '.join(sorted(left))}"
            )

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def identity(self) -> str:
        """`482 = 480 delivered + 2 unconfirmed`: the audience, and every state that its members are in."""
        said = " + ".join(f"{count:,} {state}" for state, count in self.counts.items()) or "0"
        return f"{self.mailing.audience:,} {'=' if self.total == self.mailing.audience else '!='} {said}"

    @property
    def again(self) -> str:
        """`1 sent a second time`; empty for nobody."""
        return f"{self.resends:,} sent a second time" if self.resends else ""

    @property
    def left(self) -> int:
        """Those who are still to be sent to."""
        return sum(count for state, count in self.counts.items() if state in UNFINISHED)

    @property
    def missing(self) -> int:
        """Those who did not get it, or may not have, and will not by themselves."""
        there = UNFINISHED | {R.DELIVERED, R.COMPLAINED}
        return sum(count for state, count in self.counts.items() if state not in there)

    @property
    def sentence(self) -> str:
        """`480 delivered, 2 unconfirmed of 482; 1 sent a second time`. Delivered means: accepted by the relay."""
        said = ", ".join(f"{count} {state}" for state, count in self.counts.items()) or "nobody"
        again = f"; {self.again}" if self.again else ""
        without = f"; {left_out}" if (left_out := self.mailing.left_out.sentence) else ""
        return f"{said} of {self.mailing.audience}{again}{without}"

    @property
    def steps(self) -> Sequence[DeliveryState]:
        """How the delivery of a finished mailing ends, from `sending`.

        Delivered as soon as it may have reached anybody: what is missing is in the sentence and in the list.
        """
        if R.CANCELLED in self.counts:
            return (D.HELD, D.CANCELLED)
        if REACHED & self.counts.keys() or self.counts.keys() <= {R.SUPPRESSED}:
            return (D.DELIVERED,)
        return (D.WAITING, D.EXPIRED) if R.EXPIRED in self.counts else (D.REJECTED,)


async def report(tx: Transaction, mailing: Mailing) -> Report:
    """The report of a mailing as it is now."""
    return Report(mailing, await tx.count_recipients(mailing.id), await tx.count_resends(mailing.id))


async def who_missed_it(tx: Transaction, mailing_id: int) -> AsyncIterator[Missed]:
    """Everybody who did not get it, or may not have: page by page, so that a million fit."""
    last = 0
    while page := await tx.missed(mailing_id, last, PAGE):
        for _, missed in page:
            yield missed
        last = page[-1][0]
