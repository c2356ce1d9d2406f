"""The book of a mailing: who is about to be sent to, and what came of it, in one transaction per group.

The intent (`sending`, one attempt more) is committed before a group is handed to the relay, its results together with
the intent of the next. Whoever is `sending` without a worker may or may not have got the mail.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from publisher.channel import Payload
from publisher.content.kinds.kind import MailClass, Unconfirmed
from publisher.delivery.gate import Refusal, stopped
from publisher.delivery.pacing import account_key, pause
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.delivery.transaction import Delivery
from publisher.delivery.transitions import end_mailing
from publisher.mailing.addresses import address_key
from publisher.mailing.report import report
from publisher.mailing.results import Answer, result
from publisher.mailing.transaction import Batch, Recipient, Transaction
from publisher.release.freeze import sha256
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

R = RecipientState
TO_SEND = (R.QUEUED, R.WAITING)
LEFT_BEHIND = "the worker stopped after it may have been sent and before the answer was stored"
HARD_BOUNCE = "hard bounce"


@dataclass(frozen=True, slots=True)
class Timing:
    """How much is under way at once, and how long anything waits."""

    window: int = 50
    """Recipients per group: as many may be unconfirmed when the worker dies."""
    lease: timedelta = timedelta(seconds=30)
    """Renewed at every group and every third of it; when it has run out the worker counts as dead."""
    look_again: timedelta = timedelta(seconds=2)
    """How soon a mailing that somebody stopped looks whether it may go on."""
    group_limit: float = 900.0
    """Seconds after which the readers of a group that have no answer are unconfirmed."""
    store_again: tuple[float, ...] = (0.1, 0.5, 2.0, 5.0, 10.0)
    """Seconds before each further try to store answers: to lose them makes clear cases unconfirmed ones."""


@dataclass(slots=True)
class Held:
    """A batch in the hands of a worker."""

    batch: Batch
    delivery: Delivery
    payload: Payload
    queue: deque[Recipient]
    kept_at: float = field(default_factory=time.monotonic)
    """When the lease was last renewed, by this machine's clock that nobody can set."""


class Ledger:
    """The only writer of recipients while a mailing runs."""

    def __init__(
        self,
        begin: Begin[Transaction],
        clock: Clock,
        owner: str,
        timing: Timing | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.timing = timing or Timing()
        self._begin = begin
        self._clock = clock
        self._owner = owner
        self._jitter = jitter

    async def claim(self, batch_id: int) -> Held | None:
        """Takes the batch, and settles what a worker that died with it left behind; None when it is not to be had."""
        async with self._begin() as tx:
            now = self._clock.now()
            batch = await tx.claim_batch(batch_id, self._owner, self.timing.lease, now)
            if batch is None:
                return None
            await self._settle(tx, batch, now)
            if sha256(batch.payload) != batch.sha256:
                log.error("a stored payload is not the approved one", action="payload_differs", id=batch.mailing.id)
                await tx.leave_batch(batch_id, batch.fence, now + self.timing.look_again)
                return None
            delivery = await tx.delivery(batch.mailing.delivery_id)
            return Held(batch, delivery, Payload.from_json(batch.payload), deque())

    async def next_group(self, held: Held, answers: Sequence[Answer], *, go_on: bool = True) -> Sequence[Recipient]:
        """Stores what came of the last group and returns the next one, its intent committed; empty when that is all.

        Then the batch was closed, or left for later, or lost to another worker. Repeated after an error it does no
        harm, even when only the answer of the database was lost: who is then `sending` without need ends unconfirmed.
        """
        async with self._begin() as tx:
            now = self._clock.now()
            if not await tx.keep_batch(held.batch.id, held.batch.fence, self.timing.lease):
                log.warning("a batch was lost", action="batch_lost", id=held.batch.id, answers=len(answers))
                return ()
            held.kept_at = time.monotonic()
            rest_until = await self._record(tx, held, answers, now)
            if rest_until or not go_on:
                return await _leave(tx, held, rest_until or now)
            refusal = await stopped(tx, held.delivery)
            if refusal or now >= held.batch.deadline:
                return await self._halt(tx, held, refusal, now)
            return await self._group(tx, held, now) or await self._end(tx, held, now)

    async def save(self, held: Held, answers: Sequence[Answer]) -> None:
        """Only stores what came: for a worker that is being cancelled."""
        async with self._begin() as tx:
            if await tx.keep_batch(held.batch.id, held.batch.fence, self.timing.lease):
                await self._record(tx, held, answers, self._clock.now())

    async def keep(self, held: Held) -> bool:
        """Renews the lease; False when another worker has the batch."""
        async with self._begin() as tx:
            kept = await tx.keep_batch(held.batch.id, held.batch.fence, self.timing.lease)
        held.kept_at = time.monotonic() if kept else held.kept_at
        return kept

    # --- results

    async def _record(self, tx: Transaction, held: Held, answers: Sequence[Answer], now: datetime) -> datetime | None:
        """When the batch may go on, if the relay wants to be left alone."""
        deadline = held.batch.deadline
        await tx.save_results([result(answer, now, deadline, self._jitter()) for answer in answers], now)
        dead = [address_key(answer.recipient.address) for answer in answers if answer.is_dead_address]
        await tx.suppress(dead, tuple(MailClass), HARD_BOUNCE, now)
        rest = max((rest for answer in answers if (rest := answer.account_rest) is not None), default=None)
        if rest is None:
            return None
        log.warning("the relay wants to be left alone", action="account_rests", id=held.batch.mailing.id, seconds=rest)
        await pause(tx, account_key(held.delivery.account), rest, now)
        return now + timedelta(seconds=rest)

    async def _halt(self, tx: Transaction, held: Held, refusal: Refusal | None, now: datetime) -> Sequence[Recipient]:
        """Nothing more goes out, for now or, after a cancellation or the deadline, ever."""
        if refusal and refusal.state is not DeliveryState.CANCELLED:
            return await _leave(tx, held, now + self.timing.look_again)
        after = R.CANCELLED if refusal else R.EXPIRED
        reason = refusal.reason if refusal else "its deadline passed before it could be sent"
        await tx.move_recipients(held.batch.id, TO_SEND, after, reason, now)
        return await self._end(tx, held, now)

    # --- intent

    async def _group(self, tx: Transaction, held: Held, now: datetime) -> Sequence[Recipient]:
        group = await self._intend(tx, held, now)
        if not group:
            await self._settle(tx, held.batch, now)
            await self._resend(tx, held.batch, now)
            held.queue.extend(await tx.queued_recipients(held.batch.id, now))
            group = await self._intend(tx, held, now)
        return group

    async def _intend(self, tx: Transaction, held: Held, now: datetime) -> Sequence[Recipient]:
        """The next ones who still want the mail, now `sending`."""
        while held.queue:
            some = [held.queue.popleft() for _ in range(min(self.timing.window, len(held.queue)))]
            gone = await tx.suppressed_for(held.batch.mailing.mail_class, [address_key(each.address) for each in some])
            await tx.suppress_recipients([each.id for each in some if address_key(each.address) in gone], now)
            marked = await tx.mark_sending([each.id for each in some if address_key(each.address) not in gone], now)
            if marked:
                return [each for each in some if each.id in marked]
        return ()

    async def _settle(self, tx: Transaction, batch: Batch, now: datetime) -> None:
        """Nobody is sending to the batch at this moment: who is `sending` was left behind."""
        left = await tx.move_recipients(batch.id, (R.SENDING,), R.UNCONFIRMED, LEFT_BEHIND, now)
        if left:
            log.warning("recipients are unconfirmed", action="left_behind", id=batch.mailing.id, count=left)

    async def _resend(self, tx: Transaction, batch: Batch, now: datetime) -> None:
        mailing = batch.mailing
        until = min(batch.deadline, mailing.resend_until or batch.deadline)
        if mailing.unconfirmed is Unconfirmed.RESEND_ONCE and now < until:
            again = await tx.resend_unconfirmed(batch.id)
            if again:
                log.warning("unconfirmed recipients are sent to again", action="resend", id=mailing.id, count=again)

    # --- end

    async def _end(self, tx: Transaction, held: Held, now: datetime) -> Sequence[Recipient]:
        again = await tx.next_recipient_at(held.batch.id)
        if again is not None:
            return await _leave(tx, held, again)
        # Locked first: of two batches that end at once, the second must see that the first has.
        mailing = await tx.lock_mailing(held.batch.mailing.id)
        await tx.close_batch(held.batch.id)
        if not await tx.open_batches(mailing.id):
            await _finish(tx, held, now)
        return ()


async def _leave(tx: Transaction, held: Held, run_at: datetime) -> Sequence[Recipient]:
    await tx.leave_batch(held.batch.id, held.batch.fence, run_at)
    return ()


async def _finish(tx: Transaction, held: Held, now: datetime) -> None:
    """Raises AccountingError, and with it undoes the end, when the numbers do not add up."""
    mailing = held.batch.mailing
    told = await report(tx, mailing)
    told.check()
    if await tx.finish_mailing(mailing.id, now):
        log.info("a mailing is over", action="mailing_finished", id=mailing.id, summary=told.sentence)
        for state in told.steps:
            await end_mailing(tx, mailing.delivery_id, now, told.sentence, state)
