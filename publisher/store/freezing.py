"""How a million readers are put into batches in seconds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Insert, Integer, Table, and_, case, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.states import RecipientState
from publisher.store import tables as t

b = t.batch.c


async def know_sizes(connection: AsyncConnection, people: Table) -> None:
    """Tells PostgreSQL, which plans for a handful of readers until it has looked at the tables: after an import it
    compared every reader with every suppression. A million are also more than it sorts in its 4 MB.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL work_mem = '64MB'"))
        for table in (people, t.subscription, t.suppression):
            await connection.execute(text(f"ANALYZE {table.name}"))


def batch_of(number: ColumnElement[int], first: int, size: int) -> ColumnElement[int]:
    """The position of the batch of the `number`th reader, from 1, when `first` have one of their own.

    `number` must be an Integer: of anything else PostgreSQL compares a fraction with each batch, for each reader.
    """
    rest = (number - 1 - first) // size
    return case((number <= first, 0), else_=rest + 1) if first else rest


def frozen(mailing_id: int, people: Table, meant: ColumnElement[bool], first: int, size: int) -> Insert:
    """A queued recipient for each of `people` who is meant, in the batches of the mailing.

    Who comes between their counting and this is numbered too, but only as far as there are batches.
    """
    place = batch_of(func.row_number(type_=Integer()).over(order_by=people.c.id), first, size).label("place")
    numbered = select(people.c.id, people.c.address, place).where(meant).subquery()
    source = select(
        literal(mailing_id), b.id, numbered.c.id, numbered.c.address, literal(RecipientState.QUEUED.value)
    ).join_from(numbered, t.batch, and_(b.mailing_id == mailing_id, b.position == numbered.c.place))
    columns = ["mailing_id", "batch_id", "person_id", "address", "state"]
    return insert(t.recipient).from_select(columns, source.order_by(numbered.c.id))
