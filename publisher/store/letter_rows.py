"""The queries about letters to one reader."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.content.kinds.kind import Follow, MailClass
from publisher.delivery.states import RecipientState
from publisher.mailing.codes import StoredCode
from publisher.mailing.letters import DueLetter
from publisher.mailing.preferences import Frequency, Wish
from publisher.mailing.signing_up import Letter, Purpose, SignUp
from publisher.mailing.subscribers import SubscriberState
from publisher.mailing.transaction import Recipient, Result
from publisher.store import tables as t
from publisher.store.insert_or import insert_of, insert_or_ignore
from publisher.store.lists import among

a, c, p, s = t.letter.c, t.request_count.c, t.sign_up.c, t.subscriber.c

_TO_SEND = (RecipientState.QUEUED, RecipientState.WAITING)


class LetterRows:
    """Implements `publisher.mailing.signing_up.Transaction` and `publisher.mailing.letters.Transaction`."""

    connection: AsyncConnection

    # --- requests

    async def waiting_sign_ups(self) -> int:
        return int(await self.connection.scalar(select(func.count()).select_from(t.sign_up)) or 0)

    async def save_sign_up(self, asked: SignUp) -> None:
        row = {"purpose": asked.purpose, "address": asked.address, "at": asked.at, **_asked(asked)}
        await self.connection.execute(insert(t.sign_up).values(row))

    async def take_sign_ups(self, limit: int) -> Sequence[SignUp]:
        rows = (await self.connection.execute(select(t.sign_up).order_by(p.id).limit(limit))).mappings().all()
        await self.connection.execute(
            delete(t.sign_up).where(among(self.connection, p.id, [row["id"] for row in rows]))
        )
        return [
            SignUp(
                Purpose(row["purpose"]),
                row["address"],
                _wish(row["locale"], row["wish"]),
                row["wording"],
                row["network_hash"],
                row["at"],
            )
            for row in rows
        ]

    async def readers_behind(self, keys: Collection[str]) -> Mapping[str, tuple[int, SubscriberState]]:
        query = select(s.address_key, s.id, s.state).where(among(self.connection, s.address_key, keys))
        return {row[0]: (row[1], SubscriberState(row[2])) for row in (await self.connection.execute(query)).all()}

    async def stopped_among(self, keys: Collection[str]) -> Mapping[str, Mapping[MailClass, str]]:
        theirs = among(self.connection, t.suppression.c.address_key, keys)
        found: dict[str, dict[MailClass, str]] = {}
        for row in (await self.connection.execute(select(t.suppression).where(theirs))).mappings():
            found.setdefault(row["address_key"], {})[MailClass(row["mail_class"])] = row["reason"]
        return found

    async def written_to(self, mailboxes: Collection[str], since: datetime) -> Collection[str]:
        query = select(a.mailbox_hash).where(among(self.connection, a.mailbox_hash, mailboxes), a.asked_at > since)
        return frozenset((await self.connection.scalars(query)).all())

    async def request_counts(self, names: Collection[str], hour: datetime) -> Mapping[str, int]:
        query = select(c.counted, c.count).where(among(self.connection, c.counted, names), c.hour == hour)
        return {row[0]: row[1] for row in (await self.connection.execute(query)).all()}

    async def add_request_counts(self, counts: Mapping[str, int], hour: datetime) -> None:
        rows = [{"counted": name, "hour": hour, "count": count} for name, count in sorted(counts.items()) if count]
        if rows:
            new = insert_of(self.connection.dialect, t.request_count)
            more = {"count": c.count + new.excluded.count}
            await self.connection.execute(
                new.on_conflict_do_update(index_elements=["counted", "hour"], set_=more), rows
            )

    # --- letters

    async def add_pending(self, asked: SignUp) -> int:
        row = {
            "address": asked.address,
            "address_key": asked.key,
            "locale": asked.wish.locale,
            "zone": asked.wish.zone,
            "state": SubscriberState.PENDING,
            "created_at": asked.at,
            "updated_at": asked.at,
        }
        await self.connection.execute(insert_or_ignore(self.connection, t.subscriber, row))
        found = await self.connection.execute(select(s.id).where(s.address_key == asked.key))
        return int(found.scalar_one())

    async def add_letter(self, asked: SignUp, purpose: Purpose, subscriber_id: int, mailbox: str, at: datetime) -> None:
        row = {
            "purpose": purpose,
            "subscriber_id": subscriber_id,
            "mailbox_hash": mailbox,
            "asked_at": asked.at,
            "state": RecipientState.QUEUED,
            "run_at": at,
            **_asked(asked),
        }
        await self.connection.execute(insert(t.letter).values(row))

    async def due_letters(self, now: datetime, limit: int) -> Sequence[DueLetter]:
        query = select(t.letter, s.address, s.anti_phishing_code).join(t.subscriber, s.id == a.subscriber_id)
        due = query.where(a.state.in_(_TO_SEND), a.run_at <= now).order_by(a.run_at, a.id).limit(limit)
        return [
            DueLetter(
                row["id"],
                Purpose(row["purpose"]),
                row["locale"],
                Recipient(row["id"], row["subscriber_id"], row["address"], row["attempts"], _code(row)),
                row["asked_at"],
            )
            for row in (await self.connection.execute(due)).mappings()
        ]

    async def begin_letters(self, token_hashes: Mapping[int, str], at: datetime) -> None:
        for id, token_hash in token_hashes.items():
            begun = update(t.letter).where(a.id == id, a.state.in_(_TO_SEND))
            values = {"state": RecipientState.SENDING, "attempts": a.attempts + 1, "tried_at": at}
            await self.connection.execute(begun.values(token_hash=token_hash, **values))

    async def save_letters(self, results: Sequence[Result], at: datetime) -> None:
        for each in results:
            known = update(t.letter).where(a.id == each.recipient_id, a.state == RecipientState.SENDING)
            ended = None if each.run_at else at
            told = {"state": each.state, "reason": each.reason or None, "run_at": each.run_at, "ended_at": ended}
            await self.connection.execute(known.values(told))

    async def expire_letters(self, asked_before: datetime, at: datetime) -> None:
        late = update(t.letter).where(a.state.in_(_TO_SEND), a.asked_at <= asked_before)
        await self.connection.execute(late.values(state=RecipientState.EXPIRED, ended_at=at))

    async def doubt_letters(self, at: datetime) -> int:
        begun = update(t.letter).where(a.state == RecipientState.SENDING)
        reason = "the worker ended while it was sent"
        return await self._rows_of(begun.values(state=RecipientState.UNCONFIRMED, ended_at=at, reason=reason))

    # --- what readers do with them

    async def letter_of(self, token_hash: str) -> Letter | None:
        query = select(t.letter).where(a.token_hash == token_hash)
        row = (await self.connection.execute(query)).mappings().first()
        if row is None:
            return None
        return Letter(
            row["id"],
            Purpose(row["purpose"]),
            row["subscriber_id"],
            _wish(row["locale"], row["wish"]),
            row["wording"],
            row["network_hash"],
            row["asked_at"],
            row["used_at"],
        )

    async def use_letter(self, letter_id: int, at: datetime) -> bool:
        fresh = update(t.letter).where(a.id == letter_id, a.used_at.is_(None))
        return await self._rows_of(fresh.values(used_at=at)) == 1

    async def activate(self, subscriber_id: int, at: datetime) -> None:
        pending = update(t.subscriber).where(s.id == subscriber_id, s.state == SubscriberState.PENDING)
        await self.connection.execute(pending.values(state=SubscriberState.ACTIVE, updated_at=at))

    async def forget_letters(self, before: datetime) -> None:
        over = or_(a.ended_at.is_not(None), a.state.in_((*_TO_SEND, RecipientState.SENDING)))
        await self.connection.execute(delete(t.letter).where(a.asked_at < before, over))
        await self.connection.execute(delete(t.request_count).where(c.hour < before))
        letters = select(a.id).where(a.subscriber_id == s.id).exists()
        agreed = select(t.consent.c.id).where(t.consent.c.subscriber_id == s.id).exists()
        never = and_(s.state == SubscriberState.PENDING, s.created_at < before, ~letters, ~agreed)
        await self.connection.execute(delete(t.subscriber).where(never))

    async def _rows_of(self, statement: Executable) -> int:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount


def _asked(asked: SignUp) -> dict[str, Any]:
    wanted = asked.wish
    more = {"hour": wanted.hour, "weekday": wanted.weekday, "follow": wanted.follow}
    wish = json.dumps({"kinds": dict(sorted(wanted.kinds.items())), "zone": wanted.zone, **more})
    return {
        "locale": asked.wish.locale,
        "wish": wish,
        "wording": asked.wording,
        "network_hash": asked.network_hash,
    }


def _wish(locale: str, stored: str) -> Wish:
    values = json.loads(stored)
    kinds = {kind: Frequency(each) for kind, each in values["kinds"].items()}
    return Wish(locale, values["zone"], kinds, values["hour"], values["weekday"], Follow(values["follow"]))


def _code(row: RowMapping) -> StoredCode | None:
    stored = row["anti_phishing_code"]
    return None if stored is None else StoredCode(row["subscriber_id"], stored)
