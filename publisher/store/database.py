"""Connections and transactions. SQLite's discipline lives here: see docs/decisions/0003-sqlite-discipline.md."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Dialect, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import BigInteger

from publisher.store.bare import Course, alone, run
from publisher.store.sqlite_driver import BUSY_TIMEOUT_MS, READ, WRITE, Connection, connecting
from publisher.store.together import Together

T = TypeVar("T")

ATTEMPTS = 8
_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_RETRY_STATES = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock


class Database:
    """One database, SQLite or PostgreSQL, and the two ways to talk to it: `write` and `read`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """`url` as SQLAlchemy reads it; `sqlite:///file` and `postgresql://...` get their async drivers."""
        self.url = _with_driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._turn = asyncio.Lock()
        self._together = Together(self.write)
        if self.is_sqlite:
            self._writing = _sqlite_engine(self.url, begin=WRITE, pool_size=1)
            self._reading = _sqlite_engine(self.url, begin=READ, pool_size=pool_size)
        else:
            self._writing = create_async_engine(self.url, pool_size=pool_size)
            self._reading = self._writing.execution_options(**_SNAPSHOT)

    @property
    def dialect(self) -> Dialect:
        return self._writing.dialect

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction that sees the newest data; commits at the end of the block, rolls back on an error.

        On SQLite it is BEGIN IMMEDIATE: inside a deferred transaction two processes that read and then write lose
        updates without an error. Writers of one process queue for it here, first come first served, because SQLite's
        own waiting is blind polling that starves some of them.
        """
        if not self.is_sqlite:
            async with self._writing.begin() as connection:
                yield connection
            return
        await self._take_turn()
        try:
            async with self._writing.begin() as connection:
                yield connection
        finally:
            self._turn.release()

    def write_together(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A short write transaction that may be committed together with others of this process.

        PostgreSQL has writers side by side, and commits them together by itself.
        """
        return self._together.join() if self.is_sqlite else self.write()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A snapshot: every query inside sees the same moment, and the database refuses writes."""
        async with self._reading.begin() as connection:
            yield connection

    async def run(self, course: Course[T]) -> T:
        """`course` as a write transaction of its own; raises what the driver raises.

        On SQLite in one turn of the driver's thread, without SQLAlchemy's transaction around it: that costs as much as
        a group of a mailing.
        """
        if not self.is_sqlite:
            async with self._writing.begin() as connection:
                (done,) = await run(connection, [course])
            return done
        await self._take_turn()
        try:
            return await self._in_one_turn(course)
        finally:
            self._turn.release()

    async def _in_one_turn(self, course: Course[T]) -> T:
        taken = await self._writing.raw_connection()
        try:
            driver = taken.driver_connection
            assert isinstance(driver, Connection)
            driver.begin_with_the_next(WRITE)
            try:
                return await driver.turn(lambda opened: alone(opened, course), last=True)
            except BaseException:
                await driver.rollback()
                raise
        finally:
            taken.close()

    async def close(self) -> None:
        await self._writing.dispose()
        await self._reading.dispose()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(BUSY_TIMEOUT_MS / 1000):
                await self._turn.acquire()
        except TimeoutError:
            raise TimeoutError(
                "waited too long for another write transaction of this process; "
                "a transaction must not be opened inside another, nor held across a network call"
            ) from None


async def again_when_busy(work: Callable[[], Awaitable[T]]) -> T:
    """`work()`, repeated with jitter while the database only says "busy"; at most ATTEMPTS times.

    `work` must be one whole transaction, so that nothing of a failed try remains.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return await work()
        except Exception as error:  # of a driver that is imported only where it is used
            if not is_busy(error):
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    return await work()


def is_busy(error: Exception) -> bool:
    """True for errors that a repeat of the whole transaction may cure: locked, serialization failure, deadlock.

    Of SQLAlchemy or, from a statement that is prepared, of the driver itself.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) in _RETRY_STATES:
        return True
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class lease_clock(FunctionElement[int]):  # noqa: N801 - reads as an SQL function
    """The database's own clock in microseconds: leases compare with nothing else.

    The injected clock may be moved by a test or a demo, and machines disagree; either would end leases early.
    """

    name = "lease_clock"
    type = BigInteger()
    inherit_cache = True


@compiles(lease_clock, "sqlite")
def _sqlite_clock(element: lease_clock, compiler: SQLCompiler, **_: object) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(lease_clock, "postgresql")
def _postgresql_clock(element: lease_clock, compiler: SQLCompiler, **_: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


def _with_driver(url: str) -> str:
    for plain, driven in (("sqlite://", "sqlite+aiosqlite://"), ("postgresql://", "postgresql+psycopg://")):
        if url.startswith(plain):
            return driven + url.removeprefix(plain)
    return url


def _sqlite_engine(url: str, *, begin: str, pool_size: int) -> AsyncEngine:
    path = Path(make_url(url).database or "")
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        async_creator=connecting(path, read_only=begin == READ),
        # Every transaction ends itself; a rollback at each return to the pool would only cost a turn of the thread.
        pool_reset_on_return=None,
    )
    event.listen(engine.sync_engine, "begin", lambda connection: _begin(connection, begin))
    return engine


def _begin(connection: SyncConnection, statement: str) -> None:
    # Not as a statement of SQLAlchemy: that took longer than what most transactions do.
    driver = connection.connection.driver_connection
    assert isinstance(driver, Connection)
    driver.begin_with_the_next(statement)
