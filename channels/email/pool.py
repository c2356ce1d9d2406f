"""The connections of one account: how many there may be, and whose turn it is."""

from __future__ import annotations

import asyncio
import heapq
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from channels.email.options import Account
from channels.email.smtp import Connection

_TRIES = 2


class Permits:
    """A semaphore that serves the lowest rank first, and equals in the order in which they came.

    Groups that take turns all end at the same moment, and then wait together for what is written between two groups.
    """

    def __init__(self, free: int) -> None:
        self._free = free
        self._numbers = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def acquire(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it was given a permit in the same moment
                self.release()
            raise

    def wanted(self, rank: int) -> bool:
        """Whether somebody waits who comes before `rank`."""
        return bool(self._waiting) and self._waiting[0][0] < rank

    def release(self) -> None:
        while self._waiting:
            *_, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1


class Pool:
    """At most `most` connections, shared by everything that is sent through them.

    A relay that allows fewer refuses the surplus: the pool then goes on with those it has, and asks for one more
    whenever a connection succeeds. Raises ValueError for a `ca_file` that cannot be used.
    """

    def __init__(self, account: Account, most: int) -> None:
        self._account = account
        self._tls = None if account.tls == "none" else _tls_context(account)
        self._permits = Permits(most)
        self._withdrawn = 0
        self._open = 0
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def lease(self, rank: int = 0) -> AsyncIterator[Connection]:
        """A connection of one's own, the lower `rank` the sooner; raises what aiosmtplib raises when there is none."""
        connection = await self._take(rank)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            self._give_back(connection)
            self._permits.release()

    def wanted(self, rank: int) -> bool:
        """Whether somebody waits for a connection who comes before `rank`."""
        return self._permits.wanted(rank)

    async def try_out(self) -> None:
        """Opens a connection beside those that are kept and ends it; raises what aiosmtplib raises."""
        await (await Connection.open(self._account, self._tls)).quit()

    async def close(self) -> None:
        """Ends the idle connections; leased ones end with their lease."""
        idle, self._idle = self._idle, []
        self._closed(len(idle))
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _take(self, rank: int) -> Connection:
        refusals: list[Exception] = []
        while True:
            await self._permits.acquire(rank)
            try:
                if len(refusals) == _TRIES and self._open == 0:
                    raise refusals.pop()
                return await self._waiting() or await self._connect()
            except Exception as error:
                if self._open == 0:
                    self._permits.release()
                    raise
                refusals = [*refusals, error][-_TRIES:]
                self._withdrawn += 1
            except BaseException:
                self._permits.release()
                raise

    async def _waiting(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            try:
                await connection.quit()
            finally:
                self._closed(1)
        return None

    async def _connect(self) -> Connection:
        self._open += 1  # before it is open: whoever is refused meanwhile waits for this one
        try:
            connection = await Connection.open(self._account, self._tls)
        except BaseException:
            self._closed(1)
            raise
        self._restore(min(1, self._withdrawn))
        return connection

    def _give_back(self, connection: Connection) -> None:
        if connection.promised:
            connection.close()
        if connection.lost:
            self._closed(1)
        else:
            self._idle.append(connection)

    def _closed(self, connections: int) -> None:
        self._open -= connections
        if self._open == 0:
            self._restore(self._withdrawn)

    def _restore(self, permits: int) -> None:
        self._withdrawn -= permits
        for _ in range(permits):
            self._permits.release()


def _tls_context(account: Account) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=account.ca_file)
    except OSError as error:
        raise ValueError(f"ca_file {account.ca_file} of {account.host}: {error.strerror or error}") from error
