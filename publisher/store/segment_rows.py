"""The queries about segments: their snapshots, and the members of those."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CursorResult,
    RowMapping,
    Select,
    String,
    and_,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine

from publisher.mailing.addresses import address_key
from publisher.mailing.segments.rows import Member, person_id
from publisher.mailing.segments.snapshots import NewSnapshot
from publisher.release.snapshot import Snapshot
from publisher.store import tables as t
from publisher.store.insert_or import insert_of
from publisher.store.lists import listing

g, m = t.segment.c, t.segment_member.c


class SegmentRows:
    """Implements `publisher.mailing.segments.snapshots.Transaction`."""

    connection: AsyncConnection

    async def newest_snapshot(self, segment: str) -> Snapshot | None:
        return next(iter(await self._snapshots(_whole().where(g.name == segment).limit(1))), None)

    async def snapshot(self, segment: str, sha256: str) -> Snapshot | None:
        named = _whole().where(g.name == segment, g.sha256 == sha256)
        found = await self._snapshots(named)
        return next((each for each in found if each.deleted_at is None), found[0] if found else None)

    async def segment_names(self) -> list[str]:
        query = select(g.name).where(g.sha256.is_not(None)).distinct().order_by(g.name)
        return list((await self.connection.scalars(query)).all())

    async def add_snapshot(self, new: NewSnapshot, at: datetime) -> int:
        statement = insert(t.segment).values(
            name=new.segment,
            taken_at=new.taken_at,
            received_at=at,
            source=new.source,
            legal_basis=new.legal_basis,
            delete_at=at + new.keep,
        )
        return int((await self.connection.execute(statement.returning(g.id))).scalar_one())

    async def add_members(self, snapshot_id: int, segment: str, members: Sequence[Member]) -> Collection[str]:
        columns: dict[str, TypeEngine[Any]] = {
            "id": BigInteger(),
            **dict.fromkeys(("external_id", "address", "address_key", "locale", "zone", "jurisdiction"), String()),
        }
        lines = [
            (
                person_id(segment, each.external_id),
                each.external_id,
                each.address,
                address_key(each.address),
                each.locale,
                each.zone,
                each.jurisdiction,
            )
            for each in members
        ]
        if not lines:
            return ()
        source = listing(self.connection, columns, lines)
        rows = select(literal(snapshot_id).label("segment_id"), *source.c).where(true())
        statement = insert_of(self.connection.dialect, t.segment_member).from_select(["segment_id", *columns], rows)
        return (await self.connection.scalars(statement.on_conflict_do_nothing().returning(m.external_id))).all()

    async def members(self, snapshot_id: int, after: str, limit: int) -> Sequence[Member]:
        columns = (m.external_id, m.address, m.locale, m.zone, m.jurisdiction)
        page = select(*columns).where(m.segment_id == snapshot_id, m.external_id > after)
        return [Member(*row) for row in await self.connection.execute(page.order_by(m.external_id).limit(limit))]

    async def complete_snapshot(self, snapshot_id: int, count: int, sha256: str) -> None:
        await self._affected(update(t.segment).where(g.id == snapshot_id).values(members=count, sha256=sha256))

    async def snapshots(self, segment: str | None = None) -> Sequence[Snapshot]:
        return await self._snapshots(_whole().where(g.name == segment) if segment is not None else _whole())

    async def snapshots_over(self, now: datetime, left_behind: datetime) -> Sequence[tuple[int, bool]]:
        has_members = exists().where(m.segment_id == g.id)
        over = or_(
            and_(g.deleted_at.is_(None), g.delete_at <= now),
            and_(g.deleted_at.is_not(None), has_members),
            and_(g.sha256.is_(None), g.received_at <= left_behind),
        )
        rows = await self.connection.execute(select(g.id, g.sha256.is_not(None)).where(over).order_by(g.id))
        return [(row[0], bool(row[1])) for row in rows]

    async def begin_deletion(self, snapshot_id: int, at: datetime, why: str) -> None:
        there = and_(g.id == snapshot_id, g.deleted_at.is_(None))
        await self._affected(update(t.segment).where(there).values(deleted_at=at, deleted_why=why))

    async def delete_members(self, snapshot_id: int, limit: int) -> int:
        some = select(m.id).where(m.segment_id == snapshot_id).limit(limit)
        return await self._affected(delete(t.segment_member).where(m.segment_id == snapshot_id, m.id.in_(some)))

    async def drop_snapshot(self, snapshot_id: int) -> None:
        await self._affected(delete(t.segment).where(g.id == snapshot_id, g.sha256.is_(None)))

    async def _snapshots(self, query: Select[tuple[object, ...]]) -> Sequence[Snapshot]:
        return [_snapshot(row) for row in (await self.connection.execute(query)).mappings()]

    async def _affected(self, statement: Executable) -> int:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount


def _whole() -> Select[tuple[object, ...]]:
    return select(t.segment).where(g.sha256.is_not(None)).order_by(g.name, g.taken_at.desc(), g.id.desc())


def _snapshot(row: RowMapping) -> Snapshot:
    return Snapshot(
        id=row["id"],
        segment=row["name"],
        taken_at=row["taken_at"],
        received_at=row["received_at"],
        source=row["source"],
        legal_basis=row["legal_basis"],
        count=row["members"],
        sha256=row["sha256"],
        delete_at=row["delete_at"],
        deleted_at=row["deleted_at"],
        deleted_why=row["deleted_why"] or "",
    )
