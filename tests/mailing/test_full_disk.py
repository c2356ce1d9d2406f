"""A full disk stops a mailing before it sends; when there is room again it goes on, and every answer is still known."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store
from tests.databases import sqlite_url
from tests.mailing.builders import D, PostOffice, R, subscribe

READERS, ROOM = 1_000, 4
"""ROOM: pages of the file that are left when the mailing starts."""


@dataclass
class SmallDisk:
    """A `Begin` over a database that SQLite may not make larger."""

    store: Store
    refused: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        try:
            async with self.store.begin() as tx:
                yield tx
        except (sqlite3.OperationalError, OperationalError) as error:
            code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
            self.refused += code == sqlite3.SQLITE_FULL
            raise

    async def leave_room(self, pages: int) -> None:
        async with self.store.begin() as tx:
            size = (await tx.connection.execute(text("PRAGMA page_count"))).scalar_one()
            await tx.connection.execute(text(f"PRAGMA max_page_count = {size + pages}"))


async def test_nothing_is_sent_while_the_disk_is_full_and_nothing_is_lost(tmp_path: Path) -> None:
    store = Store(Database(sqlite_url(tmp_path)))
    disk, office = SmallDisk(store), PostOffice(store, batch_size=READERS)
    office.timing = replace(office.timing, window=20, store_again=(0.01,))
    readers = await subscribe(store, READERS)
    mailing = await office.start()
    await disk.leave_room(ROOM)

    working = asyncio.create_task(office.work(office.broadcast(begin=disk.begin)))
    await refusals(disk, 3, working)
    sent = len(office.relay.sent)
    await refusals(disk, 10, working)
    assert 0 < sent == len(office.relay.sent) < READERS

    await disk.leave_room(1_000_000)
    await working
    assert office.relay.counted() == dict.fromkeys(sorted(readers), 1)
    assert await office.counts(mailing) == {R.DELIVERED: READERS}
    assert (await office.delivery(mailing)).state is D.DELIVERED
    await store.database.close()


async def refusals(disk: SmallDisk, count: int, working: asyncio.Task[int]) -> None:
    while disk.refused < count:
        assert not working.done(), "the disk was never full"
        await asyncio.sleep(0.01)
