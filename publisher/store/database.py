"""Connections and transactions. SQLite's discipline lives here: see docs/decisions/0003-sqlite-discipline.md."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
ATTEMPTS = 8
_RETRY_STATES = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock


class Database:
    """One database, SQLite or PostgreSQL, and the two ways to talk to it: `write` and `read`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """`url` as SQLAlchemy reads it; `sqlite:///file` and `postgresql://...` get their async drivers."""
        self.url = _with_driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        options: dict[str, Any] = (
            {} if self.is_sqlite else {"pool_size": pool_size, "isolation_level": "READ COMMITTED"}
        )
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction that sees the newest data; commits at the end of the block, rolls back on an error.

        On SQLite it is BEGIN IMMEDIATE: inside a deferred transaction two processes that read and then write lose
        updates without an error.
        """
        async with self._connection(immediate=True) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only snapshot."""
        async with self._connection(immediate=False) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def _connection(self, *, immediate: bool) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                await connection.execution_options(begin_immediate=immediate)
            yield connection

    async def close(self) -> None:
        await self.engine.dispose()


async def again_when_busy(work: Callable[[], Awaitable[T]]) -> T:
    """`work()`, repeated with jitter while the database only says "busy"; at most ATTEMPTS times.

    `work` must be one whole transaction, so that nothing of a failed try remains.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return await work()
        except DBAPIError as error:
            if not is_busy(error):
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    return await work()


def is_busy(error: DBAPIError) -> bool:
    """True for errors that a repeat of the whole transaction may cure: locked, serialization failure, deadlock."""
    if getattr(error.orig, "sqlstate", None) in _RETRY_STATES:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return False
    return isinstance(error, OperationalError) and (code & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _with_driver(url: str) -> str:
    for plain, driven in (("sqlite://", "sqlite+aiosqlite://"), ("postgresql://", "postgresql+psycopg://")):
        if url.startswith(plain):
            return driven + url.removeprefix(plain)
    return url


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: its implicit BEGIN is a deferred one.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("begin_immediate", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
