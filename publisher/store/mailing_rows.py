"""The queries of the mailing step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    RowMapping,
    and_,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.content.kinds.kind import MailClass, Unconfirmed
from publisher.delivery.states import RecipientState
from publisher.mailing.intake.fields import INSTANT
from publisher.mailing.left_out import LeftOut
from publisher.mailing.subscribers import SubscriberState
from publisher.mailing.transaction import Batch, Mailing, NewMailing, Readership
from publisher.store import tables as t
from publisher.store.database import lease_clock
from publisher.store.freezing import frozen, know_sizes
from publisher.store.group_rows import OPEN, GroupRows
from publisher.store.lists import among
from publisher.store.mailed import admits, has_it_from_a_digest, mailed, of_the_same_edition

DONE = "done"

b, r, s = t.batch.c, t.recipient.c, t.subscriber.c

GOT_IT = (RecipientState.DELIVERED, RecipientState.UNCONFIRMED, RecipientState.BOUNCED, RecipientState.COMPLAINED)
ON_ITS_WAY = (RecipientState.QUEUED, RecipientState.SENDING, RecipientState.WAITING)


class MailingRows(GroupRows):
    """Implements `publisher.mailing.transaction.Transaction`."""

    connection: AsyncConnection

    # --- at its start

    async def save_mailing(self, new: NewMailing, at: datetime) -> int:
        statement = insert(t.mailing).values(
            delivery_id=new.delivery_id,
            mail_class=new.mail_class,
            unconfirmed=new.unconfirmed,
            resend_until=new.resend_until,
            audience=0,
            frozen_at=at,
        )
        return await self._key_of(statement.returning(t.mailing.c.id))

    async def reader_locales(self) -> Sequence[str]:
        query = select(s.locale).where(s.state == SubscriberState.ACTIVE).distinct().order_by(s.locale)
        return (await self.connection.scalars(query)).all()

    async def freeze_readers(self, mailing_id: int, new: NewMailing, readers: Readership, batch_size: int) -> int:
        meant = self._meant(readers)
        await know_sizes(self.connection, t.subscriber)
        count = (
            await self.connection.execute(select(func.count()).select_from(t.subscriber).where(meant))
        ).scalar_one()
        first = await self._save_batches(mailing_id, new, count, batch_size)
        audience = await self._rows(frozen(mailing_id, t.subscriber, meant, first, batch_size))
        left_out = await self._left_out(readers)
        counted = {"left_out_elsewhere": left_out.elsewhere, "left_out_unknown": left_out.unknown}
        await self._rows(update(t.mailing).where(t.mailing.c.id == mailing_id).values(audience=audience, **counted))
        return audience

    async def _left_out(self, readers: Readership) -> LeftOut:
        if not any(regions.restricted for regions in readers.regions):
            return LeftOut()
        outside = and_(self._chosen(readers), ~self._in_its_regions(readers))
        query = select(func.count(s.jurisdiction), func.count()).select_from(t.subscriber).where(outside)
        known, everybody = (await self.connection.execute(query)).one()
        return LeftOut(known, everybody - known)

    async def _save_batches(self, mailing_id: int, new: NewMailing, readers: int, size: int) -> int:
        """How many readers are in a first batch of their own; the others' batches wait for a go then."""
        first = new.canary.of(readers)
        payload = insert(t.payload).values(mailing_id=mailing_id, payload=new.payload, sha256=new.sha256)
        shared = {
            "mailing_id": mailing_id,
            "payload_id": await self._key_of(payload.returning(t.payload.c.id)),
            "state": OPEN,
            "lane": new.lane,
            "deadline": new.deadline,
        }
        starts = [new.run_at] if first else []
        starts += [new.deadline if first else new.run_at] * -(-(readers - first) // size)
        if starts:
            rows = [{**shared, "position": place, "run_at": run_at} for place, run_at in enumerate(starts)]
            await self.connection.execute(insert(t.batch), rows)
        await self._rows(update(t.mailing).where(t.mailing.c.id == mailing_id).values(canary=first))
        return first

    def _meant(self, readers: Readership) -> ColumnElement[bool]:
        return and_(self._chosen(readers), self._in_its_regions(readers))

    def _in_its_regions(self, readers: Readership) -> ColumnElement[bool]:
        """Admitted, or in possession of an earlier mail of the same sender: what it says must not stay uncorrected."""
        earlier = and_(
            t.delivery.c.announcement_id == readers.announcement_id,
            t.delivery.c.destination == readers.destination,
            ~of_the_same_edition(readers),
            r.state.in_(GOT_IT),
        )
        limits = [admits(regions, s.jurisdiction) for regions in readers.regions if regions.restricted]
        digested = [self._has_it_from_a_digest(readers)] if readers.digested else []
        return or_(and_(*limits), self._in_a_mailing(earlier), *digested) if limits else true()

    def _has_it_from_a_digest(self, readers: Readership) -> ColumnElement[bool]:
        # A digest that is on its way cannot be stopped for some of its readers, and says what is wrong.
        return has_it_from_a_digest(self.connection, s.id, readers, (*GOT_IT, *ON_ITS_WAY))

    def _chosen(self, readers: Readership) -> ColumnElement[bool]:
        suppressed = select(t.suppression.c.address_key).where(
            t.suppression.c.address_key == s.address_key, t.suppression.c.mail_class == readers.mail_class
        )
        return and_(
            s.state == SubscriberState.ACTIVE,
            among(self.connection, s.locale, readers.locales),
            self._got_an_earlier_one(readers) if readers.only_earlier else self._asked_for_it(readers),
            ~suppressed.exists(),
            ~self._gets_it_in_another_language(readers),
            ~self._may_have_one(readers) if readers.only_new else true(),
        )

    def _in_a_mailing(self, which: ColumnElement[bool]) -> ColumnElement[bool]:
        # Members of segments have numbers of their own: the same one may be another person's.
        return mailed(self.connection, s.id, and_(t.mailing.c.segment_id.is_(None), which))

    def _asked_for_it(self, readers: Readership) -> ColumnElement[bool]:
        if readers.kind is None:
            return true()
        subscribed = self._subscribed(readers)
        return subscribed if readers.only_new else or_(subscribed, self._got_an_earlier_one(readers))

    def _subscribed(self, readers: Readership) -> ColumnElement[bool]:
        subscription = t.subscription.c
        often = true() if readers.at_once else subscription.frequency == INSTANT
        wanted = and_(subscription.kind == readers.kind, often)
        return select(subscription.subscriber_id).where(subscription.subscriber_id == s.id, wanted).exists()

    def _got_an_earlier_one(self, readers: Readership) -> ColumnElement[bool]:
        """A correction reaches whoever the first copy may have reached, whatever they chose since."""
        same = t.delivery.c.announcement_id == readers.announcement_id
        got_it = self._in_a_mailing(and_(same, ~of_the_same_edition(readers), r.state.in_(GOT_IT)))
        if readers.digested:
            got_it = or_(got_it, self._has_it_from_a_digest(readers))
        if readers.follow is None:
            return got_it
        return and_(got_it, s.follow.in_(sorted(readers.follow.chosen_by)), self._subscribed(readers))

    def _may_have_one(self, readers: Readership) -> ColumnElement[bool]:
        """Whoever a mail of another release of the announcement has reached, or may still reach."""
        d = t.delivery.c
        other = and_(d.announcement_id == readers.announcement_id, d.release_id != readers.release_id)
        return self._in_a_mailing(and_(other, r.state.in_((*GOT_IT, *ON_ITS_WAY))))

    def _gets_it_in_another_language(self, readers: Readership) -> ColumnElement[bool]:
        """Whoever changes their language between the starts of two mailings of one release gets it once."""
        return self._in_a_mailing(of_the_same_edition(readers))

    # --- while it runs

    async def claim_batch(self, batch_id: int, owner: str, lease: timedelta, now: datetime) -> Batch | None:
        free = or_(b.lease_until.is_(None), b.lease_until <= lease_clock())
        claim = update(t.batch).where(b.id == batch_id, b.state == OPEN, b.run_at <= now, free)
        claim = claim.values(lease_owner=owner, lease_until=_until(lease), fence=b.fence + 1)
        returned = claim.returning(b.fence, b.deadline, b.payload_id)
        claimed = (await self.connection.execute(returned)).first()
        if claimed is None:
            return None
        query = select(t.payload.c.payload, t.payload.c.sha256, *t.mailing.c).join_from(t.payload, t.mailing)
        found = (await self.connection.execute(query.where(t.payload.c.id == claimed.payload_id))).mappings().one()
        mailing = mailing_of_row(found)
        return Batch(batch_id, mailing, found["payload"], found["sha256"], claimed.fence, claimed.deadline)

    async def end_batch_leases(self) -> int:
        held = and_(b.state == OPEN, b.lease_until > lease_clock())
        return await self._rows(update(t.batch).where(held).values(lease_until=lease_clock()))

    async def leave_batch(self, batch_id: int, fence: int, run_at: datetime) -> None:
        leave = update(t.batch).where(b.id == batch_id, b.fence == fence)
        await self._rows(leave.values(lease_owner=None, lease_until=None, run_at=run_at))

    async def close_batch(self, batch_id: int) -> None:
        close = update(t.batch).where(b.id == batch_id)
        await self._rows(close.values(state=DONE, lease_owner=None, lease_until=None))

    async def next_recipient_at(self, batch_id: int, now: datetime) -> datetime | None:
        waiting = and_(r.batch_id == batch_id, r.state == RecipientState.WAITING, r.run_at > now)
        earliest: datetime | None = (
            await self.connection.execute(select(func.min(r.run_at)).where(waiting))
        ).scalar_one()
        return earliest

    async def tried_since(self, account: str, since: datetime) -> int:
        m, d = t.mailing.c, t.delivery.c
        recent = or_(m.finished_at.is_(None), m.finished_at >= since)
        joined = t.recipient.join(t.mailing, m.id == r.mailing_id).outerjoin(t.delivery, d.id == m.delivery_id)
        joined = joined.outerjoin(t.digest_run, t.digest_run.c.id == m.digest_run_id)
        theirs = or_(d.account == account, t.digest_run.c.account == account)
        query = select(func.count()).select_from(joined).where(theirs, recent, r.tried_at >= since)
        return int((await self.connection.execute(query)).scalar_one())

    async def move_recipients(
        self, batch_id: int, before: Collection[RecipientState], after: RecipientState, reason: str, at: datetime
    ) -> int:
        theirs = and_(r.batch_id == batch_id, r.state.in_(before))
        return await self._rows(update(t.recipient).where(theirs).values(state=after, reason=reason, ended_at=at))

    async def resend_unconfirmed(self, batch_id: int) -> int:
        once = and_(r.batch_id == batch_id, r.state == RecipientState.UNCONFIRMED, r.resends == 0)
        again = update(t.recipient).where(once)
        return await self._rows(again.values(state=RecipientState.QUEUED, resends=r.resends + 1, ended_at=null()))

    # --- at its end, and for reports

    async def lock_mailing(self, mailing_id: int) -> Mailing:
        return _found(await self._mailing(t.mailing.c.id == mailing_id, lock=True), mailing_id)

    async def mailing(self, mailing_id: int) -> Mailing:
        return _found(await self._mailing(t.mailing.c.id == mailing_id), mailing_id)

    async def mailing_of(self, delivery_id: int) -> Mailing | None:
        return await self._mailing(t.mailing.c.delivery_id == delivery_id)

    async def open_batches(self, mailing_id: int) -> int:
        query = select(func.count()).select_from(t.batch).where(b.mailing_id == mailing_id, b.state == OPEN)
        return int((await self.connection.execute(query)).scalar_one())

    async def count_recipients(self, mailing_id: int) -> Mapping[RecipientState, int]:
        # By batch, because an index holds the states of a batch: a million are counted without their rows.
        theirs = r.batch_id.in_(select(b.id).where(b.mailing_id == mailing_id))
        query = select(r.state, func.count()).where(theirs).group_by(r.state)
        counts: dict[str, int] = dict((await self.connection.execute(query)).all())
        return {state: counts[state] for state in RecipientState if state in counts}

    async def finish_mailing(self, mailing_id: int, at: datetime) -> bool:
        unfinished = and_(t.mailing.c.id == mailing_id, t.mailing.c.finished_at.is_(None))
        return await self._rows(update(t.mailing).where(unfinished).values(finished_at=at)) == 1

    # --- shared by the queries above

    async def _mailing(self, which: ColumnElement[bool], *, lock: bool = False) -> Mailing | None:
        query = select(t.mailing).where(which)
        row = (await self.connection.execute(query.with_for_update() if lock else query)).mappings().first()
        return mailing_of_row(row) if row else None

    async def _key_of(self, statement: Executable) -> int:
        return int((await self.connection.execute(statement)).scalar_one())

    async def _rows(self, statement: Executable) -> int:
        # SQLAlchemy forgets the count of an INSERT unless it is told not to.
        done = await self.connection.execute(statement, execution_options={"preserve_rowcount": True})
        return cast(CursorResult[Any], done).rowcount


def _found(mailing: Mailing | None, mailing_id: int) -> Mailing:
    if mailing is None:
        raise LookupError(f"there is no mailing {mailing_id}")
    return mailing


def _until(lease: timedelta) -> ColumnElement[int]:
    return lease_clock() + literal(lease // timedelta(microseconds=1))


def mailing_of_row(row: RowMapping) -> Mailing:
    return Mailing(
        id=row["id"],
        delivery_id=row["delivery_id"],
        mail_class=MailClass(row["mail_class"]),
        unconfirmed=Unconfirmed(row["unconfirmed"]),
        resend_until=row["resend_until"],
        audience=row["audience"],
        finished_at=row["finished_at"],
        left_out=LeftOut(row["left_out_elsewhere"], row["left_out_unknown"]),
        segment_id=row["segment_id"],
        frozen_at=row["frozen_at"],
        canary=row["canary"],
        go_at=row["go_at"],
        digest_run_id=row["digest_run_id"],
    )
