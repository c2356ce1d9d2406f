"""Counters: numbers that nobody else gets, and turns that one takes after the other."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t
from publisher.store.insert_or import insert_of


async def raised(connection: AsyncConnection, name: str, by: int = 1) -> int:
    """The counter's new value; whoever else wants it waits for the end of our transaction."""
    new = insert_of(connection, t.counter).values(name=name, value=by)
    more = new.on_conflict_do_update(index_elements=["name"], set_={"value": t.counter.c.value + by})
    return int((await connection.execute(more.returning(t.counter.c.value))).scalar_one())
