"""What else is announced about the same time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.announcement import Revision
from publisher.release.lint.similar import NEAR, Other
from publisher.release.states import ReleaseState
from publisher.store import tables as t

_OVER = (ReleaseState.RETURNED, ReleaseState.VOID, ReleaseState.CANCELLED)


class SimilarRows:
    """Answers `publisher.release.lint.similar`."""

    connection: AsyncConnection

    async def near(self, revision: Revision) -> Sequence[Other]:
        """The newest release of every other announcement of the kind that is published within `NEAR` of this one."""
        r = t.release.c
        since, until = revision.schedule.at - NEAR, revision.schedule.at + NEAR
        newest = (
            select(func.max(r.id))
            .join(t.announcement, t.announcement.c.id == r.announcement_id)
            .where(t.announcement.c.kind == revision.kind.name, r.announcement_id != revision.announcement_id)
            .where(r.publish_at.between(since, until), r.state.not_in(_OVER))
            .group_by(r.announcement_id)
        )
        query = (
            select(t.release, t.revision.c.title, t.revision.c.author, t.revision.c.source, t.announcement.c.reference)
            .join(t.revision, t.revision.c.id == r.revision_id)
            .join(t.announcement, t.announcement.c.id == r.announcement_id)
            .where(r.id.in_(newest))
            .order_by(r.publish_at, r.id)
        )
        rows = (await self.connection.execute(query)).all()
        return [
            Other(row.announcement_id, row.id, row.reference, row.title, row.author, row.publish_at, row.source)
            for row in rows
        ]
