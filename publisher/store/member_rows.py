"""The queries of a mailing to the members of a segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, ColumnElement, String, and_, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.kinds.kind import Follow
from publisher.mailing.left_out import LeftOut
from publisher.mailing.subscribers import SubscriberState
from publisher.mailing.transaction import NewMailing, Readership
from publisher.store import tables as t
from publisher.store.freezing import frozen, know_sizes
from publisher.store.lists import among
from publisher.store.mailed import admits, mailed, of_the_same_edition
from publisher.store.mailing_rows import GOT_IT, ON_ITS_WAY, MailingRows

b, m, r = t.batch.c, t.segment_member.c, t.recipient.c


class MemberRows(MailingRows):
    """Implements what `publisher.mailing.transaction.Transaction` needs of segments."""

    async def member_locales(self, snapshot_id: int) -> Sequence[str]:
        query = select(m.locale).where(m.segment_id == snapshot_id).distinct().order_by(m.locale)
        return (await self.connection.scalars(query)).all()

    async def freeze_members(self, mailing_id: int, new: NewMailing, readers: Readership, batch_size: int) -> int:
        meant = and_(self._entitled(readers), self._where_they_may(readers))
        await know_sizes(self.connection, t.segment_member)
        first = await self._save_batches(mailing_id, new, await self._count_members(meant), batch_size)
        audience = await self._rows(frozen(mailing_id, t.segment_member, meant, first, batch_size))
        left_out = await self._members_left_out(readers)
        values = {"audience": audience, "segment_id": readers.snapshot_id}
        counted = {"left_out_elsewhere": left_out.elsewhere, "left_out_unknown": left_out.unknown}
        await self._rows(update(t.mailing).where(t.mailing.c.id == mailing_id).values(**values, **counted))
        return audience

    async def count_readers(self, readers: Readership) -> int:
        if readers.snapshot_id is not None:
            return await self._count_members(and_(self._entitled(readers), self._where_they_may(readers)))
        query = select(func.count()).select_from(t.subscriber).where(self._meant(readers))
        return int((await self.connection.execute(query)).scalar_one())

    async def reader_domains(self, readers: Readership) -> Mapping[str, int]:
        if readers.snapshot_id is not None:
            key, meant = m.address_key, and_(self._entitled(readers), self._where_they_may(readers))
        else:
            key, meant = t.subscriber.c.address_key, self._meant(readers)
        domain = _domain(self.connection, key).label("domain")
        query = select(domain, func.count()).where(meant).group_by(domain)
        return dict((await self.connection.execute(query)).all())

    async def lasted(self, mailings: int, least: int) -> Sequence[tuple[int, float]]:
        n = t.mailing.c
        query = select(n.audience, n.frozen_at, n.finished_at).where(n.finished_at.is_not(None), n.audience >= least)
        rows = (await self.connection.execute(query.order_by(n.id.desc()).limit(mailings))).all()
        return [(row.audience, (row.finished_at - row.frozen_at).total_seconds()) for row in rows]

    async def mailed_address(self, recipient_id: int) -> str:
        joined = t.recipient.join(t.mailing, t.mailing.c.id == r.mailing_id)
        query = select(r.address).select_from(joined).where(r.id == recipient_id, t.mailing.c.segment_id.is_not(None))
        return await self.connection.scalar(query) or ""

    async def _count_members(self, meant: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(t.segment_member).where(meant)
        return int((await self.connection.execute(query)).scalar_one())

    async def _members_left_out(self, readers: Readership) -> LeftOut:
        if not any(regions.restricted for regions in readers.regions):
            return LeftOut()
        outside = and_(self._entitled(readers), ~self._where_they_may(readers))
        query = select(func.count(m.jurisdiction), func.count()).select_from(t.segment_member).where(outside)
        known, everybody = (await self.connection.execute(query)).one()
        return LeftOut(known, everybody - known)

    def _entitled(self, readers: Readership) -> ColumnElement[bool]:
        """Members of the snapshot who read these languages, without whoever stopped mail of this class."""
        suppressed = select(t.suppression.c.address_key).where(
            t.suppression.c.address_key == m.address_key, t.suppression.c.mail_class == readers.mail_class
        )
        return and_(
            m.segment_id == readers.snapshot_id,
            among(self.connection, m.locale, readers.locales),
            ~suppressed.exists(),
            ~self._members_in_a_mailing(of_the_same_edition(readers)),
            ~self._member_may_have_one(readers) if readers.only_new else true(),
            self._member_got_an_earlier_one(readers) if readers.only_earlier else true(),
            _member_wants(readers.follow) if readers.follow else true(),
        )

    def _where_they_may(self, readers: Readership) -> ColumnElement[bool]:
        """Admitted, or in possession of an earlier mail of the same sender: what it says must not stay uncorrected."""
        limits = [admits(regions, m.jurisdiction) for regions in readers.regions if regions.restricted]
        d = t.delivery.c
        same = and_(d.announcement_id == readers.announcement_id, d.destination == readers.destination)
        earlier = and_(same, ~of_the_same_edition(readers), r.state.in_(GOT_IT))
        return or_(and_(*limits), self._members_in_a_mailing(earlier)) if limits else true()

    def _member_may_have_one(self, readers: Readership) -> ColumnElement[bool]:
        d = t.delivery.c
        other = and_(d.announcement_id == readers.announcement_id, d.release_id != readers.release_id)
        return self._members_in_a_mailing(and_(other, r.state.in_((*GOT_IT, *ON_ITS_WAY))))

    def _member_got_an_earlier_one(self, readers: Readership) -> ColumnElement[bool]:
        same = t.delivery.c.announcement_id == readers.announcement_id
        return self._members_in_a_mailing(and_(same, ~of_the_same_edition(readers), r.state.in_(GOT_IT)))

    def _members_in_a_mailing(self, which: ColumnElement[bool]) -> ColumnElement[bool]:
        """A member has the same number in every snapshot of their segment, and no other segment's member has it."""
        return mailed(self.connection, m.id, and_(t.mailing.c.segment_id.is_not(None), which))


def _member_wants(follow: Follow) -> ColumnElement[bool]:
    """What whoever subscribed with the same address chose; the others chose nothing, and hear what is important."""
    s = t.subscriber.c
    theirs = select(s.id).where(s.address_key == m.address_key, s.state == SubscriberState.ACTIVE)
    wants = theirs.where(s.follow.in_(sorted(follow.chosen_by))).exists()
    return or_(wants, ~theirs.exists()) if follow is Follow.IMPORTANT else wants


def _domain(connection: AsyncConnection, key: Column[str]) -> ColumnElement[str]:
    """What stands behind the only @ of an address."""
    if connection.dialect.name == "sqlite":
        return func.substr(key, func.instr(key, "@") + 1, type_=String)
    return func.split_part(key, "@", 2, type_=String)
