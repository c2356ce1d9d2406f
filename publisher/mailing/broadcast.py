"""Takes one batch of a mailing further, group by group: intent -> relay -> results and the next intent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from publisher.channel import Addressee, MailingChannel, Outcome, Retry, Unconfirmed
from publisher.delivery.engine.port import Lane
from publisher.delivery.failure import place
from publisher.delivery.lease import kept
from publisher.delivery.transaction import Trace, no_trace
from publisher.mailing.ledger import Held, Ledger
from publisher.mailing.personalise import Personaliser
from publisher.mailing.report import AccountingError
from publisher.mailing.results import Answer
from publisher.mailing.transaction import Recipient
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)


class Broadcast:
    """The handler of batches; one per process."""

    def __init__(
        self,
        ledger: Ledger,
        channel: Callable[[str], MailingChannel],
        personaliser: Personaliser,
        clock: Clock,
        trace: Trace = no_trace,
    ) -> None:
        """`channel` finds the adapter of an account, as `Connections.mailing` does."""
        self._ledger = ledger
        self._channel = channel
        self._personaliser = personaliser
        self._clock = clock
        self._trace = trace
        self._draining = False

    def drain(self) -> None:
        """Batches in hand end after their present group; the rest of them waits for the next worker."""
        self._draining = True

    async def work(self, batch_id: int) -> None:
        """Sends what is due of the batch; nothing when it is done, not due or somebody else's."""
        held = await self._ledger.claim(batch_id)
        if held is None:
            return
        async with kept(lambda: self._ledger.keep(held), self._ledger.timing.lease, held.batch.id):
            answers: Sequence[Answer] = ()
            while group := await self._exchange(held, answers):
                answers = await self._send(held, group)

    async def _exchange(self, held: Held, answers: Sequence[Answer]) -> Sequence[Recipient]:
        if answers:
            self._trace("before_result")
        self._trace("before_intent")
        group = await self._next_group(held, answers)
        if answers:
            self._trace("after_result")
        self._trace("after_intent")
        return group

    async def _next_group(self, held: Held, answers: Sequence[Answer]) -> Sequence[Recipient]:
        waits, tries, began = self._ledger.timing.store_again, 0, time.monotonic()
        while True:
            try:
                return await self._ledger.next_group(held, answers, go_on=not self._draining)
            except AccountingError:
                raise
            except Exception as error:
                log.warning("answers were not stored yet", action="not_stored", id=held.batch.id, error=place(error))
                # A full disk lasts longer than a few tries; without answers nothing is lost by letting go.
                holds = bool(answers) and not self._draining and time.monotonic() - began < self._ledger.timing.hold
                if tries >= len(waits) and not holds:
                    raise
            await asyncio.sleep(waits[min(tries, len(waits) - 1)])
            tries += 1

    async def _send(self, held: Held, group: Sequence[Recipient]) -> Sequence[Answer]:
        if time.monotonic() - held.kept_at > self._ledger.timing.lease.total_seconds():
            # The process stood still for longer than its lease: whoever has the batch now must not be sent over.
            return [Answer(recipient, Retry("the worker stood still", after=1.0)) for recipient in group]
        try:
            channel, (addressees, others) = self._channel(held.origin.account), self._addressees(held, group)
        except Exception as error:  # an SDK may fail in any way while it is imported
            reason = f"account {held.origin.account} cannot be connected: {place(error)}"
            return [Answer(recipient, Retry(reason, scope="account")) for recipient in group]
        outcomes: dict[int, Outcome] = {}
        urgent = held.origin.lane is Lane.URGENT
        self._trace("before_send")
        try:
            reason = await self._collect(channel.send_group(held.payload, addressees, urgent=urgent), outcomes)
        except asyncio.CancelledError:
            await asyncio.shield(self._ledger.save(held, [*_answers(group, outcomes), *others]))
            raise
        self._trace("after_send")
        answered = {*outcomes, *(answer.recipient.id for answer in others)}
        missing = [Answer(each, Unconfirmed(reason)) for each in group if each.id not in answered]
        if missing:
            log.error("a channel left recipients without an answer", action="no_answer", count=len(missing), why=reason)
        return [*_answers(group, outcomes), *others, *missing]

    async def _collect(self, sending: AsyncIterator[tuple[int, Outcome]], outcomes: dict[int, Outcome]) -> str:
        """Fills `outcomes`; why those that are missing are."""
        try:
            async with asyncio.timeout(self._ledger.timing.group_limit):
                async for recipient_id, outcome in sending:
                    outcomes[recipient_id] = outcome
        except TimeoutError:
            return f"no answer within {self._ledger.timing.group_limit:.0f} s"
        except Exception as error:
            # A channel must not raise. It did, so nobody knows how far it came. Its message may hold a secret.
            return f"the channel failed: {place(error)}"
        return "the channel gave no answer"

    def _addressees(self, held: Held, group: Sequence[Recipient]) -> tuple[Sequence[Addressee], Sequence[Answer]]:
        mailing, shared = held.batch.mailing, held.origin.slots
        return self._personaliser.addressees(mailing, held.payload, shared, group, self._clock.now())


def _answers(group: Sequence[Recipient], outcomes: dict[int, Outcome]) -> list[Answer]:
    return [Answer(each, outcomes[each.id]) for each in group if each.id in outcomes]
