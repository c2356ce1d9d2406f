"""The queries of the release step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, RowMapping, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.release.policy import Policy
from publisher.release.release import Approval, FrozenEdition, NewRelease, Person, Release, StoredRevision, Told
from publisher.release.states import ReleaseState, RevisionState
from publisher.store import release_statements as sql
from publisher.store import tables as t
from publisher.store.bare import as_list
from publisher.store.counters import raised
from publisher.store.insert_or import upsert
from publisher.store.lists import among


class ReleaseRows:
    """Implements `publisher.release.release.Transaction`."""

    connection: AsyncConnection

    async def add_transition(
        self, entity: str, entity_id: int, before: str | None, after: str, at: datetime, actor: str, reason: str
    ) -> None:
        row = {"entity": entity, "entity_id": entity_id, "before": before, "after": after}
        await sql.TRANSITION.changed(self.connection, **row, at=at, actor=actor, reason=reason)

    # --- announcements and revisions

    async def save_announcement(self, announcement_id: str, kind: str, at: datetime) -> None:
        known = await self.connection.scalar(select(t.announcement.c.id).where(t.announcement.c.id == announcement_id))
        if known is None:
            await self.connection.execute(insert(t.announcement).values(id=announcement_id, kind=kind, created_at=at))

    async def newest_revision(self, announcement_id: str) -> StoredRevision | None:
        query = _revisions().where(t.revision.c.announcement_id == announcement_id)
        row = (await self.connection.execute(query.order_by(t.revision.c.number.desc()).limit(1))).mappings().first()
        return _revision(row) if row else None

    async def save_revision(
        self, announcement_id: str, number: int, source: str, sha256: str, title: str, author: str, at: datetime
    ) -> int:
        statement = insert(t.revision).values(
            announcement_id=announcement_id,
            number=number,
            state=RevisionState.DRAFT,
            source=source,
            sha256=sha256,
            title=title,
            author=author,
            created_at=at,
        )
        return await self._new_id(statement)

    async def save_picture(self, sha256: str, media_type: str, content: bytes, at: datetime) -> None:
        row = {"sha256": sha256, "media_type": media_type, "content": content, "created_at": at}
        await self.connection.execute(upsert(self.connection, t.picture, row, key="sha256"))

    async def picture(self, sha256: str) -> bytes | None:
        found = await self.connection.scalar(select(t.picture.c.content).where(t.picture.c.sha256 == sha256))
        content = bytes(found) if found is not None else None
        return content if content is not None and hashlib.sha256(content).hexdigest() == sha256 else None

    async def set_revision_state(self, revision_id: int, before: RevisionState, after: RevisionState) -> bool:
        where = (t.revision.c.id == revision_id) & (t.revision.c.state == before)
        return await self._updated_one(update(t.revision).where(where).values(state=after))

    async def revision(self, revision_id: int) -> StoredRevision:
        return _revision(await self._one(_revisions().where(t.revision.c.id == revision_id), f"revision {revision_id}"))

    async def authors(self, announcement_id: str) -> frozenset[str]:
        query = select(t.revision.c.author).where(t.revision.c.announcement_id == announcement_id)
        return frozenset((await self.connection.scalars(query)).all())

    # --- releases and editions

    async def save_release(self, release: NewRelease, at: datetime) -> int:
        release_id = await self._new_id(
            insert(t.release).values(
                revision_id=release.revision_id,
                announcement_id=release.announcement_id,
                state=ReleaseState.IN_REVIEW,
                root_hash=release.root_hash,
                common_hash=release.common_hash,
                common=release.common,
                policy=release.policy.to_json(),
                audience=release.audience,
                publish_at=release.publish_at,
                window_start=release.publish_at,
                local_time=release.local_time,
                fold=release.fold,
                walls=release.walls,
                time_zone=release.time_zone,
                window_seconds=int(release.window.total_seconds()),
                submitted_by=release.submitted_by,
                created_at=at,
                urgent=release.policy.urgent,
            )
        )
        rows = [{"release_id": release_id, "locale": k, "sha256": v} for k, v in release.locale_hashes.items()]
        await self.connection.execute(insert(t.release_locale), rows)
        return release_id

    async def save_editions(
        self, release_id: int, editions: Sequence[tuple[str, str, str, str, str, str, str]]
    ) -> None:
        names = ("stage", "operation", "channel", "destination", "locale", "payload", "sha256")
        rows = [{"release_id": release_id, **dict(zip(names, edition, strict=True))} for edition in editions]
        await self.connection.execute(insert(t.edition), rows)

    async def release(self, release_id: int) -> Release:
        row = await sql.RELEASE.first(self.connection, release=release_id)
        if row is None:
            raise LookupError(f"there is no release {release_id}")
        return (await self._whole([row]))[0]

    async def releases(
        self,
        *,
        announcement_id: str | None = None,
        announcement_ids: Collection[str] | None = None,
        ids: Collection[int] | None = None,
        states: Sequence[ReleaseState] | None = None,
        saying: str | None = None,
    ) -> Sequence[Release]:
        query = sql.releases().order_by(t.release.c.id.desc())
        if saying is not None:
            said = select(t.release.c.announcement_id).where(
                t.release.c.common.contains(f'"{saying}"', autoescape=True)
            )
            query = query.where(t.release.c.announcement_id.in_(said))
        if announcement_id is not None:
            query = query.where(t.release.c.announcement_id == announcement_id)
        if announcement_ids is not None:
            query = query.where(among(self.connection, t.release.c.announcement_id, announcement_ids))
        if ids is not None:
            query = query.where(among(self.connection, t.release.c.id, ids))
        if states is not None:
            query = query.where(t.release.c.state.in_(states))
        return await self._whole((await self.connection.execute(query)).mappings().all())

    async def due_releases(self, now: datetime, limit: int) -> Sequence[int]:
        return [row["id"] for row in await sql.DUE.rows(self.connection, now=now, most=limit)]

    async def set_release_state(self, release_id: int, before: ReleaseState, after: ReleaseState) -> bool:
        return await sql.SET_STATE.changed(self.connection, release=release_id, old=before, new=after) == 1

    async def move_publish_at(self, release_id: int, publish_at: datetime, local: datetime) -> None:
        times = {"publish_at": publish_at, "local_time": local.isoformat(), "fold": local.fold}
        await self.connection.execute(update(t.release).where(t.release.c.id == release_id).values(times))

    async def shift_release(self, release_id: int, by: timedelta) -> None:
        r = t.release.c
        there = (await self.connection.execute(select(r.publish_at, r.window_start).where(r.id == release_id))).one()
        times = {"publish_at": there.publish_at + by, "window_start": there.window_start + by}
        await self.connection.execute(update(t.release).where(r.id == release_id).values(times))

    async def save_walls(self, release_id: int, walls: str) -> None:
        await self.connection.execute(update(t.release).where(t.release.c.id == release_id).values(walls=walls))

    async def editions(self, release_id: int) -> Sequence[FrozenEdition]:
        return [FrozenEdition(**row) for row in await sql.EDITIONS.rows(self.connection, release=release_id)]

    async def edition(self, edition_id: int) -> FrozenEdition:
        row = await sql.EDITION.first(self.connection, edition=edition_id)
        if row is None:
            raise LookupError(f"there is no edition {edition_id}")
        return FrozenEdition(**row)

    async def who_is_told(self, release_ids: Collection[int]) -> Sequence[Told]:
        columns = [t.edition.c[field.name] for field in fields(Told)]
        query = select(*columns).distinct().where(among(self.connection, t.edition.c.release_id, release_ids))
        return [Told(*row) for row in await self.connection.execute(query)]

    async def give_reference(self, announcement_id: str, year: int) -> str:
        reference = await sql.REFERENCE.scalar(self.connection, announcement=announcement_id)
        if reference is None:
            reference = await self.next_reference(year)
            await sql.GIVE_REFERENCE.changed(self.connection, announcement=announcement_id, new=reference)
        return str(reference)

    async def next_reference(self, year: int) -> str:
        """One that nobody else gets."""
        return f"ANN-{year}-{await raised(self.connection, f'reference-{year}'):05d}"

    async def set_published_at(self, release_id: int, announcement_id: str, at: datetime) -> None:
        await sql.PUBLISHED.changed(self.connection, release=release_id, moment=at)
        await sql.FIRST_PUBLISHED.changed(self.connection, announcement=announcement_id, moment=at)

    # --- approvals and people

    async def save_approval(self, announcement_id: str, approval: Approval) -> None:
        await self.connection.execute(
            insert(t.approval).values(
                announcement_id=announcement_id,
                release_id=approval.release_id,
                person=approval.person,
                group=approval.group,
                common_hash=approval.common_hash,
                locale_hashes=json.dumps(dict(approval.locale_hashes), sort_keys=True),
                at=approval.at,
            )
        )

    async def approvals(self, announcement_id: str) -> Sequence[Approval]:
        return [_approval(row) for row in await sql.APPROVALS.rows(self.connection, announcement=announcement_id)]

    async def person(self, name: str) -> Person | None:
        return await self._person(select(t.person).where(t.person.c.name == name))

    async def person_by_token(self, token_hash: bytes) -> Person | None:
        return await self._person(select(t.person).where(t.person.c.token_hash == token_hash))

    async def people(self) -> Sequence[Person]:
        """Everybody, by name."""
        rows = (await self.connection.execute(select(t.person).order_by(t.person.c.name))).mappings()
        return [_person(row) for row in rows]

    async def save_person(self, name: str, groups: Sequence[str], token_hash: bytes, at: datetime) -> None:
        """A new member of staff, or new groups and a new token for a known one."""
        values: dict[str, Any] = {"groups": " ".join(sorted(groups)), "token_hash": token_hash, "disabled_at": None}
        if not await self._updated_one(update(t.person).where(t.person.c.name == name).values(**values)):
            await self.connection.execute(insert(t.person).values(name=name, created_at=at, **values))

    async def disable_person(self, name: str, at: datetime) -> bool:
        """False when there is nobody of that name."""
        return await self._updated_one(update(t.person).where(t.person.c.name == name).values(disabled_at=at))

    # --- shared by the queries above

    async def _person(self, query: Select[Any]) -> Person | None:
        row = (await self.connection.execute(query)).mappings().first()
        return _person(row) if row else None

    async def _new_id(self, statement: Executable) -> int:
        result = cast(CursorResult[Any], await self.connection.execute(statement))
        key = result.inserted_primary_key
        if key is None:
            raise LookupError("the database gave no key for a new row")
        return int(key[0])

    async def _updated_one(self, statement: Executable) -> bool:
        result = cast(CursorResult[Any], await self.connection.execute(statement))
        return result.rowcount == 1

    async def _one(self, query: Select[Any], what: str) -> RowMapping:
        row: RowMapping | None = (await self.connection.execute(query)).mappings().first()
        if row is None:
            raise LookupError(f"there is no {what}")
        return row

    async def _whole(self, rows: Sequence[Mapping[str, Any]]) -> list[Release]:
        ids = [row["id"] for row in rows]
        hashes: dict[int, dict[str, str]] = {release_id: {} for release_id in ids}
        for found in await sql.LOCALES.rows(self.connection, listed=as_list(self.connection.dialect, ids)):
            hashes[found["release_id"]][found["locale"]] = found["sha256"]
        return [_release(row, hashes[row["id"]]) for row in rows]


_REVISION_COLUMNS = ("id", "announcement_id", "number", "state", "source", "sha256", "title", "author")


def _revisions() -> Select[Any]:
    return select(*(t.revision.c[name] for name in _REVISION_COLUMNS))


def _revision(row: RowMapping) -> StoredRevision:
    return StoredRevision(**{**row, "state": RevisionState(row["state"])})


_AS_IT_IS = (
    "id", "revision_id", "announcement_id", "root_hash", "common_hash", "common", "audience", "publish_at",
    "window_start", "local_time", "fold", "time_zone", "walls", "submitted_by", "published_at", "author", "title",
    "reference",
)  # fmt: skip


def _release(row: Mapping[str, Any], hashes: Mapping[str, str]) -> Release:
    return Release(
        **{name: row[name] for name in _AS_IT_IS},
        state=ReleaseState(row["state"]),
        policy=Policy.from_json(row["policy"]),
        window=timedelta(seconds=row["window_seconds"]),
        locale_hashes=hashes,
    )


def _approval(row: Mapping[str, Any]) -> Approval:
    hashes = json.loads(row["locale_hashes"])
    return Approval(row["release_id"], row["person"], row["group"], row["common_hash"], hashes, row["at"])


def _person(row: RowMapping) -> Person:
    return Person(row["name"], frozenset(row["groups"].split()), row["disabled_at"] is not None)
