"""What a transaction promises on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from publisher.store import tables as t
from publisher.store.counters import raised
from publisher.store.database import Database, lease_clock
from publisher.store.sqlite_driver import Connection
from publisher.store.transaction import SqlTransaction, Store

AT = datetime(2026, 12, 3, tzinfo=UTC)
UPDATES = 150
PROCESSES = 2

WRITER = """
import asyncio, sys
from sqlalchemy import select, update
from publisher.store import tables as t
from publisher.store.database import Database

async def main(url, updates):
    database = Database(url)

    async def add_one():
        async with database.write() as connection:
            value = await connection.scalar(select(t.counter.c.value).with_for_update())
            await connection.execute(update(t.counter).values(value=value + 1))

    for _ in range(updates):
        await add_one()
    await database.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_two_processes_that_read_and_then_write_lose_no_update(database: Database) -> None:
    """Lost when the two of a pair run in their own transactions: what drivers do when left alone."""
    await _count(database, 0)
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, database.url, str(UPDATES))
        for _ in range(PROCESSES)
    ]
    codes = await asyncio.gather(*(writer.wait() for writer in writers))
    lost = PROCESSES * UPDATES - await _counted(database)
    print(f"{lost} of {PROCESSES * UPDATES} updates lost")  # noqa: T201 - a zero needs its number of trials
    assert (codes, lost) == ([0] * PROCESSES, 0)


async def test_many_writers_of_one_process_take_turns(database: Database) -> None:
    await _count(database, 0)

    async def add_one() -> None:
        async with database.write() as connection:
            await connection.execute(update(t.counter).values(value=t.counter.c.value + 1))

    await asyncio.gather(*(add_one() for _ in range(50)))
    assert await _counted(database) == 50


async def test_an_error_inside_leaves_nothing(database: Database) -> None:
    async def fails_half_way() -> None:
        async with database.write() as connection:
            await connection.execute(insert(t.counter).values(name="half", value=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_half_way()
    async with database.read() as connection:
        assert (await connection.execute(select(t.counter))).all() == []


async def test_a_writer_that_is_cancelled_anywhere_leaves_nothing_locked(database: Database) -> None:
    await _count(database, 0)

    async def add_two() -> None:
        async with database.write() as connection:
            for _ in range(2):
                await connection.execute(update(t.counter).values(value=t.counter.c.value + 1))

    ended = 0
    for turns in range(60):
        task = asyncio.create_task(add_two())
        await asyncio.sleep(turns * 0.0002)
        task.cancel()
        ended += not isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    await add_two()
    counted = await _counted(database)
    assert counted % 2 == 0, "half a transaction"
    assert counted >= 2 * (ended + 1)


async def _opened(connection: Connection) -> None:
    await connection


def test_an_answer_after_the_end_of_the_loop_disturbs_nobody(tmp_path: Path) -> None:
    """A thread that raises is a traceback on the terminal of whoever runs a command."""
    slow = threading.Event()

    def connect() -> sqlite3.Connection:
        slow.wait()
        return sqlite3.connect(tmp_path / "slow.sqlite3")

    async def give_up() -> threading.Thread:
        connection = Connection(connect, 64)
        connecting = asyncio.ensure_future(_opened(connection))
        await asyncio.sleep(0.01)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        return connection._thread

    thread = asyncio.run(give_up())
    slow.set()
    thread.join()


async def test_looking_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.read() as connection:
            await connection.execute(insert(t.counter).values(name="n", value=1))
    await _count(database, 7)
    assert await _counted(database) == 7


async def test_a_reader_sees_one_moment(database: Database) -> None:
    await _count(database, 1)
    async with database.read() as reader:
        before = await reader.scalar(select(t.counter.c.value))
        async with database.write() as writer:
            await writer.execute(update(t.counter).values(value=2))
        assert (before, await reader.scalar(select(t.counter.c.value))) == (1, 1)
    assert await _counted(database) == 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_after_a_commit_that_fails_others_can_write(database: Database) -> None:
    async def spoil() -> None:
        async with database.write() as connection:
            # What is checked at the commit alone: the language of a release that is not there.
            await connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            await connection.execute(insert(t.release_locale).values(release_id=404, locale="en-US", sha256="0"))

    with pytest.raises(IntegrityError):
        await spoil()
    await _count(database, 1)

    assert await _counted(database) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_after_a_writer_was_cancelled_while_it_waited_others_can_write(database: Database) -> None:
    async def add() -> None:
        async with database.write() as connection:
            await raised(connection, "cancelled")

    other = sqlite3.connect(database.url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add())
    await asyncio.sleep(0.2)
    waiting.cancel()
    await asyncio.wait([waiting])
    other.execute("ROLLBACK")
    await asyncio.sleep(0.2)

    other.execute("BEGIN IMMEDIATE")  # the cancelled one keeps no lock
    other.execute("ROLLBACK")
    await _count(database, 1)

    assert waiting.cancelled()
    assert await _counted(database) == 1


@pytest.mark.parametrize("prepared", [False, True])
async def test_busy_is_tried_again(store: Store, *, prepared: bool) -> None:
    """Busy is a lock that another process holds on SQLite, and a serialization failure on PostgreSQL.

    SQLAlchemy wraps it; a statement that is prepared raises what the driver raises.
    """
    tries = 0

    async def work(tx: SqlTransaction) -> str:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise _busy(sqlite=store.database.is_sqlite, prepared=prepared)
        await tx.save_announcement("a", "listing", AT)
        return "done"

    assert (await store.run(work), tries) == ("done", 3)


async def test_any_other_error_is_not_tried_again(store: Store) -> None:
    tries = 0

    async def work(tx: SqlTransaction) -> None:
        nonlocal tries
        tries += 1
        await tx.connection.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError):
        await store.run(work)
    assert tries == 1


async def test_a_store_runs_work_and_rolls_back_what_failed(store: Store) -> None:
    async def fails_half_way(tx: SqlTransaction) -> None:
        await tx.save_announcement("lost", "listing", AT)
        raise ZeroDivisionError

    await store.run(lambda tx: tx.save_announcement("kept", "listing", AT))
    with pytest.raises(ZeroDivisionError):
        await store.run(fails_half_way)
    async with store.read() as tx:
        assert (await tx.connection.scalars(select(t.announcement.c.id))).all() == ["kept"]


async def test_the_lease_clock_is_the_database_s_own(database: Database) -> None:
    async with database.read() as connection:
        microseconds = (await connection.execute(select(lease_clock()))).scalar_one()
    assert abs(microseconds / 1e6 - datetime.now(UTC).timestamp()) < 60


async def test_a_naive_time_never_reaches_a_table(store: Store) -> None:
    with pytest.raises(Exception, match="naive time"):
        async with store.begin() as tx:
            await tx.save_announcement("a", "listing", datetime(2026, 1, 1))  # noqa: DTZ001


async def _count(database: Database, value: int) -> None:
    async with database.write() as connection:
        await connection.execute(insert(t.counter).values(name="n", value=value))


async def _counted(database: Database) -> int:
    async with database.read() as connection:
        value: int = (await connection.execute(select(t.counter.c.value))).scalar_one()
    return value


def _busy(*, sqlite: bool, prepared: bool = False) -> Exception:
    if not sqlite:
        cause: Exception = psycopg.errors.SerializationFailure()
    else:
        cause = locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return cause if prepared else OperationalError("UPDATE", {}, cause)
