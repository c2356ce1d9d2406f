"""The queries of an engine that polls: work whose time has come, asked for several times a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Select, String, and_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.engine.port import Entity, Work
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Ask, Due
from publisher.store import tables as t
from publisher.store.bare import Bare, Call, Course, as_list, bare, later, listed, run
from publisher.store.database import lease_clock
from publisher.store.tables.columns import microseconds

d, b = t.delivery.c, t.batch.c

_TO_SEND = (DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.PARTIAL)


class DueRows:
    """Implements `publisher.delivery.transaction.Polling`."""

    connection: AsyncConnection

    async def due(
        self, asked: Sequence[Ask], now: datetime, ahead: timedelta = timedelta(0)
    ) -> Sequence[Sequence[Due]]:
        dialect = self.connection.dialect
        courses = [_course(_values(dialect, ask, now, now + ahead), _statements(dialect)) for ask in asked]
        return await run(self.connection, courses)


def _course(values: Mapping[str, object], statements: Statements) -> Course[Sequence[Due]]:
    deliveries, batches = yield [Call(statements.deliveries, values), Call(statements.batches, values)]
    found = [(Entity.DELIVERY, row) for row in deliveries.rows] + [(Entity.BATCH, row) for row in batches.rows]
    return [
        Due(Work(entity, number), destination, account, t.EPOCH + timedelta(microseconds=run_at))
        for entity, (number, destination, account, run_at) in found
    ]


def _values(dialect: Dialect, ask: Ask, now: datetime, until: datetime) -> Mapping[str, object]:
    return {
        "lane": ask.lane.value,
        "now": microseconds(now),
        "until": microseconds(until),
        "destinations": as_list(dialect, ask.busy.destinations),
        "accounts": as_list(dialect, ask.busy.accounts),
        "most": ask.limit,
    }


@dataclass(frozen=True)
class Statements:
    """Built for one kind of database."""

    deliveries: Bare
    batches: Bare


@lru_cache(maxsize=4)
def _statements(dialect: Dialect) -> Statements:
    to_send = [and_(d.state == state, d.run_at <= later("until", BigInteger())) for state in _TO_SEND]
    to_look_at = and_(d.state == DeliveryState.UNCONFIRMED, d.run_at <= _now())
    timed = and_(or_(*to_send, to_look_at), ~_paused(d.account, d.destination))
    left_behind = and_(d.state == DeliveryState.SENDING, d.lease_until <= lease_clock())
    deliveries = select(d.id, d.destination, d.account, d.run_at).where(
        d.lane == later("lane"), or_(timed, left_behind)
    )
    free = or_(b.lease_until.is_(None), b.lease_until <= lease_clock())
    run = t.digest_run.c
    account, destination = func.coalesce(d.account, run.account), func.coalesce(d.destination, run.destination)
    batches = (
        select(b.id, destination, account, b.run_at)
        .join(t.mailing, t.mailing.c.id == b.mailing_id)
        .outerjoin(t.delivery, d.id == t.mailing.c.delivery_id)
        .outerjoin(t.digest_run, run.id == t.mailing.c.digest_run_id)
        .where(b.lane == later("lane"), b.state == "open", b.run_at <= _now(), free, ~_paused(account, destination))
    )
    return Statements(
        bare(_first(deliveries, dialect, d.destination, d.account).order_by(d.run_at, d.id), dialect),
        bare(_first(batches, dialect, destination, account).order_by(b.run_at, b.id), dialect),
    )


def _now() -> ColumnElement[int]:
    return later("now", BigInteger())


def _paused(account: ColumnElement[str], destination: ColumnElement[str]) -> ColumnElement[bool]:
    keys = (literal("account:") + account, literal("target:") + destination)
    return exists().where(t.pause.c.key.in_(keys), t.pause.c.until > _now())


def _first(
    query: Select[Any], dialect: Dialect, destination: ColumnElement[str], account: ColumnElement[str]
) -> Select[Any]:
    """Of what is not busy."""
    destinations, accounts = (listed(dialect, String(), name) for name in ("destinations", "accounts"))
    free = query.where(destination.not_in(destinations), account.not_in(accounts))
    return free.limit(later("most", BigInteger()))
