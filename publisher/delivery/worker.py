"""What a worker brings along to deliver, and how it keeps a lease while it does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.delivery.connections import Connections
from publisher.delivery.lease import kept
from publisher.delivery.transaction import NEVER, Delivery, FanOut, Trace, Transaction, Verify, no_trace
from publisher.transaction import Begin
from publisher.wall_time import Clock

SLICE = 0.25
"""Seconds after which a wait for a moment looks at the clock again: it may be moved meanwhile."""

COARSE = 0.001
"""Seconds by which a timer of the event loop may come too late; the last of a wait is spent asking for the time."""


@dataclass(frozen=True, slots=True)
class Probing:
    """When an unconfirmed delivery is read back, in seconds since it became so."""

    at: tuple[float, ...] = (3.0, 15.0, 60.0, 300.0)
    park_after: float = 360.0
    """From then on only a person takes it further."""
    believe_absent_after: float = 10.0
    """A network shows a new post a little later: an earlier "not there" proves nothing."""
    resends: int = 3
    """How often "not there" leads to another try before a person must look."""

    def next(self, since: datetime, now: datetime) -> datetime | None:
        """The first instant after `now` at which to read back or to park; None when all have passed."""
        instants = (since + timedelta(seconds=seconds) for seconds in (*self.at, self.park_after))
        return next((instant for instant in instants if instant > now), None)

    def believes_absent(self, since: datetime, now: datetime) -> bool:
        return (now - since).total_seconds() >= self.believe_absent_after


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a worker waits for what."""

    ahead: timedelta = timedelta(0)
    """How long before its hour a delivery may be claimed, so that its first byte waits for no database any more.

    It is in doubt for that much longer when its worker dies. The engine looks as far ahead.
    """
    lease: timedelta = timedelta(seconds=30)
    """Renewed at every third of it; when it has run out the worker counts as dead."""
    send_limit: float = 120.0
    """Seconds after which a send that has not come back is unconfirmed, whatever its SDK's own time-outs."""
    record_again: tuple[float, ...] = (0.1, 0.5, 2.0, 5.0, 10.0)
    """Seconds before each further try to store an answer: to lose one makes a clear case an unconfirmed one."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Everything that delivering needs; one per process."""

    begin: Begin[Transaction]
    together: Begin[Transaction]
    """The same for what is short and happens for every delivery; many may be committed together."""
    read: Begin[Transaction]
    """Opens a snapshot for looking only."""
    connections: Connections
    clock: Clock
    verify: Verify
    fan_out: FanOut
    owner: str
    """Written into its leases: host and process."""
    timing: Timing = Timing()
    probing: Probing = Probing()
    trace: Trace = no_trace
    jitter: Callable[[], float] = field(default=random.random)

    def hour_of(self, delivery: Delivery) -> datetime | None:
        """When a delivery that is claimed now is sent: now, or at its hour; None when that is too far away."""
        now = self.clock.now()
        return max(now, delivery.run_at) if delivery.run_at <= now + self.timing.ahead else None

    async def until(self, moment: datetime) -> float:
        """Returns at `moment`, never before; the seconds that it is late by, many for what had passed already."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(max(min(left, SLICE) - COARSE, 0.0))
        return -left

    def repeatable(self, delivery: Delivery, act: str) -> bool:
        """Whether doing it twice has the effect of doing it once: edits, deletions and fan-outs always have."""
        if act != "publish" or self.connections.fans_out(delivery.channel):
            return True
        return self.connections.capabilities(delivery.channel).repeatable

    def first_look(self, delivery: Delivery, act: str, now: datetime) -> datetime:
        """When a delivery that becomes unconfirmed now is looked at again; NEVER when only a person can."""
        if self.repeatable(delivery, act) or self.connections.capabilities(delivery.channel).probes:
            return self.probing.next(now, now) or NEVER
        return NEVER

    def keeps(self, delivery: Delivery) -> AbstractAsyncContextManager[None]:
        """Renews the lease of a claimed delivery for the length of the block."""

        async def renew() -> bool:
            async with self.begin() as tx:
                return await tx.renew_lease(delivery.id, delivery.fence, self.timing.lease)

        return kept(renew, self.timing.lease, delivery.id)
