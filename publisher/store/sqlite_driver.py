"""aiosqlite with one turn of its thread per statement instead of four (cursor, execute, fetch, close).

Each turn wakes thread and event loop once; a mailing spent most of its time on that.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import aiosqlite
from aiosqlite.core import _connection_worker_thread

T = TypeVar("T")

BUSY_TIMEOUT_MS = 15_000
AGAIN = (0.0003, 0.002)
"""Seconds, at least and at most, after which a transaction asks again whether the other writer has ended."""
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""How a transaction begins, by what it is for."""


def connecting(path: Path, *, read_only: bool) -> Callable[[], aiosqlite.Connection]:
    """What SQLAlchemy calls for every new connection to the file; `read_only` ones refuse to write."""

    def connect() -> sqlite3.Connection:
        # Without isolation level the driver opens no transactions by itself: its implicit BEGIN is a deferred one.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",  # what is erased must not stay in free pages; not every build has it by default
            f"query_only = {read_only}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return lambda: Connection(connect, iter_chunk_size=64)


class Connection(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        # As SQLAlchemy does: a program that ends must not wait for a pool.
        self._thread = threading.Thread(target=_serve, args=(self._tx,), daemon=True)
        self._begin = ""

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    def begin_with_the_next(self, statement: str) -> None:
        """Runs `statement`, a BEGIN, at the start of the next turn: a transaction begins with its first question."""
        self._begin = statement

    async def turn(self, work: Callable[[sqlite3.Connection], T], *, last: bool = False) -> T:
        """`work`, run by the thread that owns the connection; after the `last` of a transaction it commits."""
        begin, self._begin = self._begin, ""
        try:
            done: T = await self._execute(lambda: _begun(self._conn, begin, work, last))  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            if begin:
                # The thread goes on: it would open the transaction when nobody is there any more who could end it.
                self._tx.put_nowait((None, self._conn.rollback))
            raise
        return done

    async def one(self, sql: str, values: Mapping[str, Any]) -> tuple[Sequence[Any], int]:
        """The rows of a quick statement, and how many it changed.

        Inside a transaction that has begun it neither waits for a lock nor for the disk's word: handing it to the
        thread and being woken again took longer than the statement.
        """
        if self._begin:
            return await self.turn(lambda opened: _whole(opened.execute(sql, values)))
        return _whole(self._conn.execute(sql, values))

    async def commit(self) -> None:
        try:
            await self._end(super().commit)
        except sqlite3.Error:
            # It may have left the transaction open, and with it no other could begin on this connection ever again.
            await self.rollback()
            raise

    async def rollback(self) -> None:
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Awaitable[None]]) -> None:
        self._begin = ""
        if self.in_transaction:
            await end()


class _Cursor(aiosqlite.Cursor):
    """One statement and everything it returns."""

    def __init__(self, connection: Connection) -> None:
        self._of = connection
        self._rows: Sequence[Any] = ()

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> _Cursor:
        values = tuple(parameters or ())
        self._cursor, self._rows = await self._of.turn(lambda connection: _all(connection.execute(sql, values)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> _Cursor:
        rows = [tuple(row) for row in parameters]
        self._cursor = await self._of.turn(lambda connection: connection.executemany(sql, rows))
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Everything was fetched: there is nothing to close."""


def _begin_writing(connection: sqlite3.Connection) -> None:
    """Asks again and again, for as long as a transaction may wait for the writer of another process.

    SQLite's own waiting sleeps for up to 100 ms at a time, whatever happens meanwhile: clock and worker, which take
    turns, went out of each other's way most of the time.
    """
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute(WRITE)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(*AGAIN))  # noqa: S311 - not a secret
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _begun(connection: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], T], last: bool) -> T:
    if begin == WRITE:
        _begin_writing(connection)
    elif begin:
        connection.execute(begin)
    done = work(connection)
    if last:
        connection.commit()
    return done


def _serve(turns: SimpleQueue[Any]) -> None:
    """Aiosqlite's own loop; it ends quietly once nobody can hear it.

    Who is cancelled while connecting leaves a turn behind, and its answer may come after the end of the event loop.
    """
    with contextlib.suppress(RuntimeError):
        _connection_worker_thread(turns)


def _whole(cursor: sqlite3.Cursor) -> tuple[Sequence[Any], int]:
    return cursor.fetchall() if cursor.description else (), cursor.rowcount


def _all(cursor: sqlite3.Cursor) -> tuple[sqlite3.Cursor, Sequence[Any]]:
    return cursor, cursor.fetchall() if cursor.description else ()
