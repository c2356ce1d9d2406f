"""One of the lanes in which a group is sent: it writes messages and hands them to a connection, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.dkim import Signer
from channels.email.message import Template
from channels.email.pool import Pool
from channels.email.smtp import Connection, Outgoing
from channels.email.verdicts import Stage, verdict
from publisher.channel import Addressee, Outcome, Rejected, Retry, SlotError, Slots, slot_value


@dataclass(frozen=True, slots=True)
class Mail:
    """An edition ready to go out."""

    template: Template
    sender: str
    """Of the envelope."""
    signer: Signer | None

    async def to(self, addressee: Addressee) -> Outgoing | Rejected:
        """The message for one reader."""
        slots = {**addressee.slots, "recipient.address": addressee.address}
        try:
            content = await self._written(slots)
        except SlotError as error:
            return Rejected(str(error))
        return Outgoing(self.sender, addressee.address, content, slots["message_id"])

    async def _written(self, slots: Slots) -> bytes:
        slot_value("recipient.address", slots)
        if self.template.signed:  # a signature takes half a millisecond outside the interpreter's lock
            return await asyncio.to_thread(self.template.fill, slots, self.signer)
        return self.template.fill(slots)


@dataclass(slots=True)
class Round:
    """A group on its way: its lanes share it."""

    group: Iterator[Addressee]
    mail: Mail | Outcome
    """What is sent, or why nobody gets anything."""
    rank: int
    """Whose turn it is: urgent groups first, then the oldest."""
    answer: Outcome | None = None
    """What everybody who is not yet begun is told."""
    told: asyncio.Queue[tuple[int, Outcome] | None] = field(default_factory=asyncio.Queue)

    def tell(self, recipient_id: int, outcome: Outcome) -> None:
        self.answer = self.answer or _for_everybody(outcome)
        self.told.put_nowait((recipient_id, outcome))


@dataclass(frozen=True, slots=True)
class _Next:
    """A reader whose message is written, or who has an answer already."""

    recipient_id: int
    message: Outgoing | Outcome


class Lane:
    """Sends to one reader after the other, as the other lanes do, until there is nobody left."""

    def __init__(self, round: Round, pools: list[Pool]) -> None:
        """`pools` in the order in which they are asked; one that gets no connection is not asked again."""
        self._round = round
        self._pools = pools.copy()
        self._taken: deque[_Next] = deque()
        """From the group, and not yet told."""

    async def run(self) -> None:
        while self._taken or await self._take():
            message = self._round.answer or self._taken[0].message
            if isinstance(message, Outgoing):
                await self._series(message)
            else:
                self._tell(message)

    async def _take(self) -> Outgoing | Outcome | None:
        """The next of the group; None at its end."""
        addressee = next(self._round.group, None)
        if addressee is None:
            return None
        mail = self._round.mail
        message = self._round.answer or (await mail.to(addressee) if isinstance(mail, Mail) else mail)
        self._taken.append(_Next(addressee.recipient_id, message))
        return message

    def _tell(self, outcome: Outcome) -> None:
        self._round.tell(self._taken.popleft().recipient_id, outcome)

    async def _series(self, message: Outgoing) -> None:
        """Transmits it, and on the same connection those that follow without a pause."""
        try:
            async with self._pools[0].lease(self._round.rank) as connection:
                while True:
                    outcome = await connection.transmit(message, self._following)
                    if _was_stale(connection, outcome):
                        return
                    self._tell(outcome)
                    if not connection.promised or self._round.answer:
                        return
                    following = self._taken[0].message
                    assert isinstance(following, Outgoing)
                    message = following
        except Exception as error:
            if len(self._pools) > 1:
                del self._pools[0]
            else:
                self._tell(verdict(error, Stage.CONNECT))

    async def _following(self) -> Outgoing | None:
        """Implements `Following`: nobody while somebody more urgent waits for the connection."""
        if self._round.answer or self._pools[0].wanted(self._round.rank):
            return None
        message = self._taken[1].message if len(self._taken) > 1 else await self._take()
        return message if isinstance(message, Outgoing) else None


def _was_stale(connection: Connection, outcome: Outcome) -> bool:
    """A used connection that ends before the message does says nothing about relay or reader: try a newer one."""
    return isinstance(outcome, Retry) and connection.lost and connection.carried > 1


def _for_everybody(outcome: Outcome) -> Outcome | None:
    return outcome if isinstance(outcome, Retry) and outcome.scope == "account" else None
