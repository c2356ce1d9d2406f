"""The queries about how many readers people were shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.states import DeliveryState
from publisher.release.expectation import Expected
from publisher.store import tables as t

e = t.expected_readers.c


class ExpectationRows:
    """Implements `publisher.release.expectation.Transaction`."""

    connection: AsyncConnection

    async def save_expected(self, release_id: int, expected: Sequence[Expected]) -> None:
        for each in expected:
            place = and_(e.destination == each.destination, e.locale == each.locale, e.operation == each.operation)
            await self.connection.execute(delete(t.expected_readers).where(e.release_id == release_id, place))
            row = {
                "release_id": release_id,
                "destination": each.destination,
                "locale": each.locale,
                "operation": each.operation,
                "readers": each.readers,
                "found": each.found,
            }
            await self.connection.execute(insert(t.expected_readers).values(row))

    async def expected(self, release_id: int) -> Sequence[Expected]:
        query = select(t.expected_readers).where(e.release_id == release_id)
        rows = await self.connection.execute(query.order_by(e.destination, e.locale, e.operation))
        return [_expected(row) for row in rows.mappings()]

    async def drifted(self) -> Sequence[tuple[int, Expected]]:
        d = t.delivery.c
        theirs = and_(d.release_id == e.release_id, d.destination == e.destination, d.locale == e.locale)
        held = select(d.id).where(theirs, d.operation == e.operation, d.state == DeliveryState.HELD).exists()
        query = select(t.expected_readers).where(e.found.is_not(None), held)
        rows = await self.connection.execute(query.order_by(e.release_id, e.destination, e.locale))
        return [(row["release_id"], _expected(row)) for row in rows.mappings()]


def _expected(row: RowMapping) -> Expected:
    return Expected(row["destination"], row["locale"], row["operation"], row["readers"], row["found"])
