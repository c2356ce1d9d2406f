"""The engine of one machine: polls the tables. Leases, fences and times live there; this only decides whom to call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from publisher.delivery.engine.port import LANES, Handler, Lane, Work
from publisher.delivery.failure import place
from publisher.delivery.transaction import Ask, Busy, Due, Polling
from publisher.transaction import Begin, Transaction
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

POLL = 0.25
"""Seconds between two looks at the tables when nothing wakes the engine."""
GAP = 0.01
"""Seconds between two looks however often it is woken: what ends within them is followed by one look, not by many."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a lane one destination and one account may have at once, so that a slow one leaves room."""

    destination: int = 4
    account: int = 8


@dataclass(frozen=True, slots=True)
class _Room:
    """What may start in a lane, within its capacity and every destination's and account's share of it."""

    lane: Lane
    free: int
    destinations: Counter[str]
    accounts: Counter[str]
    skipped: Set[Work]

    def ask(self, share: Share) -> Ask:
        busy = Busy(_full(self.destinations, share.destination), _full(self.accounts, share.account))
        return Ask(self.lane, busy, self.free + len(self.skipped))

    def take(self, found: Sequence[Due], share: Share) -> Sequence[Due]:
        chosen: list[Due] = []
        for due in found:
            fits = self.destinations[due.destination] < share.destination
            fits = fits and self.accounts[due.account] < share.account and len(chosen) < self.free
            if fits and due.work not in self.skipped:
                self.destinations[due.destination] += 1
                self.accounts[due.account] += 1
                chosen.append(due)
        return chosen


class EmbeddedEngine:
    """Runs in the one worker process of a workspace."""

    def __init__(
        self,
        read: Begin[Polling],
        clock: Clock,
        *,
        poll: float = POLL,
        share: Share | None = None,
        grace: float = 30.0,
        ahead: timedelta = timedelta(0),
        wake: asyncio.Event | None = None,
    ) -> None:
        """`poll` in seconds; `grace`: seconds that work in flight may take when draining; set `wake` for a look now.

        `ahead`: how long before its hour a delivery is given to its handler, which waits for it.
        """
        self._read = read
        self._clock = clock
        self._poll = poll
        self._share = share or Share()
        self._grace = grace
        self._ahead = ahead
        self._next: datetime | None = None
        self._running: dict[asyncio.Task[None], tuple[Lane, Due]] = {}
        self._rests = Rests(poll)
        self._wake = wake or asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    async def submit(self, tx: Transaction, work: Work, lane: Lane, run_at: datetime) -> None:
        """The row is the work: its transaction makes it known. Within this process the engine looks at once."""
        self._wake.set()

    async def cancel(self, tx: Transaction, work: Work) -> None:
        """The row says so itself; a handler that is called too late finds out."""

    async def run(self, handler: Handler, lanes: Mapping[Lane, int] = LANES) -> None:
        """Until `drain` or `close`."""
        self._ended.clear()
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                looked = _time()
                if not await self._look(handler, lanes):
                    await self._nap()
                    await asyncio.sleep(max(looked + GAP - _time(), 0.0))
        finally:
            await self._finish()
            self._ended.set()

    async def drain(self) -> None:
        """Starts nothing more at once, returns when what is in flight has finished or its grace is over."""
        self._stopping.set()
        self._wake.set()
        await self._ended.wait()

    async def close(self) -> None:
        """Drains."""
        await self.drain()

    async def _look(self, handler: Handler, lanes: Mapping[Lane, int]) -> bool:
        """Whether there may be more that fits than was found; errors of the database are waited out."""
        rooms = [room for lane, capacity in lanes.items() if (room := self._room(lane, capacity)).free > 0]
        asks = [room.ask(self._share) for room in rooms]
        try:
            async with self._read() as tx:
                found = await tx.due(asks, self._clock.now(), self._ahead + timedelta(seconds=self._poll))
        except Exception as error:
            log.error("the tables could not be read", action="poll_failed", error=place(error))
            return False
        if self._stopping.is_set():
            return False
        near = self._clock.now() + self._ahead
        self._next = min((due.run_at for dues in found for due in dues if due.run_at > near), default=None)
        chosen = [
            (room.lane, due)
            for room, dues in zip(rooms, found, strict=True)
            for due in room.take([due for due in dues if due.run_at <= near], self._share)
        ]
        for lane, due in chosen:
            self._start(handler, lane, due)
        # What was found up to its limit may all be of a few destinations, and hide what is of others.
        full = any(len(dues) >= ask.limit for ask, dues in zip(asks, found, strict=True))
        return bool(chosen) and full

    def _room(self, lane: Lane, capacity: int) -> _Room:
        running = [due for its_lane, due in self._running.values() if its_lane is lane]
        destinations = Counter(due.destination for due in running)
        accounts = Counter(due.account for due in running)
        skipped = {due.work for due in running} | self._rests.now()
        return _Room(lane, capacity - len(running), destinations, accounts, skipped)

    def _start(self, handler: Handler, lane: Lane, due: Due) -> None:
        task = asyncio.create_task(self._call(handler, due.work))
        self._running[task] = (lane, due)
        task.add_done_callback(self._done)

    async def _call(self, handler: Handler, work: Work) -> None:
        try:
            await handler(work)
        except Exception as error:
            wait = self._rests.after(work, failed=True)
            log.error(
                "work failed", action="work_failed", id=work.id, entity=work.entity.value, error=place(error), wait=wait
            )
        else:
            self._rests.after(work, failed=False)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _nap(self) -> None:
        left = (self._next - self._ahead - self._clock.now()).total_seconds() if self._next else self._poll
        try:
            await asyncio.wait_for(self._wake.wait(), max(min(left, self._poll), 0.0))
        except TimeoutError:
            return

    async def _finish(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(set(self._running), timeout=self._grace)
        for task in late:
            # Left as `sending`: whoever comes next treats it like a crash, because nobody knows how far it came.
            task.cancel()
        if late:
            log.warning("work did not finish in time", action="drain_incomplete", left=len(late))
            await asyncio.wait(late)


class Rests:
    """Work that was just run rests before it is run again, longer each time its handler raised.

    So neither a handler that finds nothing to do nor one that always fails can make the engine spin.
    """

    LONGEST = 60.0

    def __init__(self, shortest: float) -> None:
        """Seconds."""
        self._shortest = shortest
        self._failures: Counter[Work] = Counter()
        self._until: dict[Work, float] = {}

    def after(self, work: Work, *, failed: bool) -> float:
        """Seconds it rests now."""
        self._failures[work] = self._failures[work] + 1 if failed else 0
        wait = min(self._shortest * 4.0 ** self._failures[work], self.LONGEST)
        self._until[work] = _time() + wait
        return wait

    def now(self) -> set[Work]:
        """What rests at this moment; forgets what has rested and did not fail."""
        resting = {work for work, until in self._until.items() if until > _time()}
        for work in [work for work in self._until if work not in resting and not self._failures[work]]:
            del self._until[work], self._failures[work]
        return resting


def _time() -> float:
    return asyncio.get_running_loop().time()


def _full(counts: Mapping[str, int], share: int) -> tuple[str, ...]:
    return tuple(name for name, count in counts.items() if count >= share)
