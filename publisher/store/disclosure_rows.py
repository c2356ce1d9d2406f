"""The queries about everything that is held of one address, and those that erase it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, case, delete, func, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.content.recurrence import DAYS
from publisher.delivery.states import RecipientState
from publisher.mailing.disclosure import Agreed, Asked, Mailed, Membership, Standing, Stopped, Wanted
from publisher.mailing.erasure import ERASED
from publisher.mailing.subscribers import SubscriberState
from publisher.rendering.edition import DIGEST
from publisher.store import tables as t
from publisher.store.lists import among

s, r, m = t.subscriber.c, t.recipient.c, t.segment_member.c

NO_LOCALE = "und"
"""RFC 5646 section 4.1: undetermined."""
_TO_SEND = (RecipientState.QUEUED, RecipientState.WAITING)


class DisclosureRows:
    """Implements `publisher.mailing.disclosure.Transaction` and `publisher.mailing.erasure.Transaction`."""

    connection: AsyncConnection

    # --- what there is

    async def standing_with(self, key: str) -> Standing | None:
        row = (await self.connection.execute(select(t.subscriber).where(s.address_key == key))).mappings().first()
        if row is None:
            return None
        c = t.subscription.c
        query = select(c.kind, c.frequency).where(c.subscriber_id == row["id"]).order_by(c.kind)
        return Standing(
            id=row["id"],
            locale=row["locale"],
            zone=row["zone"],
            jurisdiction=row["jurisdiction"],
            state=row["state"],
            has_anti_phishing_code=row["anti_phishing_code"] is not None,
            follow=row["follow"],
            digest_hour=row["digest_hour"],
            digest_weekday=DAYS[row["digest_weekday"]],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            subscriptions=[Wanted(*each) for each in await self.connection.execute(query)],
        )

    async def stopped_for(self, key: str) -> Sequence[Stopped]:
        c = t.suppression.c
        query = select(c.mail_class, c.reason, c.at).where(c.address_key == key).order_by(c.mail_class)
        return [Stopped(*row) for row in await self.connection.execute(query)]

    async def agreed_by(self, subscriber_id: int) -> Sequence[Agreed]:
        c = t.consent.c
        columns = (c.at, c.act, c.source, c.wording, c.origin, c.agreed_at, c.kinds, c.network_hash)
        rows = await self.connection.execute(select(*columns).where(c.subscriber_id == subscriber_id).order_by(c.id))
        return [Agreed(*row[:6], row.kinds.split(), row.network_hash) for row in rows]

    async def letters_to(self, subscriber_id: int) -> Sequence[Asked]:
        c = t.letter.c
        query = select(c.purpose, c.asked_at, c.state, c.tried_at, c.used_at).where(c.subscriber_id == subscriber_id)
        return [Asked(*row) for row in await self.connection.execute(query.order_by(c.id))]

    async def memberships_of(self, key: str) -> Sequence[Membership]:
        g = t.segment.c
        columns = (g.name, g.taken_at, g.delete_at, g.legal_basis, m.external_id, m.locale, m.zone, m.jurisdiction)
        query = select(*columns).join_from(t.segment_member, t.segment, g.id == m.segment_id)
        rows = await self.connection.execute(query.where(m.address_key == key).order_by(g.taken_at))
        return [Membership(*row) for row in rows]

    async def mailed_to(self, key: str, subscriber_id: int | None) -> Sequence[Mailed]:
        d = t.delivery.c
        told = (r.state, r.reason, r.attempts, r.tried_at, r.ended_at)
        destination, stage = func.coalesce(d.destination, t.digest_run.c.destination), func.coalesce(d.stage, DIGEST)
        query = _recipients(d.announcement_id, d.slots, destination, stage, d.locale, *told)
        rows = await self.connection.execute(query.where(_theirs(key, subscriber_id)).order_by(r.id))
        return [Mailed(row[0], _reference(row[1]), *row[2:]) for row in rows]

    # --- erasing it

    async def subscriber_with(self, key: str) -> int | None:
        found: int | None = await self.connection.scalar(select(s.id).where(s.address_key == key))
        return found

    async def recipients_of(self, key: str, subscriber_id: int | None) -> Sequence[int]:
        return (await self.connection.scalars(_recipients(r.id).where(_theirs(key, subscriber_id)))).all()

    async def forget_subscriber(self, subscriber_id: int, hashed: str, at: datetime) -> None:
        nothing = dict.fromkeys(("zone", "jurisdiction", "anti_phishing_code"), null())
        left = {"address": "", "address_key": hashed, "locale": NO_LOCALE, "state": SubscriberState.ERASED}
        await self._affected(update(t.subscriber).where(s.id == subscriber_id).values(**left, **nothing, updated_at=at))
        await self._affected(delete(t.subscription).where(t.subscription.c.subscriber_id == subscriber_id))
        await self._affected(delete(t.digest_missed).where(t.digest_missed.c.subscriber_id == subscriber_id))
        await self._affected(delete(t.letter).where(t.letter.c.subscriber_id == subscriber_id))
        theirs = update(t.consent).where(t.consent.c.subscriber_id == subscriber_id)
        await self._affected(theirs.values(network_hash=null(), origin=null()))

    async def forget_suppressions(self, key: str) -> None:
        await self._affected(delete(t.suppression).where(t.suppression.c.address_key == key))

    async def forget_requests(self, key: str) -> None:
        await self._affected(delete(t.sign_up).where(func.lower(t.sign_up.c.address) == key))

    async def forget_recipients(self, recipient_ids: Collection[int], hashed: str, at: datetime) -> int:
        those = among(self.connection, r.id, recipient_ids)
        still = r.state.in_(_TO_SEND)
        values = {
            "address": hashed,
            # What a relay answers often repeats the address.
            "reason": case((r.reason.is_not(None), ERASED), else_=null()),
            "state": case((still, RecipientState.SUPPRESSED.value), else_=r.state),
            "ended_at": case((still, literal(at, t.UtcTime())), else_=r.ended_at),
        }
        await self._affected(update(t.recipient).where(those).values(**values))
        sending = and_(those, r.state == RecipientState.SENDING)
        return int(await self.connection.scalar(select(func.count()).select_from(t.recipient).where(sending)) or 0)

    async def forget_members(self, key: str) -> int:
        return await self._affected(delete(t.segment_member).where(m.address_key == key))

    async def _affected(self, statement: Executable) -> int:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount


def _recipients(*columns: ColumnElement[Any]) -> Select[Any]:
    joined = t.recipient.join(t.mailing, t.mailing.c.id == r.mailing_id)
    joined = joined.outerjoin(t.delivery, t.delivery.c.id == t.mailing.c.delivery_id)
    return select(*columns).select_from(joined.outerjoin(t.digest_run, t.digest_run.c.id == t.mailing.c.digest_run_id))


def _theirs(key: str, subscriber_id: int | None) -> ColumnElement[bool]:
    # No index is worth its place in a table of hundreds of millions for a question that comes up a few times a year.
    same = func.lower(r.address) == key
    if subscriber_id is None:
        return same
    return or_(same, and_(r.person_id == subscriber_id, t.mailing.c.segment_id.is_(None)))


def _reference(slots: str | None) -> str | None:
    reference: str | None = json.loads(slots).get("reference") if slots else None
    return reference
