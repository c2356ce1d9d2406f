"""Counters: numbers that nobody else gets, and turns that one takes after the other."""

from __future__ import annotations

from sqlalchemy import Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t
from publisher.store.bare import later
from publisher.store.insert_or import insert_of
from publisher.store.prepared import Prepared


def _raise(dialect: Dialect) -> Executable:
    table, value = t.counter, t.counter.c.value
    more = insert_of(dialect, table).values(name=later("counter"), value=later("by"))
    more = more.on_conflict_do_update(index_elements=["name"], set_={"value": value + later("by", value.type)})
    return more.returning(value)


_RAISE = Prepared(_raise)


async def raised(connection: AsyncConnection, name: str, by: int = 1) -> int:
    """The counter's new value; whoever else wants it waits for the end of our transaction."""
    return int(await _RAISE.scalar(connection, counter=name, by=by))
