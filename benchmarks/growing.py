"""A mailing to a million beside one to ten thousand: is it as fast, as small, and as soon begun?

    python -m benchmarks.growing [--readers 1000000] [--few 10000] [--connections 10] [--bytes 8000]

Each in a process of its own on a SQLite file with synchronous=FULL, to Postfix's smtp-sink; the readers are put into
the database by another process, so that the peak of memory is that of the mailing. Prints the messages per second once
the readers are frozen, the peak of the resident memory in MB, and the milliseconds from the frozen mailing to the first
message that the relay took.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median

import structlog
import uvloop

from benchmarks.broadcast import PERSONALISER, open_batches, relay, silence
from benchmarks.crowd import gather
from benchmarks.smtp import edition, running
from publisher.channel import Addressee, MailingChannel, Outcome, Payload
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Work
from publisher.delivery.states import RecipientState
from publisher.mailing.broadcast import Broadcast
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.ledger import Ledger
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import ManualClock, Plan, everything_holds, under_way

ALLOWED = 300.0
"""MB of resident memory."""


ROUNDS = 3
"""Mailings to few before the one to many, and after it: a machine that others use as well is not always as fast."""


@dataclass(frozen=True)
class Seen:
    """What one mailing took."""

    rate: float
    """Messages per second after the freezing."""
    peak: float
    """MB of resident memory, of the process that mails."""
    first: float
    """Seconds from the frozen mailing to the first message taken."""
    freezing: float
    """Seconds."""


@dataclass
class Watched:
    """A relay that remembers when it took the first message."""

    channel: MailingChannel
    took: float = field(default=0.0)

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        async for found in self.channel.send_group(payload, group, urgent=urgent):
            self.took = self.took or time.perf_counter()
            yield found

    async def close(self) -> None:
        await self.channel.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A mailing to many readers beside one to few.")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=8_000)
    chosen = parser.parse_args()
    sink = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if sink is None:
        sys.exit("smtp-sink is not installed: it comes with Postfix (Debian: apt-get install postfix)")
    with running(sink) as port:
        before, many, after = (
            [seen(count, port, chosen.connections, chosen.bytes) for _ in range(times)]
            for count, times in ((chosen.few, ROUNDS), (chosen.readers, 1), (chosen.few, ROUNDS))
        )
    tell(many[0], middle([*before, *after]))


def tell(many: Seen, few: Seen) -> None:
    print(f"rate: many {many.rate:.0f}/s  few {few.rate:.0f}/s  ratio {many.rate / few.rate:.2f}")
    print(f"peak memory: many {many.peak:.1f} MB  few {few.peak:.1f} MB  ratio {many.peak / few.peak:.2f}")
    print(f"peak memory: many {many.peak:.1f} MB  allowed {ALLOWED:.0f} MB  of it {many.peak / ALLOWED:.2f}")
    ratio = many.first / few.first
    print(f"first message: many {many.first * 1000:.1f} ms  few {few.first * 1000:.1f} ms  ratio {ratio:.2f}")
    print(f"freezing took {many.freezing:.2f} s and {few.freezing:.2f} s")


def middle(several: Sequence[Seen]) -> Seen:
    """The median of each figure."""
    return Seen(*(median(getattr(each, name.name) for each in several) for name in fields(Seen)))


def seen(readers: int, port: int, connections: int, size: int) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'publisher.db'}"
        alone = multiprocessing.get_context("spawn")
        with alone.Pool(1, maxtasksperchild=1) as pool:
            pool.apply(_prepare, (url, readers))
        with alone.Pool(1, maxtasksperchild=1) as pool:
            found: Seen = pool.apply(_mail, (url, readers, port, connections, size))
    return found


def _prepare(url: str, readers: int) -> None:
    async def whole() -> None:
        store = Store(Database(url))
        await migrate.upgrade(store.database)
        await gather(store, readers)
        await store.database.close()

    asyncio.run(whole())


def _mail(url: str, readers: int, port: int, connections: int, size: int) -> Seen:
    structlog.configure(processors=[silence])
    return uvloop.run(_mailed(url, readers, Watched(relay(port, connections)), edition(size)))


async def _mailed(url: str, readers: int, channel: Watched, payload: Payload) -> Seen:
    store, clock = Store(Database(url)), ManualClock()
    ledger = Ledger(store.begin, clock, "bench", everything_holds, enter=store.enter)
    broadcast = Broadcast(ledger, lambda account: channel, PERSONALISER, clock)
    begun = time.perf_counter()
    async with store.begin() as tx:
        delivery = await under_way(tx, Plan(parts=payload.parts, locales=["en-US"]))
        mailing_id = await MailingFanOut(clock).start(tx, delivery.id)
    assert mailing_id is not None
    frozen = time.perf_counter()
    engine = EmbeddedEngine(store.read, clock)

    async def handle(work: Work) -> None:
        await broadcast.work(work.id)

    running_engine = asyncio.create_task(engine.run(handle))
    while await open_batches(store, mailing_id):  # noqa: ASYNC110 - what is waited for stands in a database
        await asyncio.sleep(0.05)
    ended = time.perf_counter()
    async with store.read() as tx:
        counts = await tx.count_recipients(mailing_id)
    await engine.close()
    await running_engine
    await channel.close()
    await store.database.close()
    assert counts[RecipientState.DELIVERED] == readers
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Seen(readers / (ended - frozen), peak, channel.took - frozen, frozen - begun)


if __name__ == "__main__":
    main()
