"""Short transactions of one process, committed together: SQLite has one writer, and waits for the disk at each commit.

Each member is a savepoint: one that fails takes nothing of the others with it. A member returns once the whole group is
committed, and fails when that fails, as if it had been alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store.bare import driver_of
from publisher.store.sqlite_driver import AGAIN, Connection

MOST = 32
"""Members of a group."""
LONGEST = 0.03
"""Seconds after which a group takes nobody else: others wait for it, in this process and in others."""
ROOM = AGAIN[1]
"""Seconds between two groups: what a writer of another process lets pass, at most, before it asks again."""


@dataclass(frozen=True, slots=True)
class _Member:
    given: asyncio.Future[AsyncConnection]
    """Its turn."""
    left: asyncio.Future[bool]
    """Whether what it did is to be kept."""
    committed: asyncio.Future[None]

    @classmethod
    def new(cls) -> _Member:
        new = asyncio.get_running_loop().create_future
        return cls(new(), new(), new())

    def fail(self, error: Exception) -> None:
        """Tells it, wherever it waits."""
        waits_for = self.committed if self.given.done() else self.given
        if not waits_for.done():
            waits_for.set_exception(error)


class LostTogether(RuntimeError):
    """The database took back the whole group when one of it failed: nothing of it was committed."""


class Together:
    """Hands one transaction after the other to those who wait for it, and commits when nobody waits any more."""

    def __init__(
        self, write: Callable[[], AbstractAsyncContextManager[AsyncConnection]], *, longest: float = LONGEST
    ) -> None:
        """`write` opens a transaction as `Database.write` does."""
        self._write = write
        self._longest = longest
        self._waiting: deque[_Member] = deque()
        self._serving: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def join(self) -> AsyncIterator[AsyncConnection]:
        """A short transaction; nothing may be waited for inside but the database.

        Raises what commits raise, LostTogether when another member made the database take everything back.
        """
        member = _Member.new()
        self._waiting.append(member)
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        try:
            yield await member.given
            member.left.set_result(True)
        finally:
            # Whatever ended it, cancelling included: the group must not wait for somebody who is gone.
            if not member.left.done():
                member.left.set_result(False)
        await member.committed

    async def _serve(self) -> None:
        try:
            while self._waiting:
                await self._serve_group()
                await asyncio.sleep(ROOM)
        finally:
            self._serving = None

    async def _serve_group(self) -> None:
        first, kept = self._waiting[0], list[_Member]()
        try:
            async with self._write() as connection:
                await self._hand_on(connection, kept)
        except Exception as error:
            if self._waiting and self._waiting[0] is first:  # there was no transaction to be had
                kept.append(self._waiting.popleft())
            for member in kept:
                member.fail(error)
        else:
            for member in kept:
                if not member.committed.done():
                    member.committed.set_result(None)

    async def _hand_on(self, connection: AsyncConnection, kept: list[_Member]) -> None:
        """Gives everybody a turn, one after the other; `kept` are those whose work is to be committed."""
        until, count, driver = time.monotonic() + self._longest, 0, driver_of(connection)
        assert isinstance(driver, Connection)
        while self._waiting and count < MOST and time.monotonic() < until:
            member = self._waiting.popleft()
            if member.given.done():
                continue  # it was cancelled while it waited
            count += 1
            try:
                await driver.one("SAVEPOINT member", {})
            except Exception as error:
                member.fail(error)
                raise
            member.given.set_result(connection)
            if await member.left:
                kept.append(member)
            elif driver.in_transaction:
                # Behind whatever it had asked of the driver's thread before it was cancelled.
                await driver.turn(lambda opened: opened.execute("ROLLBACK TO member"))
            else:
                raise LostTogether("what was to be committed together with this failed, and took this along; try again")
            await driver.one("RELEASE member", {})
