"""Sending to Postfix's smtp-sink: our pool beside a plain aiosmtplib loop with the same connections and messages.

    python -m benchmarks.smtp [--messages 10000] [--connections 10] [--bytes 8000]

Prints messages per second of ours and of the peer, and their ratio; then what filling and signing alone can do.
The peer sends bytes made beforehand; ours fills every message on the way.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import aiosmtplib
import uvloop
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pydantic import SecretStr

from channels.email import channel
from channels.email.dkim import Signer
from channels.email.message import Template
from channels.email.options import Account, Dkim
from channels.email.sending import Mailer
from publisher.channel import Addressee, Delivered, Format, Payload, Section, Slots, Target, slot

SENDER = "news@mail.example.com"


def main() -> None:
    parser = argparse.ArgumentParser(description="Our mail pool beside a plain aiosmtplib loop.")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=8_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    sink = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if sink is None:
        sys.exit("smtp-sink is not installed: it comes with Postfix (Debian: apt-get install postfix)")
    payload = edition(chosen.bytes)
    group = [Addressee(n, f"reader{n}@example.net", slots(n)) for n in range(chosen.messages)]
    template = Template(str(payload.parts[0].content["message"]))
    ready = [(reader.address, template.fill(filled(reader))) for reader in group]
    print(f"{chosen.messages} messages of {len(ready[0][1])} bytes, {chosen.connections} connections")
    with running(sink) as port:
        pairs = [
            (
                uvloop.run(ours(port, chosen.connections, payload, group)),
                uvloop.run(peer(port, chosen.connections, ready)),
            )
            for _ in range(chosen.rounds)
        ]
    our_best, peer_best = (max(rates) for rates in zip(*pairs, strict=True))
    print(f"ours {our_best:.0f}/s  peer (aiosmtplib) {peer_best:.0f}/s  ratio {our_best / peer_best:.2f}")
    print(f"filling alone {rate_of_filling(payload, group):.0f}/s")
    print(f"filling and signing alone, one thread {rate_of_signing(chosen.bytes, group):.0f}/s")


def edition(size: int, *, dkim: bool = False) -> Payload:
    """A mail of about `size` bytes."""
    line = "<p>Deposits and withdrawals of ETH stop while the network is upgraded. Trading goes on.</p>\n"
    text = "Deposits and withdrawals of ETH stop while the network is upgraded.\n"
    link = slot("recipient.unsubscribe_url")
    target = Target("mail", "email", "relay", SENDER, "en-US", {"from_name": "Example Exchange", "dkim": dkim})
    rendered = {
        "subject": Section(Format.PLAIN, "ETH wallet maintenance - 3 Dec 2026"),
        "html": Section(Format.EMAIL_HTML, line * (size // 200) + f'<a href="{link}">Unsubscribe</a>\n'),
        "text": Section(Format.PLAIN, text * (size // 200) + f"{slot('url')}\nUnsubscribe: {link}\n"),
    }
    return Payload(target, tuple(channel.composer.compose(rendered, target)))


def slots(number: int) -> Slots:
    return {
        "url": "https://example.com/en-US/ANN-2026-00042",
        "date": "Thu, 03 Dec 2026 02:00:00 +0000",
        "message_id": f"<m{number}.r1@mail.example.com>",
        "recipient.unsubscribe_url": f"https://example.com/u/{number:032x}",
    }


def filled(reader: Addressee) -> Slots:
    return {**reader.slots, "recipient.address": reader.address}


@contextmanager
def running(sink: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sink, "-u", "nobody", f"127.0.0.1:{port}", "1000"], cwd="/")
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("smtp-sink did not start")


async def ours(port: int, connections: int, payload: Payload, group: list[Addressee]) -> float:
    """Messages per second, each counted only when it was accepted."""
    settings = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": connections}
    mailer = Mailer(Account.model_validate({**settings, "messages_per_connection": 1_000_000}))
    start = time.perf_counter()
    accepted = [isinstance(outcome, Delivered) async for _, outcome in mailer.send_group(payload, group)]
    elapsed = time.perf_counter() - start
    await mailer.close()
    assert sum(accepted) == len(group)
    return len(group) / elapsed


async def peer(port: int, connections: int, ready: list[tuple[str, bytes]]) -> float:
    waiting = deque(ready)

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="bench") as client:
            while waiting:
                address, message = waiting.popleft()
                await client.sendmail(SENDER, [address], message)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return len(ready) / (time.perf_counter() - start)


def rate_of_filling(payload: Payload, group: list[Addressee]) -> float:
    template = Template(str(payload.parts[0].content["message"]))
    start = time.perf_counter()
    for reader in group:
        template.fill(filled(reader))
    return len(group) / (time.perf_counter() - start)


def rate_of_signing(size: int, group: list[Addressee]) -> float:
    key = generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = Signer.load(Dkim(domain="example.com", selector="news", private_key=SecretStr(key.decode())))
    template = Template(str(edition(size, dkim=True).parts[0].content["message"]))
    sample = group[:2_000]
    start = time.perf_counter()
    for reader in sample:
        template.fill(filled(reader), signer)
    return len(sample) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
