"""A whole mailing to Postfix's smtp-sink, ledger included, beside senders that keep no books.

    python -m benchmarks.broadcast [--readers 100000] [--connections 10] [--bytes 8000] [--rounds 1]

Ours freezes the readers, fills every message, commits the intent before each group and the results after it to a SQLite
file with synchronous=FULL, and re-reads who unsubscribed. The peers send bytes made beforehand: a plain loop of
aiosmtplib, and nodemailer's pool (installed by npm into a temporary folder; left out with a line where that fails).
The books' share of the time comes from the same mailing with nothing frozen, committed or read.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import structlog
import uvloop

from benchmarks import nodemailer
from benchmarks.crowd import gather
from benchmarks.forgetful import Forgetful
from benchmarks.smtp import edition, filled, peer, running, slots
from channels.email.message import Template
from channels.email.options import Account
from channels.email.sending import Mailer
from publisher.channel import Addressee, Delivered, MailingChannel, Outcome, Payload, Receipt
from publisher.delivery.engine.embedded import EmbeddedEngine, Share
from publisher.delivery.engine.port import Work
from publisher.delivery.states import RecipientState
from publisher.encryption import Encryption
from publisher.mailing.broadcast import Broadcast
from publisher.mailing.fan_out import BATCH, MailingFanOut
from publisher.mailing.ledger import Ledger
from publisher.mailing.personalise import Links, Personaliser
from publisher.mailing.tokens import MessageIds, Tokens
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import ManualClock, Plan, everything_holds, under_way

KEY = b"a key for benchmarks, 32 bytes.."
PERSONALISER = Personaliser(Links("https://example.com", Tokens([KEY])), MessageIds(KEY), Encryption([KEY]))
PREBUILT = 20_000
"""Messages that the peers send again and again: a hundred thousand would need a gigabyte."""


class FreeRelay:
    """Takes everything at once: what remains is the ledger."""

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        for addressee in group:
            yield addressee.recipient_id, Delivered(Receipt("message", (addressee.slots["message_id"],)))

    async def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Our mailings beside senders that keep no books.")
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=8_000)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    sink = sink_command()
    structlog.configure(processors=[silence])
    payload = edition(chosen.bytes)
    template = Template(str(payload.parts[0].content["message"]))
    group = [Addressee(n, f"reader{n}@example.net", slots(n)) for n in range(min(PREBUILT, chosen.readers))]
    ready = [(reader.address, template.fill(filled(reader))) for reader in group]
    print(f"{chosen.readers} messages of {len(ready[0][1])} bytes, {chosen.connections} connections", flush=True)
    plain = list(islice(cycle(ready), chosen.readers))
    with nodemailer.installed() as pool, running(sink) as port:
        rounds = [
            Rates(
                ours=uvloop.run(mailing(relay(port, chosen.connections), payload, chosen.readers)),
                loop=uvloop.run(peer(port, chosen.connections, plain)),
                without=uvloop.run(without_books(relay(port, chosen.connections), payload, chosen.readers)),
                pool=pool.rate(port, chosen.connections, len(plain), ready[0][1]) if pool else None,
            )
            for _ in range(chosen.rounds)
        ]
    tell(rounds)
    print(f"ledger alone {uvloop.run(mailing(FreeRelay(), payload, chosen.readers)):.0f}/s")


def sink_command() -> str:
    """Postfix's smtp-sink; ends the program where it is missing."""
    found = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if found is None:
        sys.exit("smtp-sink is not installed: it comes with Postfix (Debian: apt-get install postfix)")
    return found


@dataclass(frozen=True)
class Rates:
    """Messages per second in one round."""

    ours: float
    loop: float
    without: float
    pool: float | None


def tell(rounds: Sequence[Rates]) -> None:
    """The medians of the rounds' ratios: what disturbs the machine for a while disturbs all of a round."""
    ours, loop, without = (median(getattr(each, name) for each in rounds) for name in ("ours", "loop", "without"))
    ratio = median(each.ours / each.loop for each in rounds)
    print(f"ours {ours:.0f}/s  peer (aiosmtplib) {loop:.0f}/s  ratio {ratio:.2f}")
    share = median(1 - each.ours / each.without for each in rounds)
    print(f"the same without books {without:.0f}/s  the books' share of the time {share:.3f}")
    pools = [(each.ours, each.pool) for each in rounds if each.pool]
    if pools:
        rate, ratio = median(pool for _, pool in pools), median(ours / pool for ours, pool in pools)
        print(f"peer (nodemailer, pool) {rate:.0f}/s  ratio to the pool {ratio:.2f}")


def relay(port: int, connections: int) -> Mailer:
    settings = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": connections}
    return Mailer(Account.model_validate({**settings, "messages_per_connection": 1_000_000}))


async def mailing(channel: MailingChannel, payload: Payload, readers: int) -> float:
    """Readers per second from the start of the mailing, its freezing included, to its end, its accounts included."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Database(f"sqlite:///{Path(folder) / 'publisher.db'}"))
        await migrate.upgrade(store.database)
        await gather(store, readers)
        start = time.perf_counter()
        delivered = await send(store, channel, await frozen(store, payload))
        elapsed = time.perf_counter() - start
        await channel.close()
        await store.database.close()
    assert delivered == readers
    return readers / elapsed


async def without_books(channel: MailingChannel, payload: Payload, readers: int) -> float:
    """The same groups, as many side by side, personalised and sent alike; what was sent is remembered by nobody."""
    forgetful = Forgetful(payload, readers)
    broadcast = Broadcast(forgetful, lambda account: channel, PERSONALISER, ManualClock())
    batches = iter(range(0, readers, BATCH))

    async def work() -> None:
        for first in batches:
            await broadcast.work(first)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(Share().destination)))
    elapsed = time.perf_counter() - start
    await channel.close()
    assert forgetful.delivered == readers
    return readers / elapsed


async def frozen(store: Store, payload: Payload) -> int:
    """A mailing to everybody, ready to be sent; its number."""
    async with store.begin() as tx:
        delivery = await under_way(tx, Plan(parts=payload.parts, locales=["en-US"]))
        mailing_id = await MailingFanOut(ManualClock()).start(tx, delivery.id)
    assert mailing_id is not None
    return mailing_id


async def send(store: Store, channel: MailingChannel, mailing_id: int) -> int:
    """Lets an engine work on the batches of a mailing; how many were delivered."""
    clock = ManualClock()
    ledger = Ledger(store.begin, clock, "bench", everything_holds, enter=store.enter)
    broadcast = Broadcast(ledger, lambda account: channel, PERSONALISER, clock)
    engine, over = EmbeddedEngine(store.read, clock), asyncio.Event()
    left = await open_batches(store, mailing_id)

    async def handle(work: Work) -> None:
        nonlocal left
        await broadcast.work(work.id)
        left -= 1
        if left <= 0 and not await open_batches(store, mailing_id):
            over.set()

    running_engine = asyncio.create_task(engine.run(handle))
    await over.wait()
    async with store.read() as tx:
        counts = await tx.count_recipients(mailing_id)
    await engine.close()
    await running_engine
    return counts[RecipientState.DELIVERED]


async def open_batches(store: Store, mailing_id: int) -> int:
    async with store.read() as tx:
        return await tx.open_batches(mailing_id)


def silence(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
