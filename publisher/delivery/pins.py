"""What stays at the top of a place: what is urgent before the rest, until its time is over.

A network shows the newest pinned message above all, by the message's age and not by when it was pinned. So nothing
lesser is pinned while something urgent that is older stands there; it is when that is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from publisher.channel import DAYS, UNTIL, URGENT, Outcome, Part, Pinning, PostingChannel, Receipt, Retry, Target
from publisher.delivery.failure import place
from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
from publisher.delivery.outcomes import verdict
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Transaction
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(seconds=30)
"""While something is stopped."""
TRY_AGAIN = timedelta(minutes=15)
"""After a refusal: a person has to give a right back, and it costs nothing to look."""


class PinState(StrEnum):
    """Of a message whose edition asks to be pinned."""

    WAITING = "waiting"
    """Not pinned: something urgent stands before it, or the network has not taken it yet."""
    PINNED = "pinned"
    """By us, and not taken away by us."""
    OVER = "over"
    """Its time is over, or a newer message of the announcement has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A message that is out."""

    delivery_id: int
    destination: str
    account: str
    target: Target
    part: Part
    """That asks for it, as published or last amended."""
    message: Receipt
    sent_at: datetime
    replaced: bool
    """Withdrawn, or followed by another message of the same announcement."""
    state: PinState
    try_at: datetime | None
    """Not before that."""

    @property
    def place(self) -> tuple[str, str]:
        """What several destinations may share: a chat that gets two languages has one top."""
        return self.target.channel, self.target.address

    @property
    def urgent(self) -> bool:
        return self.part.content.get(URGENT) is True

    @property
    def until(self) -> datetime:
        """When its time is over; never, once it is replaced."""
        if self.replaced:
            return self.sent_at
        said, days = self.part.content.get(UNTIL), self.part.content.get(DAYS)
        return datetime.fromisoformat(str(said)) if said else self.sent_at + timedelta(days=float(str(days)))

    @property
    def age(self) -> tuple[datetime, int]:
        return self.sent_at, self.delivery_id


class PinTransaction(Transaction, Protocol):
    """The queries of this module."""

    async def pins(self) -> Sequence[Pin]:
        """Every message that asks to be pinned and is not over."""

    async def save_pin(
        self, delivery_id: int, state: PinState, at: datetime, *, try_at: datetime | None = None, reason: str = ""
    ) -> None: ...


def at_the_top(pins: Sequence[Pin], now: datetime) -> frozenset[int]:
    """Of the messages in one place, the deliveries of those that should be pinned now."""
    current = [pin for pin in pins if pin.until > now]
    first = min((pin.age for pin in current if pin.urgent), default=None)
    return frozenset(pin.delivery_id for pin in current if pin.urgent or first is None or pin.age < first)


class Pins:
    """Keeps every place as it should be; one per worker."""

    def __init__(
        self,
        begin: Begin[PinTransaction],
        read: Begin[PinTransaction],
        posting: Callable[[str], PostingChannel],
        clock: Clock,
    ) -> None:
        """`posting` finds the adapter of an account, as `Connections.posting` does."""
        self._begin, self._read, self._posting, self._clock = begin, read, posting, clock

    async def keep(self) -> datetime | None:
        """Pins and unpins what has to be; when to look again at the latest, None when nothing is to come."""
        async with self._read() as tx:
            pins = await tx.pins()
            stopped = {stop.name for stop in await tx.stops(_switches(pins))}
        now, turns = self._clock.now(), list[datetime]()
        for theirs in _by_place(pins).values():
            top = at_the_top(theirs, now)
            for pin in sorted(theirs, key=lambda pin: (pin.delivery_id in top, pin.age)):
                if stopped & _switches([pin]):
                    turns.append(now + LOOK_AGAIN)  # nobody tells when a stop ends
                else:
                    turns += await self._settle(pin, pin.delivery_id in top, now)
            turns += [pin.until for pin in theirs if pin.until > now]
        return min(turns, default=None)

    async def _settle(self, pin: Pin, top: bool, now: datetime) -> Sequence[datetime]:
        """When it must be tried again, if it must."""
        if top == (pin.state is PinState.PINNED):
            over = not top and pin.until <= now
            if over or pin.try_at:  # what was to be tried again is as it should be by now
                await self._save(pin, PinState.OVER if over else pin.state, now)
            return ()
        if pin.try_at and pin.try_at > now:
            return (pin.try_at,)
        outcome = await self._act(pin, top)
        if isinstance(outcome, Retry) or verdict(outcome).state is not DeliveryState.DELIVERED:
            return (await self._failed(pin, outcome, now),)
        await self._save(pin, PinState.PINNED if top else PinState.WAITING if pin.until > now else PinState.OVER, now)
        return ()

    async def _act(self, pin: Pin, top: bool) -> Outcome:
        try:
            adapter = self._posting(pin.account)
        except Exception as error:  # an SDK may fail in any way while it is imported
            return Retry(f"account {pin.account} cannot be connected: {place(error)}")
        if not isinstance(adapter, Pinning):
            return Retry(f"the channel of account {pin.account} pins nothing any more")
        return await (adapter.pin if top else adapter.unpin)(pin.part, pin.message)

    async def _failed(self, pin: Pin, outcome: Outcome, now: datetime) -> datetime:
        after = outcome.after if isinstance(outcome, Retry) else None
        try_at = now + (TRY_AGAIN if after is None else timedelta(seconds=after))
        reason = verdict(outcome).reason
        log.error("not pinned", action="pin_failed", delivery=pin.delivery_id, place=pin.destination, reason=reason)
        await self._save(pin, pin.state, now, try_at=try_at, reason=reason)
        return try_at

    async def _save(
        self, pin: Pin, state: PinState, now: datetime, *, try_at: datetime | None = None, reason: str = ""
    ) -> None:
        async with self._begin() as tx:
            await tx.save_pin(pin.delivery_id, state, now, try_at=try_at, reason=reason)


def _by_place(pins: Sequence[Pin]) -> Mapping[tuple[str, str], Sequence[Pin]]:
    places = defaultdict[tuple[str, str], list[Pin]](list)
    for pin in pins:
        places[pin.place].append(pin)
    return places


def _switches(pins: Sequence[Pin]) -> frozenset[str]:
    stops = {stop for pin in pins for stop in (account_stop(pin.account), target_stop(pin.destination))}
    return frozenset({KILL_SWITCH, *stops})
