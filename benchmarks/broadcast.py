"""A whole mailing to Postfix's smtp-sink, ledger included, beside a plain aiosmtplib loop that keeps no books.

    python -m benchmarks.broadcast [--readers 20000] [--connections 10] [--bytes 8000]

Ours freezes the readers, fills every message, commits the intent before each group and the results after it to a SQLite
file with synchronous=FULL, and re-reads who unsubscribed. The peer sends bytes made beforehand. Prints messages per
second of both and their ratio, then the ledger's own rate with a relay that costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import structlog
import uvloop

from benchmarks.smtp import edition, filled, peer, running, slots
from channels.email.message import Template
from channels.email.options import Account
from channels.email.sending import Mailer
from publisher.channel import Addressee, Delivered, MailingChannel, Outcome, Payload, Receipt
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Work
from publisher.delivery.states import RecipientState
from publisher.encryption import Encryption, Hashing
from publisher.mailing.broadcast import Broadcast
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.intake.rows import Reader
from publisher.mailing.ledger import Ledger
from publisher.mailing.personalise import Links, Personaliser
from publisher.mailing.subscribers import save
from publisher.mailing.tokens import MessageIds, Tokens
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import NOON, ManualClock, Plan, everything_holds, under_way

KEY = b"a key for benchmarks, 32 bytes.."
PIECE = 5_000


class FreeRelay:
    """Takes everything at once: what remains is the ledger."""

    async def send_group(self, payload: Payload, group: Iterable[Addressee]) -> AsyncIterator[tuple[int, Outcome]]:
        for addressee in group:
            yield addressee.recipient_id, Delivered(Receipt("message", (addressee.slots["message_id"],)))

    async def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Our mailings beside a plain aiosmtplib loop.")
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=8_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    sink = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if sink is None:
        sys.exit("smtp-sink is not installed: it comes with Postfix (Debian: apt-get install postfix)")
    structlog.configure(processors=[_silence])
    payload = edition(chosen.bytes)
    template = Template(str(payload.parts[0].content["message"]))
    group = [Addressee(n, f"reader{n}@example.net", slots(n)) for n in range(chosen.readers)]
    ready = [(reader.address, template.fill(filled(reader))) for reader in group]
    print(f"{chosen.readers} messages of {len(ready[0][1])} bytes, {chosen.connections} connections")
    with running(sink) as port:
        pairs = [
            (
                uvloop.run(mailing(relay(port, chosen.connections), payload, chosen.readers)),
                uvloop.run(peer(port, chosen.connections, ready)),
            )
            for _ in range(chosen.rounds)
        ]
    our_best, peer_best = (max(rates) for rates in zip(*pairs, strict=True))
    print(f"ours {our_best:.0f}/s  peer (aiosmtplib) {peer_best:.0f}/s  ratio {our_best / peer_best:.2f}")
    print(f"ledger alone {uvloop.run(mailing(FreeRelay(), payload, chosen.readers)):.0f}/s")


def relay(port: int, connections: int) -> Mailer:
    settings = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": connections}
    return Mailer(Account.model_validate({**settings, "messages_per_connection": 1_000_000}))


async def mailing(channel: MailingChannel, payload: Payload, readers: int) -> float:
    """Readers per second from the start of the mailing, its freezing included, to its end, its accounts included."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Database(f"sqlite:///{Path(folder) / 'publisher.db'}"))
        await migrate.upgrade(store.database)
        await subscribe(store, readers)
        start = time.perf_counter()
        delivered = await send(store, channel, payload)
        elapsed = time.perf_counter() - start
        await channel.close()
        await store.database.close()
    assert delivered == readers
    return readers / elapsed


async def subscribe(store: Store, count: int) -> None:
    readers = [Reader(f"reader{n}@example.net", "en-US", frozenset({"maintenance"})) for n in range(count)]
    for first in range(0, count, PIECE):
        async with store.begin() as tx:
            await save(tx, readers[first : first + PIECE], NOON, hashing=Hashing(KEY))


async def send(store: Store, channel: MailingChannel, payload: Payload) -> int:
    """Starts a mailing and lets an engine work on its batches; how many were delivered."""
    clock = ManualClock()
    links = Links("https://example.com", Tokens([KEY]))
    personaliser = Personaliser(links, MessageIds(KEY), Encryption([KEY]))
    broadcast = Broadcast(
        Ledger(store.begin, clock, "bench", everything_holds), lambda account: channel, personaliser, clock
    )
    async with store.begin() as tx:
        delivery = await under_way(tx, Plan(parts=payload.parts, locales=["en-US"]))
        mailing_id = await MailingFanOut(clock).start(tx, delivery.id)
    engine = EmbeddedEngine(store.read, clock)
    over = asyncio.Event()

    async def handle(work: Work) -> None:
        await broadcast.work(work.id)
        async with store.read() as tx:
            if not await tx.open_batches(mailing_id):
                over.set()

    running_engine = asyncio.create_task(engine.run(handle))
    await over.wait()
    async with store.read() as tx:
        counts = await tx.count_recipients(mailing_id)
    await engine.close()
    await running_engine
    return counts[RecipientState.DELIVERED]


def _silence(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
