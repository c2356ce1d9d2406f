"""The queries of digest runs that are over or under way, and of the layout: what a person looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from publisher.mailing.digest_run import DigestRun
from publisher.mailing.digests.transaction import Outlook
from publisher.mailing.subscribers import SubscriberState
from publisher.store import tables as t
from publisher.store.insert_or import insert_or_ignore
from publisher.store.mailing_rows import MailingRows

s = t.subscriber.c


class DigestRunRows(MailingRows):
    """Implements a part of `publisher.mailing.digests.transaction.Transaction`."""

    async def digest_run(self, run_id: int) -> DigestRun:
        runs = await self._runs(t.digest_run.c.id == run_id)
        if not runs:
            raise LookupError(f"there is no digest run {run_id}")
        return runs[0]

    async def digest_runs(self, limit: int) -> Sequence[DigestRun]:
        return await self._runs(t.digest_run.c.id > 0, limit)

    async def _runs(self, which: ColumnElement[bool], limit: int = 1) -> Sequence[DigestRun]:
        query = select(t.digest_run, t.mailing.c.id.label("mailing_id"))
        query = query.outerjoin(t.mailing, t.mailing.c.digest_run_id == t.digest_run.c.id).where(which)
        rows = (await self.connection.execute(query.order_by(t.digest_run.c.id.desc()).limit(limit))).mappings()
        return [DigestRun(**row) for row in rows]

    async def digest_group(self, batch_id: int) -> str:
        kept = t.digest_payload.c
        query = select(kept.group).join(t.batch, t.batch.c.payload_id == kept.payload_id)
        return str((await self.connection.execute(query.where(t.batch.c.id == batch_id))).scalar_one())

    async def digest_groups(self, mailing_id: int) -> Sequence[tuple[str, int]]:
        kept, payload = t.digest_payload.c, t.payload.c
        query = select(kept.group, kept.readers).join(t.payload, payload.id == kept.payload_id)
        rows = (await self.connection.execute(query.where(payload.mailing_id == mailing_id).order_by(payload.id))).all()
        return [(row.group, row.readers) for row in rows]

    async def digest_outlook(self, now: datetime) -> Outlook:
        planned = and_(s.next_digest_at.is_not(None), s.state == SubscriberState.ACTIVE)
        # EPOCH stands for "to be planned", which is no time at all.
        known = func.min(s.next_digest_at).filter(s.next_digest_at != t.EPOCH)
        query = select(func.count(), known).where(planned)
        readers, next_at = (await self.connection.execute(query)).one()
        due_now = await self.connection.scalar(select(func.count()).select_from(t.subscriber).where(due(now)))
        missed = await self.connection.scalar(select(func.count(t.digest_missed.c.subscriber_id.distinct())))
        return Outlook(readers, int(due_now or 0), next_at, int(missed or 0))

    # --- layouts

    async def approve_layout(self, sha256: str, person: str, at: datetime) -> bool:
        row = {"sha256": sha256, "person": person, "at": at}
        return await self._rows(insert_or_ignore(self.connection, t.digest_layout, row)) == 1

    async def layout_approved(self, sha256: str) -> tuple[str, datetime] | None:
        kept = t.digest_layout.c
        found = (await self.connection.execute(select(kept.person, kept.at).where(kept.sha256 == sha256))).first()
        return None if found is None else (found.person, found.at)


def due(now: datetime) -> ColumnElement[bool]:
    """Whose hour has come."""
    return and_(s.next_digest_at > t.EPOCH, s.next_digest_at <= now)
