"""The queries of an engine that polls: work whose time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.engine.port import Entity, Lane, Work
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Busy, Due
from publisher.store import tables as t
from publisher.store.database import lease_clock

d, b = t.delivery.c, t.batch.c

_TIMED = (DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.PARTIAL, DeliveryState.UNCONFIRMED)


class DueRows:
    """Implements `publisher.delivery.transaction.Polling`."""

    connection: AsyncConnection

    async def due_deliveries(self, lane: Lane, now: datetime, busy: Busy, limit: int) -> Sequence[Due]:
        timed = and_(d.state.in_(_TIMED), d.run_at <= now, ~_paused(now))
        left_behind = and_(d.state == DeliveryState.SENDING, d.lease_until <= lease_clock())
        query = select(d.id, d.destination, d.account).where(d.lane == lane, or_(timed, left_behind))
        return await self._due(Entity.DELIVERY, _not_busy(query, busy).order_by(d.run_at, d.id).limit(limit))

    async def due_batches(self, lane: Lane, now: datetime, busy: Busy, limit: int) -> Sequence[Due]:
        free = or_(b.lease_until.is_(None), b.lease_until <= lease_clock())
        query = (
            select(b.id, d.destination, d.account)
            .join(t.mailing, t.mailing.c.id == b.mailing_id)
            .join(t.delivery, d.id == t.mailing.c.delivery_id)
            .where(b.lane == lane, b.state == "open", b.run_at <= now, free, ~_paused(now))
        )
        return await self._due(Entity.BATCH, _not_busy(query, busy).order_by(b.run_at, b.id).limit(limit))

    async def _due(self, entity: Entity, query: Select[Any]) -> list[Due]:
        rows = (await self.connection.execute(query)).all()
        return [Due(Work(entity, row.id), row.destination, row.account) for row in rows]


def _paused(now: datetime) -> ColumnElement[bool]:
    keys = (literal("account:") + d.account, literal("target:") + d.destination)
    return exists().where(t.pause.c.key.in_(keys), t.pause.c.until > now)


def _not_busy(query: Select[Any], busy: Busy) -> Select[Any]:
    return query.where(d.destination.not_in(busy.destinations), d.account.not_in(busy.accounts))
