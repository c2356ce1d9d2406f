"""Transactions that are committed together: each is its own, none waits for somebody who is gone."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t
from publisher.store.bare import driver_of
from publisher.store.database import Database
from publisher.store.sqlite_driver import Connection
from publisher.store.together import MOST, LostTogether, Together
from publisher.store.transaction import Store

SOON = 30.0
"""Seconds; far more than anything here takes."""

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL does this by itself


class Counted:
    """A database's write transactions, counted; `fails` is what the next one raises instead of beginning."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.count = 0
        self.fails: Exception | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncConnection]:
        self.count += 1
        if self.fails is not None:
            failure, self.fails = self.fails, None
            raise failure
        async with self._database.write() as connection:
            yield connection


@pytest.fixture
def counted(store: Store) -> Counted:
    return Counted(store.database)


@pytest.fixture
def together(counted: Counted) -> Together:
    return Together(counted)


async def add(join: AbstractAsyncContextManager[AsyncConnection], name: str, error: Exception | None = None) -> None:
    async with join as connection:
        await connection.execute(insert(t.counter).values(name=name, value=1))
        if error is not None:
            raise error


async def names(store: Store) -> list[str]:
    async with store.read() as tx:
        return list(await tx.connection.scalars(select(t.counter.c.name).order_by(t.counter.c.name)))


async def test_those_who_wait_are_committed_together(store: Store, counted: Counted) -> None:
    patient = Together(counted, longest=SOON)

    await asyncio.gather(*(add(patient.join(), f"n-{n:02}") for n in range(MOST)))

    assert await names(store) == [f"n-{n:02}" for n in range(MOST)]
    assert counted.count == 1


async def test_who_returns_is_committed(store: Store, together: Together) -> None:
    async def add_and_look(name: str) -> list[str]:
        await add(together.join(), name)
        return await names(store)

    seen = await asyncio.gather(*(add_and_look(name) for name in "abc"))

    assert all(name in found for name, found in zip("abc", seen, strict=True))


async def test_one_that_fails_takes_nothing_of_the_others_with_it(store: Store, together: Together) -> None:
    bad = ValueError("mine alone")

    done = await asyncio.gather(
        *(add(together.join(), name, bad if name == "b" else None) for name in "abc"), return_exceptions=True
    )

    assert done == [None, bad, None]
    assert await names(store) == ["a", "c"]


async def test_who_is_cancelled_keeps_nobody_waiting(store: Store, together: Together) -> None:
    began = asyncio.Event()

    async def hang() -> None:
        async with together.join() as connection:
            await connection.execute(insert(t.counter).values(name="hung", value=1))
            began.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await began.wait()
    waiting = [asyncio.create_task(add(together.join(), name)) for name in "ab"]
    await asyncio.sleep(0)
    waiting[0].cancel()
    hanging.cancel()
    async with asyncio.timeout(SOON):
        await waiting[1]

    assert await names(store) == ["b"]
    for task in (hanging, waiting[0]):
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()


async def test_who_is_cancelled_while_waiting_costs_the_one_before_nothing(store: Store, counted: Counted) -> None:
    together = Together(counted, longest=SOON)
    goes_on = asyncio.Event()

    async def slowly() -> None:
        async with together.join() as connection:
            await connection.execute(insert(t.counter).values(name="slow", value=1))
            await goes_on.wait()

    slow = asyncio.create_task(slowly())
    waiting = asyncio.create_task(add(together.join(), "gone"))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.wait([waiting])
    goes_on.set()
    async with asyncio.timeout(SOON):
        await slow

    assert await names(store) == ["slow"]


async def test_what_a_cancelled_one_had_asked_for_is_not_done_afterwards(store: Store, together: Together) -> None:
    asked = asyncio.Event()

    async def ask_and_wait() -> None:
        async with together.join() as connection:
            await connection.execute(select(t.counter.c.name))
            driver = driver_of(connection)
            assert isinstance(driver, Connection)
            asked.set()
            await driver.turn(too_late)

    def too_late(opened: sqlite3.Connection) -> None:
        time.sleep(0.3)
        opened.execute("INSERT INTO counter (name, value) VALUES ('too late', 1)")

    asking = asyncio.create_task(ask_and_wait())
    await asked.wait()
    await asyncio.sleep(0.05)
    asking.cancel()
    await add(together.join(), "a")

    assert await names(store) == ["a"]


async def test_a_transaction_that_cannot_begin_fails_one_and_the_next_one_works(
    store: Store, counted: Counted, together: Together
) -> None:
    counted.fails = ConnectionError("the database is away")

    async with asyncio.timeout(SOON):
        done = await asyncio.gather(*(add(together.join(), name) for name in "ab"), return_exceptions=True)

    assert [type(each) for each in done] == [ConnectionError, type(None)]
    assert await names(store) == ["b"]


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: Store, together: Together) -> None:
    async def spoil() -> None:
        async with together.join() as connection:
            # What is checked at the commit alone: the language of a release that is not there.
            await connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            await connection.execute(insert(t.release_locale).values(release_id=404, locale="en-US", sha256="0"))

    done = await asyncio.gather(add(together.join(), "a"), spoil(), return_exceptions=True)

    assert [type(each) for each in done] == [IntegrityError, IntegrityError]
    assert await names(store) == []
    await add(together.join(), "afterwards")
    assert await names(store) == ["afterwards"]


async def test_a_database_that_took_everything_back_is_told_to_everybody(store: Store, together: Together) -> None:
    async def lose() -> None:
        async with together.join() as connection:
            # As SQLite itself does when the disk is full in the middle of a statement.
            await connection.exec_driver_sql("ROLLBACK")
            raise OSError("the disk is full")

    done = await asyncio.gather(add(together.join(), "a"), lose(), add(together.join(), "b"), return_exceptions=True)

    assert [type(each) for each in done] == [LostTogether, OSError, type(None)]
    assert await names(store) == ["b"]
