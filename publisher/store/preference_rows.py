"""The queries about what one reader wants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.kinds.kind import MailClass
from publisher.mailing.preferences import Frequency, Standing, Wish
from publisher.mailing.subscribers import SubscriberState
from publisher.store import tables as t

s = t.subscriber.c


class PreferenceRows:
    """Implements `publisher.mailing.preferences.Transaction`."""

    connection: AsyncConnection

    async def standing_of(self, subscriber_id: int) -> Standing | None:
        row = (await self.connection.execute(select(t.subscriber).where(s.id == subscriber_id))).mappings().first()
        if row is None:
            return None
        return Standing(
            row["id"],
            row["address"],
            row["address_key"],
            SubscriberState(row["state"]),
            Wish(row["locale"], row["zone"], await self._wanted(subscriber_id)),
            await self._stopped(row["address_key"]),
            row["anti_phishing_code"],
        )

    async def _wanted(self, subscriber_id: int) -> Mapping[str, Frequency]:
        c = t.subscription.c
        query = select(c.kind, c.frequency).where(c.subscriber_id == subscriber_id).order_by(c.kind)
        return {row.kind: Frequency(row.frequency) for row in (await self.connection.execute(query)).all()}

    async def _stopped(self, key: str) -> Mapping[MailClass, str]:
        c = t.suppression.c
        query = select(c.mail_class, c.reason).where(c.address_key == key).order_by(c.mail_class)
        return {MailClass(row.mail_class): row.reason for row in (await self.connection.execute(query)).all()}

    async def save_wish(self, subscriber_id: int, wish: Wish, at: datetime) -> None:
        changed = update(t.subscriber).where(s.id == subscriber_id)
        await self.connection.execute(changed.values(locale=wish.locale, zone=wish.zone, updated_at=at))
        await self.connection.execute(delete(t.subscription).where(t.subscription.c.subscriber_id == subscriber_id))
        rows = [
            {"subscriber_id": subscriber_id, "kind": kind, "frequency": frequency}
            for kind, frequency in sorted(wish.kinds.items())
        ]
        if rows:
            await self.connection.execute(insert(t.subscription), rows)

    async def stop_kind(self, subscriber_id: int, kind: str) -> bool:
        c = t.subscription.c
        gone = await self.connection.execute(
            delete(t.subscription).where(c.subscriber_id == subscriber_id, c.kind == kind)
        )
        return cast(CursorResult[Any], gone).rowcount == 1

    async def lift_suppressions(self, key: str, classes: frozenset[MailClass], reason: str) -> None:
        c = t.suppression.c
        theirs = delete(t.suppression).where(c.address_key == key, c.mail_class.in_(sorted(classes)))
        await self.connection.execute(theirs.where(c.reason == reason))
