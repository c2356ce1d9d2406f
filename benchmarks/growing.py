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
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median

import structlog
import uvloop

from benchmarks.broadcast import frozen, relay, send, silence, sink_command
from benchmarks.crowd import gather
from benchmarks.smtp import edition, running
from publisher.channel import Addressee, MailingChannel, Outcome, Payload
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store

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
    with running(sink_command()) as port:
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
    store, begun = Store(Database(url)), time.perf_counter()
    mailing_id = await frozen(store, payload)
    ready = time.perf_counter()
    delivered = await send(store, channel, mailing_id)
    ended = time.perf_counter()
    await channel.close()
    await store.database.close()
    assert delivered == readers
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Seen(readers / (ended - ready), peak, channel.took - ready, ready - begun)


if __name__ == "__main__":
    main()
