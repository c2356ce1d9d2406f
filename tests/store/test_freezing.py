"""What it costs to freeze the readers of a mailing does not depend on how many others are being mailed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from publisher.store.database import Database
from publisher.store.sqlite_driver import Connection
from publisher.store.transaction import Store
from tests.databases import sqlite_url
from tests.mailing.builders import POLICY, Plan, PostOffice, subscribe

STEP = 100
"""Instructions of SQLite's machine between two calls of a progress handler."""


async def test_a_large_mailing_makes_the_start_of_another_no_dearer_than_its_readers_do(tmp_path: Path) -> None:
    small, large = await instructions(tmp_path, 250), await instructions(tmp_path, 1_000)
    assert large < small * 6, "four times as many readers: it was sixteen when each was looked for among all recipients"


async def instructions(folder: Path, mailed: int) -> int:
    """What SQLite does to start a mailing to five, while one to so many runs."""
    office = PostOffice(Store(Database(sqlite_url(folder))), batch_size=500)
    await subscribe(office.store, mailed)
    await subscribe(office.store, 5, kinds="listing")
    await office.start()
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    await watched(office.store, count)
    mailing = await office.start(Plan(replace(POLICY, kind="listing")))
    await watched(office.store, None)
    await office.store.database.close()
    assert mailing.audience == 5
    return calls * STEP


async def watched(store: Store, handler: object) -> None:
    async with store.begin() as tx:
        driver = (await tx.connection.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)
        await driver.turn(lambda opened: opened.set_progress_handler(handler, STEP))  # type: ignore[arg-type]
