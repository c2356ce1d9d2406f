"""The queries of digests that did not reach somebody: what they listed is told again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, delete, false, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.mailing.digest_run import LOST
from publisher.store import tables as t
from publisher.store.digest_run_rows import due
from publisher.store.insert_or import insert_of
from publisher.store.lists import among

b, r, missed = t.batch.c, t.recipient.c, t.digest_missed.c


class DigestMissedRows:
    """Implements parts of the transactions of `publisher.mailing.digest_run` and `publisher.mailing.digests`."""

    connection: AsyncConnection

    async def note_missed_digests(self, mailing_id: int) -> None:
        lost = select(r.person_id, b.payload_id, literal(False)).join_from(t.recipient, t.batch, r.batch_id == b.id)
        lost = lost.where(b.mailing_id == mailing_id, r.state.in_(LOST))
        note = insert_of(self.connection.dialect, t.digest_missed)
        noted = note.from_select(["subscriber_id", "payload_id", "only_weekly"], lost)
        await self.connection.execute(noted.on_conflict_do_nothing())

    async def take_back_missed(self, recipient_ids: Collection[int]) -> frozenset[int]:
        noted = and_(missed.subscriber_id == r.person_id, missed.payload_id == b.payload_id, ~missed.only_weekly)
        query = select(r.id, r.person_id, b.payload_id).join_from(t.recipient, t.batch, r.batch_id == b.id)
        query = query.join(t.digest_missed, noted).where(among(self.connection, r.id, recipient_ids))
        rows = (await self.connection.execute(query)).all()
        people, payloads = [row.person_id for row in rows], {row.payload_id for row in rows}
        theirs = and_(among(self.connection, missed.subscriber_id, people), missed.payload_id.in_(payloads))
        await self.connection.execute(delete(t.digest_missed).where(theirs))
        return frozenset(row.id for row in rows)

    async def digests_missed(self, of: datetime | int) -> Mapping[int, str]:
        kept, s = t.digest_payload.c, t.subscriber.c
        query = select(kept.payload_id, kept.group).join(t.digest_missed, missed.payload_id == kept.payload_id)
        query = query.join(t.subscriber, s.id == missed.subscriber_id).distinct()
        query = query.where(s.id == of if isinstance(of, int) else due(of))
        return {row.payload_id: row.group for row in (await self.connection.execute(query)).all()}

    async def settle_missed_digests(self) -> None:
        """Of those put aside: they have been told again what was due; what is weekly waits for their day."""
        put_aside, said = t.digest_due.c, t.digest_said.c
        # Each of the few notes is looked up among those put aside, who may be a million.
        theirs = select(put_aside.subscriber_id).where(put_aside.subscriber_id == missed.subscriber_id)
        over = theirs.join(t.digest_said, said.signature == put_aside.signature).where(~said.keeps_missed)
        await self.connection.execute(delete(t.digest_missed).where(over.exists()))
        rest = and_(missed.only_weekly == false(), theirs.exists())
        await self.connection.execute(update(t.digest_missed).where(rest).values(only_weekly=true()))
