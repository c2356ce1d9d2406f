"""The queries of the stages that the clock walks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Dialect, Select, String, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.stages import TO_COME, Hand, PlannedStage, PlannedState, Walk
from publisher.delivery.states import DeliveryState
from publisher.store import tables as t
from publisher.store.bare import as_list, later, listed
from publisher.store.lists import among
from publisher.store.prepared import Prepared, Row

p, d = t.planned_stage.c, t.delivery.c

_STAGES = 10
"""Of one announcement that may be due at once; of more, the later ones are found in the next tick."""
_NOT_THERE = (DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.OVERTAKEN)


class PlannedRows:
    """Implements the part of `publisher.delivery.transaction.Transaction` that planned stages ask for."""

    connection: AsyncConnection

    async def plan_stage(self, new: PlannedStage) -> None:
        row = {field.name: getattr(new, field.name) for field in fields(PlannedStage) if field.name != "id"}
        await self.connection.execute(insert(t.planned_stage).values(**row, look_at=new.due_at))

    async def planned_stages(
        self, announcement_id: str | None = None, states: Sequence[PlannedState] | None = None
    ) -> Sequence[PlannedStage]:
        those = as_list(self.connection.dialect, [str(state) for state in (PlannedState if states is None else states)])
        if announcement_id is None:
            return [_planned(row) for row in await _OF_ALL.rows(self.connection, states=those)]
        return [
            _planned(row) for row in await _OF_ONE.rows(self.connection, states=those, announcement=announcement_id)
        ]

    async def due_stages(self, now: datetime, limit: int) -> Sequence[str]:
        due = select(p.announcement_id, p.look_at).where(p.state == PlannedState.DUE, p.look_at <= now)
        # Bounded before it is grouped: grouped at once, SQLite reads the whole table at every tick.
        first = due.order_by(p.look_at).limit(limit * _STAGES).subquery()
        announcement_id, longest = first.c.announcement_id, func.min(first.c.look_at)
        query = select(announcement_id).group_by(announcement_id).order_by(longest, announcement_id).limit(limit)
        return list((await self.connection.execute(query)).scalars())

    async def change_stage(
        self, planned: PlannedStage, state: PlannedState, *, at: datetime, reason: str, release_id: int | None = None
    ) -> None:
        ended_at, look_at = (None, planned.due_at) if state in TO_COME else (at, at)
        values = {"state": state, "ended_at": ended_at, "look_at": look_at, "reason": reason}
        await self.connection.execute(
            update(t.planned_stage)
            .where(p.id == planned.id)
            .values(**values, release_id=planned.release_id if release_id is None else release_id)
        )

    async def put_stage(self, planned: PlannedStage) -> None:
        row = {field.name: getattr(planned, field.name) for field in fields(PlannedStage) if field.name != "id"}
        values = {**row, "look_at": planned.due_at}
        await self.connection.execute(update(t.planned_stage).where(p.id == planned.id).values(**values))

    async def look_again(self, planned: PlannedStage, look_at: datetime, reason: str) -> None:
        values = {"look_at": look_at, "reason": reason}
        await self.connection.execute(update(t.planned_stage).where(p.id == planned.id).values(**values))

    async def last_walk(self, announcement_id: str) -> Walk | None:
        w = t.walk.c
        query = (
            select(*(w[each.name] for each in fields(Walk)))
            .join(t.release, t.release.c.id == w.release_id)
            .join(t.revision, t.revision.c.id == t.release.c.revision_id)
            .where(t.revision.c.announcement_id == announcement_id)
            .order_by(w.id.desc())
            .limit(1)
        )
        row = (await self.connection.execute(query)).mappings().first()
        return None if row is None else Walk(**row)

    async def last_walks(self, announcement_ids: Collection[str]) -> Mapping[str, Walk]:
        w, r = t.walk.c, t.release.c
        theirs = among(self.connection, r.announcement_id, announcement_ids)
        joined = t.walk.join(t.release, r.id == w.release_id)
        last = select(func.max(w.id)).select_from(joined).where(theirs).group_by(r.announcement_id)
        columns = [w[each.name] for each in fields(Walk)]
        query = select(r.announcement_id, *columns).select_from(joined).where(w.id.in_(last))
        return {name: Walk(*walk) for name, *walk in await self.connection.execute(query)}

    async def posts(self, announcement_id: str, destination: str, locale: str) -> int:
        there = (d.announcement_id == announcement_id, d.destination == destination, d.locale == locale)
        query = select(func.count()).where(*there, d.operation == "publish", d.state.not_in(_NOT_THERE))
        return int(await self.connection.scalar(query) or 0)


def _select() -> Select[tuple[object, ...]]:
    return select(*(p[field.name] for field in fields(PlannedStage)))


def _planned(row: Row) -> PlannedStage:
    return PlannedStage(**{**row, "state": PlannedState(row["state"]), "hand": Hand(row["hand"])})


def _in_states(dialect: Dialect) -> Select[tuple[object, ...]]:
    return _select().where(p.state.in_(listed(dialect, String(), "states"))).order_by(p.due_at, p.id)


_OF_ALL = Prepared(_in_states)
_OF_ONE = Prepared(lambda dialect: _in_states(dialect).where(p.announcement_id == later("announcement")))
