"""The queries of whoever watches a mailing and stops it, lets it go on, or mends it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, Update, and_, case, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.kinds.kind import MailClass
from publisher.delivery.states import RecipientState
from publisher.mailing.transaction import MailingLine, Missed
from publisher.rendering.edition import DIGEST
from publisher.store import tables as t
from publisher.store.group_rows import OPEN
from publisher.store.lists import among
from publisher.store.mailing_rows import mailing_of_row
from publisher.wall_time import in_utc

b, m, r = t.batch.c, t.mailing.c, t.recipient.c

_MISSED = tuple(state for state in RecipientState if state not in (RecipientState.DELIVERED, RecipientState.COMPLAINED))
RECENT = 100
"""Mailings that a list shows."""


class ControlRows:
    """Implements what `publisher.mailing.transaction.Transaction` needs of control."""

    connection: AsyncConnection

    async def put_off_batches(self, mailing_id: int) -> None:
        await self.connection.execute(_open_batches(b.mailing_id == mailing_id).values(run_at=b.deadline))

    async def wake_batches(self, mailing_id: int, run_at: datetime, *, first_only: bool = False) -> None:
        theirs = and_(b.mailing_id == mailing_id, b.run_at > run_at)
        which = and_(theirs, b.position == 0) if first_only else theirs
        await self.connection.execute(_open_batches(which).values(run_at=run_at))

    async def wake_release(self, release_id: int, at: datetime) -> None:
        of_it = select(m.id).join(t.delivery, t.delivery.c.id == m.delivery_id)
        theirs = b.mailing_id.in_(of_it.where(t.delivery.c.release_id == release_id))
        await self.connection.execute(_open_batches(and_(theirs, b.run_at > at)).values(run_at=at))

    async def set_go(self, mailing_id: int, at: datetime) -> None:
        await self.connection.execute(update(t.mailing).where(m.id == mailing_id).values(go_at=at))

    # --- who did not get it

    async def count_resends(self, mailing_id: int) -> int:
        query = select(func.coalesce(func.sum(r.resends), 0)).where(r.mailing_id == mailing_id)
        return int((await self.connection.execute(query)).scalar_one())

    async def missed(self, mailing_id: int, after: int, limit: int) -> Sequence[tuple[int, Missed]]:
        query = select(r.id, r.address, r.state, r.reason, r.attempts, r.resends).where(
            r.mailing_id == mailing_id, r.id > after, r.state.in_(_MISSED)
        )
        rows = (await self.connection.execute(query.order_by(r.id).limit(limit))).mappings()
        return [(row["id"], _missed(row)) for row in rows]

    async def suppressed_for(self, keys: Collection[str], mail_class: MailClass) -> frozenset[str]:
        column = t.suppression.c.address_key
        theirs = and_(t.suppression.c.mail_class == mail_class, among(self.connection, column, keys))
        return frozenset((await self.connection.scalars(select(column).where(theirs))).all())

    async def requeue(self, recipient_ids: Collection[int], states: Collection[RecipientState]) -> int:
        which = and_(among(self.connection, r.id, recipient_ids), r.state.in_(states))
        doubt = case((r.state == RecipientState.UNCONFIRMED, r.resends + 1), else_=r.resends)
        again = update(t.recipient).where(which).values(state=RecipientState.QUEUED, resends=doubt, ended_at=null())
        return len((await self.connection.execute(again.returning(r.id))).all())

    async def reopen(self, mailing_id: int, run_at: datetime) -> None:
        queued = select(r.batch_id).where(r.batch_id == b.id, r.state == RecipientState.QUEUED).exists()
        theirs = update(t.batch).where(b.mailing_id == mailing_id, queued)
        await self.connection.execute(theirs.values(state=OPEN, run_at=run_at))
        await self.connection.execute(update(t.mailing).where(m.id == mailing_id).values(finished_at=null()))

    # --- what is seen

    async def mailing_lines(
        self, mailing_id: int | None = None, *, release_id: int | None = None, reference: str | None = None
    ) -> Sequence[MailingLine]:
        asked = (m.id, mailing_id), (t.delivery.c.release_id, release_id), (t.announcement.c.reference, reference)
        query = _lines().where(*(column == value for column, value in asked if value is not None))
        query = query.order_by(m.id.desc()).limit(RECENT)
        return [_line(row) for row in (await self.connection.execute(query)).mappings()]

    async def open_mailings(self) -> Sequence[MailingLine]:
        query = _lines().where(m.finished_at.is_(None)).order_by(m.id.desc())
        return [_line(row) for row in (await self.connection.execute(query)).mappings()]

    async def mails_to(self, key: str) -> Sequence[tuple[MailingLine, Missed, datetime | None]]:
        query = _lines().join(t.recipient, r.mailing_id == m.id).where(_person(key)).order_by(m.id.desc())
        told = (r.address, r.state, r.reason, r.attempts, r.resends, r.tried_at)
        rows = (await self.connection.execute(query.add_columns(*told))).mappings()
        return [(_line(row), _missed(row), row["tried_at"]) for row in rows]


def _open_batches(which: ColumnElement[bool]) -> Update:
    """Locked in one order, so that two who touch many cannot wait for each other."""
    found = select(b.id).where(which, b.state == OPEN).order_by(b.id).with_for_update()
    return update(t.batch).where(b.id.in_(found))


def _lines() -> Select[tuple[object, ...]]:
    d, run = t.delivery.c, t.digest_run.c
    destination, locale = func.coalesce(d.destination, run.destination), func.coalesce(d.locale, "")
    return (
        select(t.mailing, d.release_id, destination.label("destination"), locale.label("locale"), run.at)
        .add_columns(t.revision.c.title, t.announcement.c.reference, t.announcement.c.kind)
        .select_from(t.mailing)
        .outerjoin(t.delivery, d.id == m.delivery_id)
        .outerjoin(t.digest_run, run.id == m.digest_run_id)
        .outerjoin(t.release, t.release.c.id == d.release_id)
        .outerjoin(t.revision, t.revision.c.id == t.release.c.revision_id)
        .outerjoin(t.announcement, t.announcement.c.id == d.announcement_id)
    )


def _person(key: str) -> ColumnElement[bool]:
    """By number, which an index finds in every mailing: nobody's address is searched among a hundred million rows."""
    s, member = t.subscriber.c, t.segment_member.c
    subscriber = and_(m.segment_id.is_(None), r.person_id.in_(select(s.id).where(s.address_key == key)))
    theirs = select(member.id).where(member.address_key == key)
    return or_(subscriber, and_(m.segment_id.is_not(None), r.person_id.in_(theirs)))


def _line(row: RowMapping) -> MailingLine:
    shown = {name: row[name] for name in ("release_id", "title", "reference", "destination", "locale", "kind")}
    if row["at"] is not None:
        shown |= {"title": f"Digests of {in_utc(row['at'])}", "kind": DIGEST}
    return MailingLine(mailing_of_row(row), **shown)


def _missed(row: RowMapping) -> Missed:
    return Missed(row["address"], RecipientState(row["state"]), row["reason"] or "", row["attempts"], row["resends"])
