"""Conditions on who may get a mail, and whom one has reached before."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Column, ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.channel import Regions
from publisher.delivery.states import RecipientState
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


def has_it_from_a_digest(
    connection: AsyncConnection, person: ColumnElement[int], readers: Readership, states: Collection[RecipientState]
) -> ColumnElement[bool]:
    """Whether a digest of the destination that lists an earlier release has reached a person, or may still."""
    told, payload, b, run = t.digest_told.c, t.payload.c, t.batch.c, t.digest_run.c
    joined = t.release.join(t.digest_told, told.release_id == t.release.c.id)
    joined = joined.join(t.payload, payload.id == told.payload_id)
    joined = joined.join(t.mailing, t.mailing.c.id == payload.mailing_id)
    joined = joined.join(t.digest_run, run.id == t.mailing.c.digest_run_id)
    joined = joined.join(t.batch, and_(b.mailing_id == payload.mailing_id, b.payload_id == payload.id))
    joined = joined.join(t.recipient, r.batch_id == b.id)
    of_it = and_(t.release.c.announcement_id == readers.announcement_id, t.release.c.id != readers.release_id)
    them = select(r.person_id).select_from(joined).where(of_it, run.destination == readers.destination)
    them = them.where(r.state.in_(states))
    if connection.dialect.name == "sqlite":
        return person.in_(them)  # for the reason that `mailed` gives
    return them.where(r.person_id == person).correlate(t.subscriber).exists()


def admits(regions: Regions, where: Column[str | None]) -> ColumnElement[bool]:
    """`Regions.admits` of a restricted one; never null, so that its opposite is the rest."""
    known = where.is_not(None)
    if regions.allow:
        return and_(known, where.in_(regions.allow))
    return and_(known, where.not_in(regions.deny))
