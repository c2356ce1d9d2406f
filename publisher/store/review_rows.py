"""The queries of the looks that are owed at what those on duty published alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.release.release import AskedReview
from publisher.store import tables as t

v = t.review.c

_KNOWN = (v.release_id, v.due_at, v.alarmed_at, v.done_at, v.person)


class ReviewRows:
    """Implements the part of `publisher.release.release.Transaction` that reviews ask for."""

    connection: AsyncConnection

    async def ask_review(self, release_id: int, due_at: datetime) -> None:
        await self.connection.execute(insert(t.review).values(release_id=release_id, due_at=due_at))

    async def review_of(self, release_id: int) -> AskedReview | None:
        query = select(*_KNOWN).where(v.release_id == release_id)
        row = (await self.connection.execute(query)).mappings().first()
        return None if row is None else AskedReview(**row)

    async def open_reviews(self) -> Sequence[AskedReview]:
        query = select(*_KNOWN).where(v.done_at.is_(None)).order_by(v.due_at)
        return [AskedReview(**row) for row in (await self.connection.execute(query)).mappings()]

    async def review_alarmed(self, release_id: int, at: datetime) -> bool:
        quiet = (v.release_id == release_id) & v.alarmed_at.is_(None)
        return await self._review_changed(update(t.review).where(quiet).values(alarmed_at=at))

    async def end_review(self, release_id: int, person: str, note: str, at: datetime) -> bool:
        owed = (v.release_id == release_id) & v.done_at.is_(None)
        return await self._review_changed(update(t.review).where(owed).values(person=person, note=note, done_at=at))

    async def _review_changed(self, statement: Executable) -> bool:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount == 1
