"""Every column that is stored encrypted, and the queries that encrypt it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Column, CursorResult, Table, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.mailing import codes
from publisher.mailing.rotation import Stored
from publisher.store import tables as t


@dataclass(frozen=True, slots=True)
class _Place:
    table: Table
    column: Column[str]
    about: Callable[[int], str]

    @property
    def id(self) -> Column[int]:
        return cast("Column[int]", self.table.c.id)


_PLACES: Mapping[str, _Place] = {
    "anti-phishing codes": _Place(t.subscriber, t.subscriber.c.anti_phishing_code, codes.about),
}


class EncryptedRows:
    """Implements `publisher.mailing.rotation.Transaction`."""

    connection: AsyncConnection

    async def encrypted(self) -> Mapping[str, int]:
        """What is stored encrypted -> how many texts."""
        counted = {}
        for what, place in _PLACES.items():
            query = select(func.count()).select_from(place.table).where(place.column.is_not(None))
            counted[what] = int(await self.connection.scalar(query) or 0)
        return counted

    async def encrypted_otherwise(self, what: str, prefix: str, after: int, limit: int) -> Sequence[Stored]:
        place = _PLACES[what]
        older = and_(place.id > after, ~place.column.startswith(prefix, autoescape=True))
        query = select(place.id, place.column).where(older).order_by(place.id).limit(limit)
        return [Stored(row[0], place.about(row[0]), row[1]) for row in await self.connection.execute(query)]

    async def replace_encrypted(self, what: str, before: Stored, text: str) -> bool:
        place = _PLACES[what]
        # Whoever chose another one meanwhile keeps it.
        same = and_(place.id == before.id, place.column == before.text)
        changed = await self.connection.execute(update(place.table).where(same).values({place.column: text}))
        return cast(CursorResult[Any], changed).rowcount == 1
