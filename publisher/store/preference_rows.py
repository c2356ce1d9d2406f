"""The queries about what one reader wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.digests.choices import DIGESTED, Choice, Marks, carried
from publisher.mailing.preferences import Frequency, Standing, Wish
from publisher.mailing.subscribers import SubscriberState
from publisher.store import tables as t
from publisher.store.digest_items import newest_item, newest_of_kinds

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
            Wish(
                row["locale"],
                row["zone"],
                await self._wanted(subscriber_id),
                row["digest_hour"],
                row["digest_weekday"],
                Follow(row["follow"]),
            ),
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
        columns = (s.digest_through, s.weekly_through, s.next_digest_at)
        row = (await self.connection.execute(select(*columns).where(s.id == subscriber_id))).one()
        last = await newest_item(self.connection)
        marks = Marks(row.digest_through, row.weekly_through) if row.next_digest_at else Marks(last, last)
        missed = await self._missed(subscriber_id)
        before = await self._choices(subscriber_id)
        newest = await newest_of_kinds(self.connection, min(marks.digest, marks.weekly))
        choices = {
            kind: carried(before.get(kind), each, marks, last, newest.get(kind, 0), missed=missed)
            for kind, each in sorted(wish.kinds.items())
        }
        digested = any(each.frequency in DIGESTED or each.owed_through is not None for each in choices.values())
        values = {
            "locale": wish.locale,
            "zone": wish.zone,
            "digest_hour": wish.hour,
            "digest_weekday": wish.weekday,
            "follow": wish.follow,
            "digest_through": marks.digest,
            "weekly_through": marks.weekly,
            # The clock says when: the hour may have come already.
            "next_digest_at": t.EPOCH if digested else None,
            "updated_at": at,
        }
        await self.connection.execute(update(t.subscriber).where(s.id == subscriber_id).values(values))
        await self.connection.execute(delete(t.subscription).where(t.subscription.c.subscriber_id == subscriber_id))
        rows = [{"subscriber_id": subscriber_id, "kind": kind, **asdict(each)} for kind, each in choices.items()]
        if rows:
            await self.connection.execute(insert(t.subscription), rows)

    async def _missed(self, subscriber_id: int) -> bool:
        """Whether a digest did not reach them."""
        theirs = select(t.digest_missed).where(t.digest_missed.c.subscriber_id == subscriber_id)
        return bool(await self.connection.scalar(select(theirs.exists())))

    async def _choices(self, subscriber_id: int) -> Mapping[str, Choice]:
        query = select(t.subscription).where(t.subscription.c.subscriber_id == subscriber_id)
        rows = (await self.connection.execute(query)).mappings()
        return {
            row["kind"]: Choice(Frequency(row["frequency"]), row["since"], row["owed_through"], row["began"])
            for row in rows
        }

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
