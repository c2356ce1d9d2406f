"""Conditions on who may get a mail, and whom one has reached before."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.channel import Regions
from publisher.mailing.transaction import Readership
from publisher.store import tables as t

r = t.recipient.c


def of_the_same_edition(readers: Readership) -> ColumnElement[bool]:
    """Deliveries that differ in their language only."""
    d = t.delivery.c
    if readers.walked_at is not None:
        there = and_(d.announcement_id == readers.announcement_id, d.destination == readers.destination)
        return and_(there, d.stage == readers.stage, d.walked_at == readers.walked_at)
    there = and_(d.release_id == readers.release_id, d.destination == readers.destination)
    return and_(there, d.stage == readers.stage, d.operation == readers.operation)


def mailed(connection: AsyncConnection, person: ColumnElement[int], which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a person is a recipient of `which` mailings."""
    joined = t.recipient.join(t.mailing, t.mailing.c.id == r.mailing_id)
    joined = joined.join(t.delivery, t.delivery.c.id == t.mailing.c.delivery_id)
    them = select(r.person_id).select_from(joined).where(which)
    if connection.dialect.name == "sqlite":
        # A list that is made once: asked about each person, SQLite would read every recipient there is each time.
        return person.in_(them)
    return them.where(r.person_id == person).correlate(t.subscriber, t.segment_member).exists()


def admits(regions: Regions, where: Column[str | None]) -> ColumnElement[bool]:
    """`Regions.admits` of a restricted one; never null, so that its opposite is the rest."""
    known = where.is_not(None)
    if regions.allow:
        return and_(known, where.in_(regions.allow))
    return and_(known, where.not_in(regions.deny))
