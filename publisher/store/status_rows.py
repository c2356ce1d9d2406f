"""What staff see: deliveries with their links, and the history of anything. Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.states import DeliveryState
from publisher.store import tables as t
from publisher.store.callback_rows import CallbackRows


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery as a table shows it; `url` is the network's own link; mail has none."""

    id: int
    release_id: int
    title: str
    reference: str | None
    stage: str
    operation: str
    channel: str
    destination: str
    locale: str
    state: DeliveryState
    attempts: int
    reason: str
    url: str
    told: str
    """What the receiving system reported since."""
    run_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of state."""

    at: datetime
    entity: str
    entity_id: int
    before: str | None
    after: str
    actor: str
    reason: str


class StatusRows(CallbackRows):
    """Queries for status pages and tables."""

    connection: AsyncConnection

    async def delivery_lines(self, release_ids: Sequence[int] | None = None) -> Sequence[DeliveryLine]:
        """Those of some releases, or of all; by release, wave, destination, locale."""
        query = (
            select(t.delivery, t.revision.c.title, t.announcement.c.reference)
            .join(t.release, t.release.c.id == t.delivery.c.release_id)
            .join(t.revision, t.revision.c.id == t.release.c.revision_id)
            .join(t.announcement, t.announcement.c.id == t.delivery.c.announcement_id)
            .order_by(t.delivery.c.release_id, t.delivery.c.wave, t.delivery.c.destination, t.delivery.c.locale)
        )
        if release_ids is not None:
            query = query.where(t.delivery.c.release_id.in_(release_ids))
        rows = (await self.connection.execute(query)).mappings().all()
        ids = [row["id"] for row in rows]
        links, told = await self._links(ids), await self.told(ids)
        return [_line(row, links.get(row["id"], ""), told.get(row["id"], "")) for row in rows]

    async def _links(self, delivery_ids: Sequence[int]) -> dict[int, str]:
        query = select(t.receipt.c.delivery_id, t.receipt.c.url).where(
            t.receipt.c.delivery_id.in_(delivery_ids), t.receipt.c.url != ""
        )
        rows = (await self.connection.execute(query.order_by(t.receipt.c.position.desc()))).all()
        return {row.delivery_id: row.url for row in rows}  # the lowest position is written last

    async def history(self, entity: str, entity_ids: Sequence[int]) -> Sequence[HistoryLine]:
        """Oldest first."""
        query = select(t.transition).where(t.transition.c.entity == entity, t.transition.c.entity_id.in_(entity_ids))
        rows = (await self.connection.execute(query.order_by(t.transition.c.id))).mappings()
        return [_history(row) for row in rows]


_SHOWN = (
    "id", "release_id", "title", "reference", "stage", "operation", "channel", "destination", "locale", "attempts",
    "reason", "run_at", "updated_at",
)  # fmt: skip


def _line(row: RowMapping, link: str, told: str) -> DeliveryLine:
    shown = {name: row[name] for name in _SHOWN}
    return DeliveryLine(**shown, state=DeliveryState(row["state"]), url=link, told=told)


def _history(row: RowMapping) -> HistoryLine:
    shown = ("at", "entity", "entity_id", "before", "after", "actor", "reason")
    return HistoryLine(**{name: row[name] for name in shown})
