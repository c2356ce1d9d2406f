"""The queries of what goes out when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.life import BEGUN
from publisher.delivery.stages import PlannedState
from publisher.mailing.subscribers import SubscriberState
from publisher.release.states import ReleaseState
from publisher.store import tables as t


class ComingRows:
    """Implements what `publisher.schedule.coming.Transaction` asks for beyond deliveries."""

    connection: AsyncConnection

    async def next_hour(self, now: datetime) -> datetime | None:
        """When the next release or stage is due; None while nothing is."""
        r, p = t.release.c, t.planned_stage.c
        release = select(func.min(r.publish_at)).where(r.state == ReleaseState.SCHEDULED, r.publish_at > now)
        stage = select(func.min(p.look_at)).where(p.state == PlannedState.DUE, p.look_at > now)
        found = [await self.connection.scalar(query) for query in (release, stage)]
        return min((moment for moment in found if moment is not None), default=None)

    async def next_digest(self) -> datetime | None:
        s = t.subscriber.c
        query = select(func.min(s.next_digest_at)).where(s.next_digest_at > t.EPOCH)
        found: datetime | None = await self.connection.scalar(query.where(s.state == SubscriberState.ACTIVE))
        return found

    async def open_ended(self) -> Sequence[str]:
        w = t.walk.c
        name = t.revision.c.announcement_id
        last = (
            select(func.max(w.id).label("id"))
            .join(t.release, t.release.c.id == w.release_id)
            .join(t.revision, t.revision.c.id == t.release.c.revision_id)
            .group_by(name)
            .subquery()
        )
        query = (
            select(name)
            .join(t.release, t.release.c.revision_id == t.revision.c.id)
            .join(t.walk, w.release_id == t.release.c.id)
            .join(last, last.c.id == w.id)
            .where(w.stage.in_(BEGUN), w.ends_at.is_(None))
            .order_by(name)
        )
        return list((await self.connection.execute(query)).scalars())
