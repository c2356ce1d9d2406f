"""The query of an export of readers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.consent import Act
from publisher.mailing.exporting import Chosen
from publisher.mailing.intake.fields import INSTANT
from publisher.mailing.intake.rows import DigestTime, Origin, Reader
from publisher.mailing.subscribers import SubscriberState
from publisher.store import tables as t

s, c, w = t.subscriber.c, t.consent.c, t.subscription.c

AGREED = (Act.CONFIRMED, Act.IMPORTED, Act.ADDED)
"""Acts by which somebody becomes a reader."""

_WANTED = (
    select(func.aggregate_strings(w.kind + ":" + w.frequency, " ")).where(w.subscriber_id == s.id).scalar_subquery()
)
_STOPPED = (
    select(func.aggregate_strings(t.suppression.c.mail_class, " "))
    .where(t.suppression.c.address_key == s.address_key)
    .scalar_subquery()
)
_LAST = (
    select(func.max(c.id)).where(c.subscriber_id == s.id, c.act.in_(AGREED)).correlate(t.subscriber).scalar_subquery()
)
_CONSENT = (c.act, c.source, c.at, c.origin, c.agreed_at, c.wording)


class ExportRows:
    """Implements `publisher.mailing.exporting.Transaction`."""

    connection: AsyncConnection

    async def readers_after(self, after: int, limit: int, chosen: Chosen) -> Sequence[tuple[int, Reader]]:
        columns = (
            s.id,
            s.address,
            s.locale,
            s.jurisdiction,
            s.zone,
            s.follow,
            s.digest_hour,
            s.digest_weekday,
            _WANTED.label("wanted"),
            _STOPPED.label("stopped"),
        )
        joined = t.subscriber.outerjoin(t.consent, c.id == _LAST)
        page = select(*columns, *_CONSENT).select_from(joined).where(s.id > after, s.state == SubscriberState.ACTIVE)
        rows = await self.connection.execute(_only(page, chosen).order_by(s.id).limit(limit))
        return [(row["id"], _reader(row)) for row in rows.mappings()]


def _only(page: Select[tuple[object, ...]], chosen: Chosen) -> Select[tuple[object, ...]]:
    if chosen.locale is not None:
        page = page.where(s.locale == chosen.locale)
    if chosen.jurisdiction is not None:
        page = page.where(s.jurisdiction == chosen.jurisdiction)
    if chosen.kind is not None:
        page = page.where(exists().where(and_(w.subscriber_id == s.id, w.kind == chosen.kind)))
    return page


def _reader(row: RowMapping) -> Reader:
    often = dict(each.split(":") for each in (row["wanted"] or "").split())
    return Reader(
        row["address"],
        row["locale"],
        frozenset(often),
        row["jurisdiction"],
        row["zone"],
        apart={kind: frequency for kind, frequency in often.items() if frequency != INSTANT},
        unsubscribed=frozenset(map(MailClass, (row["stopped"] or "").split())),
        origin=_origin(row),
        follow=Follow(row["follow"]),
        digests=DigestTime(row["digest_hour"], row["digest_weekday"]),
    )


def _origin(row: RowMapping) -> Origin | None:
    if row["act"] is None:
        return None
    return Origin(row["origin"] or f"{row['act']}: {row['source']}", row["agreed_at"] or row["at"], row["wording"])
