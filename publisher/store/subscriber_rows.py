"""The queries about subscribers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.addresses import address_key
from publisher.mailing.intake.fields import INSTANT
from publisher.mailing.intake.rows import DigestTime, Reader
from publisher.mailing.subscribers import Subscriber, SubscriberState
from publisher.store import tables as t
from publisher.store.digest_items import newest_item
from publisher.store.insert_or import upsert
from publisher.store.lists import among, listing

T = TypeVar("T", int, str)

_KINDS = (
    select(func.aggregate_strings(t.subscription.c.kind, " "))
    .where(t.subscription.c.subscriber_id == t.subscriber.c.id)
    .scalar_subquery()
    .label("kinds")
)
_STOPPED = (
    select(func.aggregate_strings(t.suppression.c.mail_class, " "))
    .where(t.suppression.c.address_key == t.subscriber.c.address_key)
    .scalar_subquery()
    .label("stopped")
)
_PLACE = attrgetter("address", "locale", "jurisdiction", "zone")


class SubscriberRows:
    """Implements `publisher.mailing.subscribers.Transaction`."""

    connection: AsyncConnection

    async def suppressed_among(self, keys: Collection[str]) -> frozenset[str]:
        column = t.suppression.c.address_key
        return frozenset((await self.connection.scalars(select(column).where(self._among(column, keys)))).all())

    async def subscribers_by_key(self, keys: Collection[str]) -> Mapping[str, Subscriber]:
        found = await self._subscribers(_active().where(self._among(t.subscriber.c.address_key, keys)))
        return {address_key(subscriber.address): subscriber for subscriber in found}

    async def save_subscribers(self, readers: Mapping[str, Reader], at: datetime) -> None:
        columns = ("address_key", "address", "locale", "jurisdiction", "zone", "follow")
        # How much follows is a reader's own to say, once they are one.
        lines = [(key, *_PLACE(each), each.follow or Follow.IMPORTANT) for key, each in readers.items()]
        new = listing(self.connection, dict.fromkeys(columns, String()), lines)
        times = (literal(at, t.UtcTime()).label("created_at"), literal(at, t.UtcTime()).label("updated_at"))
        state = literal(SubscriberState.ACTIVE.value).label("state")
        # SQLite reads "SELECT ... ON CONFLICT" as a join without a condition; any WHERE tells it otherwise.
        source = select(*new.c, state, *times).where(true())
        statement = self._insert(t.subscriber).from_select([each.name for each in source.selected_columns], source)
        changed, before = statement.excluded, t.subscriber.c
        # Whoever asked for mail on the page and is then on a list need not confirm it any more.
        asked = before.state == SubscriberState.PENDING
        changes = {
            "state": case((asked, SubscriberState.ACTIVE.value), else_=before.state),
            "locale": changed.locale,
            "jurisdiction": func.coalesce(changed.jurisdiction, before.jurisdiction),
            "zone": func.coalesce(changed.zone, before.zone),
            # Their hour comes at another moment in another zone.
            "next_digest_at": case((before.next_digest_at.is_not(None), literal(t.EPOCH, t.UtcTime()))),
            "updated_at": changed.updated_at,
        }
        statement = statement.on_conflict_do_update(index_elements=["address_key"], set_=changes)
        await self.connection.execute(statement)
        await self._save_digest_times([(key, each.digests) for key, each in readers.items() if each.digests])
        await self._save_subscriptions(readers)

    async def _save_digest_times(self, times: Sequence[tuple[str, DigestTime]]) -> None:
        """A statement of its own: most lists say nothing of it, and must not be slower for it."""
        if not times:
            return
        columns: dict[str, TypeEngine[Any]] = {"address_key": String(), "hour": Integer(), "weekday": Integer()}
        said = listing(self.connection, columns, [(key, each.hour, each.weekday) for key, each in times])
        s = t.subscriber.c
        values = {
            "digest_hour": func.coalesce(said.c.hour, s.digest_hour),
            "digest_weekday": func.coalesce(said.c.weekday, s.digest_weekday),
        }
        await self.connection.execute(update(t.subscriber).where(s.address_key == said.c.address_key).values(values))

    async def _save_subscriptions(self, readers: Mapping[str, Reader]) -> None:
        lines = [(key, kind, each.frequency_of(kind)) for key, each in readers.items() for kind in each.kinds]
        last, s = await newest_item(self.connection), t.subscriber.c
        said = listing(self.connection, dict.fromkeys(("address_key", "kind", "frequency"), String()), lines)
        source = select(s.id, said.c.kind, said.c.frequency, literal(last), literal(last))
        source = source.join_from(said, t.subscriber, s.address_key == said.c.address_key).where(true())
        columns = ["subscriber_id", "kind", "frequency", "since", "began"]
        await self.connection.execute(
            self._insert(t.subscription).from_select(columns, source).on_conflict_do_nothing()
        )
        await self._begin_digests({key for key, _, frequency in lines if frequency != INSTANT}, last)

    async def _begin_digests(self, keys: Collection[str], last: int) -> None:
        """For whoever had none so far, what is out by now is in none."""
        s = t.subscriber.c
        first = and_(self._among(s.address_key, keys), s.next_digest_at.is_(None))
        marks = {"digest_through": last, "weekly_through": last, "next_digest_at": t.EPOCH}
        if keys:
            await self.connection.execute(update(t.subscriber).where(first).values(marks))

    async def import_position(self, name: str) -> int:
        return int(await self.connection.scalar(select(t.counter.c.value).where(t.counter.c.name == name)) or 0)

    async def save_import_position(self, name: str, pieces: int) -> None:
        if pieces:
            row = {"name": name, "value": pieces}
            await self.connection.execute(upsert(self.connection, t.counter, row, key="name"))
        else:
            await self.connection.execute(delete(t.counter).where(t.counter.c.name == name))

    async def subscriber(self, subscriber_id: int) -> Subscriber | None:
        found = await self._subscribers(select(t.subscriber).where(t.subscriber.c.id == subscriber_id))
        return found[0] if found else None

    async def subscribers(self, after: int, limit: int) -> Sequence[Subscriber]:
        query = _active().where(t.subscriber.c.id > after).order_by(t.subscriber.c.id).limit(limit)
        return await self._subscribers(query)

    async def count_subscribers(self) -> Mapping[str, int]:
        query = select(t.subscriber.c.locale, func.count()).where(t.subscriber.c.state == SubscriberState.ACTIVE)
        rows = await self.connection.execute(query.group_by(t.subscriber.c.locale).order_by(t.subscriber.c.locale))
        return dict(rows.all())

    async def addresses_of(self, recipient_ids: Collection[int]) -> Sequence[str]:
        theirs = and_(self._among(t.recipient.c.id, recipient_ids), t.recipient.c.address.contains("@"))
        return (await self.connection.scalars(select(t.recipient.c.address).where(theirs))).all()

    async def set_state(self, keys: Collection[str], state: SubscriberState, at: datetime) -> None:
        s = t.subscriber.c
        theirs = and_(self._among(s.address_key, keys), s.state == SubscriberState.ACTIVE)
        await self.connection.execute(update(t.subscriber).where(theirs).values(state=state, updated_at=at))

    async def suppress(self, keys: Collection[str], classes: Collection[MailClass], reason: str, at: datetime) -> None:
        rows = [
            {"address_key": key, "mail_class": mail_class, "reason": reason, "at": at}
            for key in sorted(keys)
            for mail_class in classes
        ]
        if rows:
            await self.connection.execute(self._insert(t.suppression).on_conflict_do_nothing(), rows)

    async def _subscribers(self, query: Select[tuple[object, ...]]) -> Sequence[Subscriber]:
        rows = (await self.connection.execute(query.add_columns(_KINDS, _STOPPED))).mappings().all()
        return [_subscriber(row) for row in rows]

    def _among(self, column: Column[T], values: Collection[T]) -> ColumnElement[bool]:
        return among(self.connection, column, values)

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def _active() -> Select[tuple[object, ...]]:
    return select(t.subscriber).where(t.subscriber.c.state == SubscriberState.ACTIVE)


def _subscriber(row: RowMapping) -> Subscriber:
    kinds, classes = frozenset((row["kinds"] or "").split()), frozenset(map(MailClass, (row["stopped"] or "").split()))
    digests = DigestTime(row["digest_hour"], row["digest_weekday"])
    place = row["jurisdiction"], row["zone"]
    return Subscriber(row["id"], row["address"], row["locale"], kinds, classes, *place, digests)
