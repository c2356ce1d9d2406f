"""The queries of a preflight."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.channel import Finding, Severity
from publisher.delivery.transaction import Preflight
from publisher.release.states import ReleaseState
from publisher.store import tables as t

p, r = t.preflight.c, t.release.c


class PreflightRows:
    """Implements the part of `publisher.delivery.transaction.Transaction` that a preflight asks for."""

    connection: AsyncConnection

    async def due_preflights(self, after: datetime, until: datetime) -> Sequence[int]:
        done = select(p.release_id).where(p.release_id == r.id, p.publish_at == r.publish_at)
        soon = (r.state == ReleaseState.SCHEDULED) & (r.publish_at > after) & (r.publish_at <= until)
        query = select(r.id).where(soon, ~done.exists()).order_by(r.publish_at, r.id)
        return (await self.connection.scalars(query)).all()

    async def save_preflight(self, done: Preflight) -> None:
        hour = (p.release_id == done.release_id) & (p.publish_at == done.publish_at)
        await self.connection.execute(delete(t.preflight).where(hour))
        names = ("code", "message", "fix", "severity", "about")
        findings = [{name: getattr(finding, name) for name in names} for finding in done.findings]
        row = {"release_id": done.release_id, "publish_at": done.publish_at, "at": done.at}
        text = json.dumps(findings, ensure_ascii=False)
        await self.connection.execute(insert(t.preflight).values(**row, findings=text))

    async def preflight(self, release_id: int) -> Preflight | None:
        query = select(t.preflight).where(p.release_id == release_id).order_by(p.at.desc())
        row = (await self.connection.execute(query.limit(1))).mappings().first()
        if row is None:
            return None
        return Preflight(row["release_id"], row["publish_at"], row["at"], _findings(row["findings"]))


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(Finding(**{**each, "severity": Severity(each["severity"])}) for each in json.loads(text))
