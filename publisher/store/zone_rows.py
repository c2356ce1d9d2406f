"""The queries of what a newer table of time zones moves."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.stages import TO_COME
from publisher.release.states import ReleaseState as S
from publisher.store import tables as t

r = t.release.c
_TO_COME = (S.IN_REVIEW, S.APPROVED, S.SCHEDULED, S.HELD)
_PUBLIC = (S.PUBLISHING, S.PUBLISHED, S.PARTLY_PUBLISHED)


class ZoneRows:
    """Implements what `publisher.schedule.zones.Transaction` asks for beyond deliveries."""

    connection: AsyncConnection

    async def resolved_otherwise(self, table: str) -> Sequence[int]:
        stages = select(t.planned_stage.c.announcement_id).where(t.planned_stage.c.state.in_(TO_COME))
        lives = and_(r.state.in_(_PUBLIC), r.announcement_id.in_(stages))
        # Read of the text and not of its JSON: what is taken for another's by mistake is only worked out once more.
        same = func.replace(r.walls, " ", "").contains(f'"table":{json.dumps(table)}', autoescape=True)
        query = select(r.id).where(or_(r.state.in_(_TO_COME), lives), ~same).order_by(r.publish_at, r.id)
        return list((await self.connection.execute(query)).scalars())
