"""The queries that a mailing runs for every group: tens of thousands of times for a million readers.

Each statement is made once per kind of database: making it anew took eight times as long as running it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CursorResult,
    Executable,
    Select,
    String,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from publisher.content.kinds.kind import MailClass
from publisher.delivery.states import RecipientState
from publisher.mailing.transaction import Result
from publisher.store import tables as t
from publisher.store.database import lease_clock

b, r = t.batch.c, t.recipient.c

TO_SEND = (RecipientState.QUEUED, RecipientState.WAITING)
OPEN = "open"


class GroupRows:
    """Implements what `publisher.mailing.transaction.Transaction` needs for every group."""

    connection: AsyncConnection

    async def keep_batch(self, batch_id: int, fence: int, lease: timedelta) -> bool:
        values = {"batch": batch_id, "claim": fence, "lease": lease // timedelta(microseconds=1)}
        return await self._changed(self._statements.keep, values) == 1

    async def suppressed_for(self, mail_class: MailClass, keys: Collection[str]) -> frozenset[str]:
        values = {"mail_class": mail_class, "listed": self._list(keys)}
        return frozenset((await self.connection.scalars(self._statements.suppressed, values)).all())

    async def mark_sending(self, recipient_ids: Collection[int], at: datetime) -> frozenset[int]:
        values = {"listed": self._list(recipient_ids), "at": at}
        return frozenset((await self.connection.scalars(self._statements.mark, values)).all())

    async def suppress_recipients(self, recipient_ids: Collection[int], at: datetime) -> None:
        if recipient_ids:
            await self._changed(self._statements.leave_out, {"listed": self._list(recipient_ids), "at": at})

    async def save_results(self, results: Sequence[Result], at: datetime) -> None:
        delivered = [result.recipient_id for result in results if result.state is RecipientState.DELIVERED]
        if delivered:
            await self._changed(self._statements.delivered, {"listed": self._list(delivered), "at": at})
        others = [_values(result, at) for result in results if result.state is not RecipientState.DELIVERED]
        if others:
            await self.connection.execute(self._statements.save, others)

    @property
    def _statements(self) -> Statements:
        return _statements(self.connection.dialect.name == "sqlite")

    def _list(self, values: Collection[int] | Collection[str]) -> str | list[int] | list[str]:
        listed = list(values)
        return json.dumps(listed) if self.connection.dialect.name == "sqlite" else cast("list[int] | list[str]", listed)

    async def _changed(self, statement: Executable, values: dict[str, Any]) -> int:
        return cast(CursorResult[Any], await self.connection.execute(statement, values)).rowcount


@dataclass(frozen=True)
class Statements:
    """Built for one kind of database."""

    keep: Executable
    suppressed: Executable
    mark: Executable
    leave_out: Executable
    delivered: Executable
    save: Executable


@cache
def _statements(sqlite: bool) -> Statements:
    suppression, at = t.suppression.c, bindparam("at", type_=t.UtcTime())
    recipients = update(t.recipient)
    due = and_(r.id.in_(_listed(sqlite, BigInteger())), r.state.in_(TO_SEND))
    sending = r.state == RecipientState.SENDING
    return Statements(
        keep=update(t.batch)
        .where(b.id == bindparam("batch"), b.fence == bindparam("claim"), b.state == OPEN)
        .values(lease_until=lease_clock() + bindparam("lease", type_=BigInteger())),
        suppressed=select(suppression.address_key).where(
            suppression.mail_class == bindparam("mail_class"),
            suppression.address_key.in_(_listed(sqlite, String())),
        ),
        mark=recipients.where(due)
        .values(state=RecipientState.SENDING, attempts=r.attempts + 1, tried_at=at)
        .returning(r.id),
        leave_out=recipients.where(due).values(state=RecipientState.SUPPRESSED, ended_at=at),
        delivered=recipients.where(r.id.in_(_listed(sqlite, BigInteger())), sending).values(
            state=RecipientState.DELIVERED, reason=None, run_at=None, ended_at=at
        ),
        save=recipients.where(r.id == bindparam("recipient"), sending).values(
            state=bindparam("after"), reason=bindparam("why"), run_at=bindparam("again"), ended_at=bindparam("ended")
        ),
    )


def _listed(sqlite: bool, kind: TypeEngine[Any]) -> Select[Any]:
    if sqlite:
        return select(func.json_each(bindparam("listed")).table_valued("value").c.value)
    wanted: BindParameter[Any] = bindparam("listed", type_=ARRAY(kind))
    return select(func.unnest(wanted))


def _values(result: Result, at: datetime) -> dict[str, Any]:
    return {
        "recipient": result.recipient_id,
        "after": result.state,
        "why": result.reason or None,
        "again": result.run_at,
        "ended": None if result.run_at else at,
    }
