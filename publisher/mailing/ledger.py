"""The book of a mailing: who is about to be sent to, and what came of it, in one transaction per group.

The intent (`sending`, one attempt more) is committed before a group is handed to the relay, its results together with
the intent of the next. Whoever is `sending` without a worker may or may not have got the mail.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog

from publisher.channel import Delivered, Payload, Target
from publisher.content.kinds.kind import Unconfirmed
from publisher.delivery.engine.port import Lane
from publisher.delivery.gate import Refusal
from publisher.delivery.pacing import account_key, pause
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.delivery.transaction import Verify
from publisher.mailing.book import Book, Enter
from publisher.mailing.canary import NONE, Canary
from publisher.mailing.control import after_canary, hold, pause_of, stopped, switches
from publisher.mailing.finishing import finish
from publisher.mailing.origin import Origin, origin_of
from publisher.mailing.pace import Pacing
from publisher.mailing.refusals import Limit, Refusals
from publisher.mailing.results import Answer, result
from publisher.mailing.subscribers import bounce
from publisher.mailing.transaction import Batch, Entered, Entry, Recipient, Transaction
from publisher.release.freeze import sha256
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

R = RecipientState
TO_SEND = (R.QUEUED, R.WAITING)
DIFFERS = "the stored payload of the mailing is not the one that was approved"
NOTHING = Payload(Target("", "", "", "", ""), ())
"""Of a batch of which nothing is sent any more."""
VerifyDigest: TypeAlias = Callable[[Transaction, Batch], Awaitable[str | None]]
"""Whether it is still made of what was approved; a sentence says why it must not be sent."""
LEFT_BEHIND = "the worker stopped after it may have been sent and before the answer was stored"


@dataclass(frozen=True, slots=True)
class Timing:
    """How much is under way at once, and how long anything waits."""

    window: int = 50
    """Recipients per group: as many may be unconfirmed when the worker dies."""
    lease: timedelta = timedelta(seconds=30)
    """Renewed at every group and every third of it; when it has run out the worker counts as dead."""
    look_again: timedelta = timedelta(seconds=2)
    """How soon a mailing that somebody stopped looks whether it may go on."""
    verify_again: timedelta = timedelta(seconds=30)
    """How soon a mailing that is not what was approved is looked at again."""
    group_limit: float = 900.0
    """Seconds after which the readers of a group that have no answer are unconfirmed."""
    store_again: tuple[float, ...] = (0.1, 0.5, 2.0, 5.0, 10.0)
    """Seconds before each further try to store answers: to lose them makes clear cases unconfirmed ones."""
    hold: float = 3_600.0
    """Seconds for which answers are kept, and tried at the last of these intervals, when the store takes none."""


@dataclass(slots=True)
class Held:
    """A batch in the hands of a worker."""

    batch: Batch
    origin: Origin
    payload: Payload
    queue: deque[Recipient]
    switches: Collection[str]
    put_off: Counter[str] = field(default_factory=Counter)
    """Provider -> how many readers were passed over because its turn has not come."""
    kept_at: float = field(default_factory=time.monotonic)
    """When the lease was last renewed, by this machine's clock that nobody can set."""


class Ledger:
    """The only writer of recipients while a mailing runs."""

    def __init__(
        self,
        begin: Begin[Transaction],
        clock: Clock,
        owner: str,
        verify: Verify,
        timing: Timing | None = None,
        jitter: Callable[[], float] = random.random,
        pacing: Pacing | None = None,
        canary: Canary | None = None,
        refusals: Limit | None = None,
        verify_digest: VerifyDigest | None = None,
        enter: Enter | None = None,
    ) -> None:
        """`verify`, or `verify_digest`, is asked again for every batch; `enter`: see `Book`."""
        self._verify_digest = verify_digest or _no_digests
        self._canary, self._refusals = canary or NONE, Refusals(refusals or Limit())
        self._pacing = pacing or Pacing()
        self._verify = verify
        self.timing = timing or Timing()
        self._begin = begin
        self._book = Book(begin, enter)
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
            if batch.fence > 1:  # else nobody has had it before
                await self._settle(tx, batch, now)
            origin = await origin_of(tx, batch.mailing)
            # A mailing may run for hours after the look that let it start; what is over need only be closed.
            reason = await self._refusal(tx, batch, origin)
            if reason and not await _over(tx, batch, origin, now):
                log.error("a mailing stands still", action="mailing_refused", id=batch.mailing.id, reason=reason)
                if origin.delivery:
                    await tx.move_delivery(origin.delivery.id, origin.delivery.run_at, reason)
                await tx.leave_batch(batch_id, batch.fence, now + self.timing.verify_again)
                return None
            await self._pacing.look(tx, origin.account, now)
            queue = deque(await tx.queued_recipients(batch_id, now))
            payload = NOTHING if reason else Payload.from_json(batch.payload)
            return Held(batch, origin, payload, queue, switches(batch.mailing, origin))

    async def _refusal(self, tx: Transaction, batch: Batch, origin: Origin) -> str | None:
        """Why the batch is not what was approved."""
        if sha256(batch.payload) != batch.sha256:
            return DIFFERS
        if origin.delivery is None:
            return await self._verify_digest(tx, batch)
        edition = await tx.edition(origin.delivery.edition_id)
        return DIFFERS if batch.payload != edition.payload else await self._verify(tx, origin.delivery)

    async def next_group(self, held: Held, answers: Sequence[Answer], *, go_on: bool = True) -> Sequence[Recipient]:
        """Stores what came of the last group and returns the next one, its intent committed; empty when that is all.

        Then the batch was closed, or left for later, or lost to another worker. Repeated after an error it does no
        harm, even when only the answer of the database was lost: who is then `sending` without need ends unconfirmed.
        """
        now = self._clock.now()
        leave_until = _rest_until(answers, now) or (None if go_on else now)
        held.put_off.update(self._throttles(answers).keys())
        while True:
            group = self._take(held, now) if leave_until is None and now < held.batch.deadline else ()
            if answers or group:
                entered = await self._enter(held, answers, group, now)
                if not entered.kept:
                    return _lost(held, answers)
                if entered.sending:
                    return [each for each in group if each.id in entered.sending]
                answers = ()
                if group and not entered.stopped:
                    continue  # every one of them had left meanwhile
            if not await self._turn(held, leave_until, now):
                return ()

    async def save(self, held: Held, answers: Sequence[Answer]) -> None:
        """Only stores what came: for a worker that is being cancelled."""
        await self._enter(held, answers, (), self._clock.now())

    async def keep(self, held: Held) -> bool:
        """Renews the lease; False when another worker has the batch."""
        async with self._begin() as tx:
            kept = await tx.keep_batch(held.batch.id, held.batch.fence, self.timing.lease)
        held.kept_at = time.monotonic() if kept else held.kept_at
        return kept

    # --- between two groups

    def _take(self, held: Held, now: datetime) -> Sequence[Recipient]:
        account, urgent = held.origin.account, held.origin.lane is Lane.URGENT
        return self._pacing.take(account, held.queue, self.timing.window, held.put_off, now, urgent=urgent)

    async def _enter(self, held: Held, answers: Sequence[Answer], group: Sequence[Recipient], now: datetime) -> Entered:
        batch = held.batch
        entry = Entry(
            batch_id=batch.id,
            fence=batch.fence,
            lease=self.timing.lease,
            at=now,
            results=[result(answer, now, batch.deadline, self._jitter()) for answer in answers],
            group=group,
            mail_class=batch.mailing.mail_class,
            switches=held.switches,
        )
        asked_at = time.monotonic()
        too_many = self._refusals.note(batch.mailing.id, answers)
        clear = all(isinstance(answer.outcome, Delivered) for answer in answers)
        entered = await self._book.enter(
            entry, None if clear and not too_many else partial(self._follow, held, answers, now, too_many)
        )
        held.kept_at = asked_at if entered.kept else held.kept_at
        return entered

    async def _follow(
        self, held: Held, answers: Sequence[Answer], now: datetime, too_many: str | None, tx: Transaction
    ) -> None:
        """What answers mean beyond the readers they are about; `too_many` says why the mailing must be paused."""
        # A warning that some mailboxes refuse is still a warning to all the others.
        if too_many and held.origin.lane is not Lane.URGENT:
            await hold(tx, held.batch.mailing.id, at=now, reason=too_many)
        await bounce(tx, [answer.recipient.id for answer in answers if answer.is_dead_address], now)
        rest_until = _rest_until(answers, now)
        if rest_until is not None:
            rest = (rest_until - now).total_seconds()
            log.warning(
                "the relay wants to be left alone", action="account_rests", id=held.batch.mailing.id, seconds=rest
            )
            await pause(tx, account_key(held.origin.account), rest, now)
        throttles = self._throttles(answers)
        if throttles:
            await self._pacing.throttled(tx, held.origin.account, throttles, now)

    def _throttles(self, answers: Sequence[Answer]) -> Mapping[str, float | None]:
        """Provider -> the seconds that it asked for."""
        said = [answer for answer in answers if answer.is_throttle]
        return {self._pacing.provider_of(answer.recipient.address): answer.asked for answer in said}

    async def _turn(self, held: Held, leave_until: datetime | None, now: datetime) -> bool:
        """When no group is at hand: whether there is one again. Else the batch is closed, left for later, or lost."""
        async with self._begin() as tx:
            if not await tx.keep_batch(held.batch.id, held.batch.fence, self.timing.lease):
                _lost(held, ())
            elif leave_until is not None:
                await tx.leave_batch(held.batch.id, held.batch.fence, leave_until)
            elif (refusal := await stopped(tx, held.batch.mailing, held.origin)) or now >= held.batch.deadline:
                await self._halt(tx, held, refusal, now)
            else:
                return await self._go_on(tx, held, now)
        return False

    async def _go_on(self, tx: Transaction, held: Held, now: datetime) -> bool:
        """Whether there is somebody else to send to; else the batch is closed, or left for those who wait."""
        waiting = None
        if not await tx.batch_is_clear(held.batch.id):
            await self._settle(tx, held.batch, now)
            await self._resend(tx, held.batch, now)
            held.queue = self._pacing.not_put_off(await tx.queued_recipients(held.batch.id, now), held.put_off)
            if held.queue:
                return True
            waiting = await tx.next_recipient_at(held.batch.id, now)
        await after_canary(tx, held.batch.mailing, self._canary, self._refusals.limit, now)
        await self._end(tx, held, now, waiting)
        return False

    async def _halt(self, tx: Transaction, held: Held, refusal: Refusal | None, now: datetime) -> None:
        """Nothing more goes out, for now or, after a cancellation or the deadline, ever."""
        cancelled = refusal is not None and refusal.state is DeliveryState.CANCELLED
        if not cancelled and now < held.batch.deadline:
            paused = await pause_of(tx, held.batch.mailing.id)
            again = held.batch.deadline if paused else now + self.timing.look_again
            await tx.leave_batch(held.batch.id, held.batch.fence, again)
            return
        after = R.CANCELLED if cancelled else R.EXPIRED
        reason = refusal.reason if refusal and cancelled else "its deadline passed before it could be sent"
        await tx.move_recipients(held.batch.id, TO_SEND, after, reason, now)
        held.put_off.clear()
        await self._end(tx, held, now, None)

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

    async def _end(self, tx: Transaction, held: Held, now: datetime, waiting: datetime | None) -> None:
        put_off = self._pacing.back_at(held.origin.account, held.put_off, now)
        if waiting or put_off:
            await tx.leave_batch(held.batch.id, held.batch.fence, min(filter(None, (waiting, put_off))))
            return
        # Locked first: of two batches that end at once, the second must see that the first has.
        mailing = await tx.lock_mailing(held.batch.mailing.id)
        await tx.close_batch(held.batch.id)
        if not await tx.open_batches(mailing.id):
            await finish(tx, mailing, now)
            self._refusals.forget(mailing.id)


async def _no_digests(tx: Transaction, batch: Batch) -> str | None:
    return "nothing here makes digests"


def _rest_until(answers: Sequence[Answer], now: datetime) -> datetime | None:
    """When the batch may go on, if the relay wants to be left alone."""
    rest = max((rest for answer in answers if (rest := answer.account_rest) is not None), default=None)
    return None if rest is None else now + timedelta(seconds=rest)


def _lost(held: Held, answers: Sequence[Answer]) -> Sequence[Recipient]:
    log.warning("a batch was lost", action="batch_lost", id=held.batch.id, answers=len(answers))
    return ()


async def _over(tx: Transaction, batch: Batch, origin: Origin, now: datetime) -> bool:
    """Whether nothing of the batch will ever go out: cancelled, or past its deadline."""
    refusal = await stopped(tx, batch.mailing, origin)
    return now >= batch.deadline or (refusal is not None and refusal.state is DeliveryState.CANCELLED)
