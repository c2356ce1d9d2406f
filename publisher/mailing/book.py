"""One writer for all batches in hand: what they have to say while a transaction is on its way goes into the next one.

A commit waits for the disk, whatever it holds: ten batches that commit together wait once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from publisher.mailing.transaction import Entered, Entry, Transaction
from publisher.transaction import Begin

Also: TypeAlias = Callable[[Transaction], Awaitable[None]]
"""More that belongs into the transaction of an entry."""
Enter: TypeAlias = Callable[[Sequence[Entry]], Awaitable[Sequence[Entered]]]
"""`Transaction.enter` as a transaction of its own."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    also: Also | None
    entered: asyncio.Future[Entered]


class Book:
    """Writes entries, those that come together in one transaction."""

    def __init__(self, begin: Begin[Transaction], enter: Enter | None = None) -> None:
        """`enter` writes entries in a transaction of their own, when nothing else belongs into it."""
        self._begin = begin
        self._enter = enter or self._in_a_transaction
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def enter(self, entry: Entry, also: Also | None = None) -> Entered:
        """Returns when it is committed; raises what the store raises. `also` is skipped when the claim is lost.

        Cancelled before its turn, its results are written all the same, and nobody is marked.
        """
        waiting = _Waiting(entry, also, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await waiting.entered

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            await self._write_all(together)

    async def _write_all(self, together: Sequence[_Waiting]) -> None:
        try:
            entered = await self._commit(together)
        except Exception as error:
            if len(together) == 1:
                _tell(together[0], error)
                return
            for each in together:  # what the database refuses of one batch must not hold up the others
                await self._write_all([each])
        else:
            for each, done in zip(together, entered, strict=True):
                _tell(each, done)

    async def _commit(self, together: Sequence[_Waiting]) -> Sequence[Entered]:
        entries = [replace(each.entry, group=()) if each.entered.cancelled() else each.entry for each in together]
        if not any(each.also for each in together):
            return await self._enter(entries)
        async with self._begin() as tx:
            entered = await tx.enter(entries)
            for each, done in zip(together, entered, strict=True):
                if each.also and done.kept:
                    await each.also(tx)
        return entered

    async def _in_a_transaction(self, entries: Sequence[Entry]) -> Sequence[Entered]:
        async with self._begin() as tx:
            return await tx.enter(entries)


def _tell(waiting: _Waiting, told: Entered | Exception) -> None:
    if waiting.entered.done():  # whoever asked was cancelled
        return
    if isinstance(told, Exception):
        waiting.entered.set_exception(told)
    else:
        waiting.entered.set_result(told)
