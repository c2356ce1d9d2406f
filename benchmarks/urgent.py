"""A warning in the middle of a large mailing: how soon has its first reader it, and how fast do desk and site answer?

    python -m benchmarks.urgent [--readers 1000000] [--rounds 3]

`publisher run` with its worker on a workspace of its own, SQLite, ten connections to a relay in a third process that
takes everything; without a canary, so that nobody need let the mailing go on. First with nothing else to do, then while
a mailing to all readers runs. Prints the seconds from the moment at which the warning is due to its first message, and
the answering times of the staff's page and the site; of each the median when idle, under way, and their ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import httpx
import uvloop

from tests.acceptance.desk import Desk
from tests.acceptance.opening import desk

WARNED, MAILED = "warned.example", "mailed.example"
PATIENCE = 120.0
REQUESTS = 60
PLACES = """
[accounts.sink]
channel = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
messages_per_connection = 1000000

[destinations.list]
account = "sink"
address = "news@example.com"
locales = ["en-US"]
options = {{ dkim = false }}

[sets]
list = ["website", "list"]"""


def main() -> None:
    parser = argparse.ArgumentParser(description="An urgent announcement during a large mailing.")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, relay() as sink, opened(Path(folder) / "desk", sink.port) as running:
        subscribe(running, 20, WARNED, "risk_warning")
        subscribe(running, chosen.readers, MAILED, "maintenance")
        warn(running, sink, "WARM")  # loads the templates, fonts and SDKs that every later one finds loaded
        idle = seen(running, sink, chosen.rounds, "IDLE")
        started = begin_mailing(running, sink)
        busy = seen(running, sink, chosen.rounds, "BUSY")
        rate = (sink.count() - started[1]) / (time.monotonic() - started[0])
        print(f"a mailing to {chosen.readers} was under way at {rate:.0f}/s, {sink.count()} sent at the end")
    for name in idle:
        ratio = busy[name] / idle[name]
        print(f"{name}: idle {idle[name] * 1000:.1f} ms  under way {busy[name] * 1000:.1f} ms  ratio {ratio:.2f}")


# --- the relay


@dataclass(frozen=True)
class Sink:
    """What the relay's process has seen."""

    port: int
    line: Connection

    def count(self) -> int:
        """Messages taken so far."""
        return int(self._ask("count"))

    def first_since(self, moment: float) -> float | None:
        """When the first message to a warned reader came, since then; None for not yet."""
        times = [at for at in self._ask("warned") if at >= moment]
        return min(times, default=None)

    def _ask(self, what: str) -> Any:  # noqa: ANN401 - what a pipe holds is known by who asks
        self.line.send(what)
        return self.line.recv()


@contextmanager
def relay() -> Iterator[Sink]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Sink(int(ours.recv()), ours)
    finally:
        process.terminate()
        process.join()


def serve(line: Connection) -> None:
    uvloop.run(_serve(line))


async def _serve(line: Connection) -> None:
    book, loop = Book(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(book), "127.0.0.1", 0)
    line.send(server.sockets[0].getsockname()[1])
    loop.add_reader(line.fileno(), lambda: line.send(book.count if line.recv() == "count" else book.warned))
    await server.serve_forever()


@dataclass
class Book:
    count: int = 0
    warned: list[float] = field(default_factory=list)


class Session(asyncio.Protocol):
    """As much of RFC 5321 as one client needs that pipelines."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._buffer = b""
        self._in_message = self._is_warned = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its bases
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._in_message else b"\r\n"
            text, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            self._take(text)

    def _take(self, text: bytes) -> None:
        if self._in_message:
            self._in_message = False
            self._book.count += 1
            if self._is_warned:
                self._book.warned.append(time.monotonic())
            self._transport.write(b"250 ok\r\n")
            return
        match text[:4].upper():
            case b"EHLO":
                self._transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            case b"DATA":
                self._in_message = True
                self._transport.write(b"354 go on\r\n")
            case b"RCPT":
                self._is_warned = WARNED.encode() in text
                self._transport.write(b"250 ok\r\n")
            case _:
                self._transport.write(b"250 ok\r\n")


# --- the desk


@contextmanager
def opened(workspace: Path, port: int) -> Iterator[Desk]:
    workspace.mkdir()
    with desk(workspace, {"[sets]": PLACES.format(port=port), "drift = 0.2": "canary = 0\ndrift = 0.2"}) as running:
        yield running


def subscribe(running: Desk, count: int, domain: str, kind: str) -> None:
    """Straight into the tables: a million by the usual way would take longer than what is measured."""
    with closing(sqlite3.connect(running.workspace / "publisher.sqlite3", timeout=60)) as connection, connection:
        [[last]] = connection.execute("SELECT coalesce(max(id), 0) FROM subscriber").fetchall()
        numbers = range(last + 1, last + 1 + count)
        connection.executemany(
            "INSERT INTO subscriber (id, address, address_key, locale, state, created_at, updated_at) "
            f"VALUES (?1, 'reader' || ?1 || '@{domain}', 'reader' || ?1 || '@{domain}', 'en-US', 'active', 0, 0)",
            ((number,) for number in numbers),
        )
        connection.executemany(
            "INSERT INTO subscription (subscriber_id, kind, frequency) VALUES (?, ?, 'instant')",
            ((number, kind) for number in numbers),
        )


def warn(running: Desk, sink: Sink, word: str) -> float:
    """Publishes a warning; seconds from its hour to its first message."""
    release = running.scheduled(running.announcement("risk_warning", word, to="list"))
    start = time.monotonic()
    running.due(release)
    deadline = start + PATIENCE
    while (first := sink.first_since(start)) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"no warning arrived within {PATIENCE:.0f} s\n{running.log()[-3000:]}")
        time.sleep(0.01)
    return first - start


def begin_mailing(running: Desk, sink: Sink) -> tuple[float, int]:
    """A mailing to everybody; when it was well under way, and how many had it then."""
    before = sink.count()
    release = running.scheduled(running.announcement("maintenance", "Everybody", to="list"))
    running.due(release)
    deadline = time.monotonic() + PATIENCE
    while sink.count() < before + 5_000:
        if time.monotonic() > deadline:
            raise SystemExit(f"the mailing did not start within {PATIENCE:.0f} s\n{running.log()[-3000:]}")
        time.sleep(0.05)
    return time.monotonic(), sink.count()


def seen(running: Desk, sink: Sink, rounds: int, word: str) -> Mapping[str, float]:
    """Medians in seconds."""
    staff = f"http://127.0.0.1:{running.ports['staff']}"
    with httpx.Client(trust_env=False, timeout=60) as asking:
        asking.post(f"{staff}/login", data={"token": running.tokens["erin"]}, headers={"origin": staff})
        return {
            "first message of a warning": statistics.median(
                warn(running, sink, f"{word}{number}") for number in range(rounds)
            ),
            "the staff's page": answering(asking, f"{staff}/deliveries"),
            "the site's home page": answering(asking, f"{running.site_url}/en-US/"),
        }


def answering(asking: httpx.Client, url: str) -> float:
    times = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        asking.get(url).raise_for_status()
        times.append(time.perf_counter() - start)
        time.sleep(0.02)
    return statistics.median(times)


if __name__ == "__main__":
    main()
