"""What a mailing writes for every group: tens of thousands of times for a million readers.

Each statement is made once per kind of database, and run by its driver alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Executable,
    FromClause,
    String,
    Text,
    and_,
    column,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from publisher.delivery.states import RecipientState
from publisher.mailing.addresses import address_key
from publisher.mailing.codes import StoredCode
from publisher.mailing.transaction import Entered, Entry, Recipient, Result
from publisher.store import tables as t
from publisher.store.bare import Bare, Call, Course, as_list, bare, in_one_row, later, listed, rows_of, run
from publisher.store.database import lease_clock
from publisher.store.tables.columns import microseconds

b, r, s = t.batch.c, t.recipient.c, t.subscriber.c

TO_SEND = (RecipientState.QUEUED, RecipientState.WAITING)
OPEN = "open"

_RESULT: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "state": String(),
    "reason": Text(),
    "run_at": BigInteger(),
    "ended_at": BigInteger(),
}
_MICROSECOND = timedelta(microseconds=1)


class GroupRows:
    """Implements what `publisher.mailing.transaction.Transaction` needs for every group."""

    connection: AsyncConnection

    async def enter(self, entries: Sequence[Entry], *, last: bool = False) -> Sequence[Entered]:
        dialect = self.connection.dialect
        courses = [_course(entry, _statements(dialect), dialect) for entry in entries]
        return await run(self.connection, courses, last=last)

    async def keep_batch(self, batch_id: int, fence: int, lease: timedelta) -> bool:
        keep = _keep(_statements(self.connection.dialect), batch_id, fence, lease)
        return await run(self.connection, [_kept(keep)]) == [True]

    async def queued_recipients(self, batch_id: int, now: datetime) -> Sequence[Recipient]:
        dialect = self.connection.dialect
        (found,) = await run(self.connection, [_queue(batch_id, now, _statements(dialect), dialect)])
        return found


def _kept(keep: Call) -> Course[bool]:
    (kept,) = yield [keep]
    return kept.count == 1


def _course(entry: Entry, statements: Statements, dialect: Dialect) -> Course[Entered]:
    """The claim is asked first: a worker that lost its batch must change nothing of it."""
    if not (yield from _kept(_keep(statements, entry.batch_id, entry.fence, entry.lease))):
        return Entered(kept=False)
    if entry.results:
        yield [Call(statements.save, _results(dialect, entry.results, microseconds(entry.at)))]
    if not entry.group:
        return Entered(kept=True)
    keys = {each.id: address_key(each.address) for each in entry.group}
    stops, suppressed, due = yield [
        Call(statements.stops, {"listed": as_list(dialect, entry.switches)}),
        Call(statements.suppressed, {"mail_class": entry.mail_class.value, "listed": as_list(dialect, keys.values())}),
        Call(statements.due, {"listed": as_list(dialect, keys)}),
    ]
    if stops.rows:
        return Entered(kept=True, stopped=True)
    gone, at = {key for (key,) in suppressed.rows}, microseconds(entry.at)
    asked = {number for (number,) in rows_of(due, dialect)}
    wanted = [number for number in asked if keys[number] not in gone]
    calls = [Call(statements.mark, {"listed": as_list(dialect, wanted), "at": at})]
    if gone:
        left_out = as_list(dialect, [number for number in asked if keys[number] in gone])
        calls.append(Call(statements.leave_out, {"listed": left_out, "at": at}))
    yield calls
    return Entered(kept=True, sending=frozenset(wanted))


def _queue(batch_id: int, now: datetime, statements: Statements, dialect: Dialect) -> Course[Sequence[Recipient]]:
    (queued,) = yield [Call(statements.queued, {"batch": batch_id, "now": microseconds(now)})]
    rows = sorted(tuple(row) for row in rows_of(queued, dialect))
    keys = [address_key(address) for _, _, address, _ in rows]
    # By address, not by number: a code is only ever written to the address that it was chosen with.
    (chosen,) = yield [Call(statements.codes, {"listed": as_list(dialect, keys)})]
    codes = {key: StoredCode(number, text) for key, number, text in rows_of(chosen, dialect)}
    return [Recipient(n, who, to, tries, codes.get(key)) for (n, who, to, tries), key in zip(rows, keys, strict=True)]


def _keep(statements: Statements, batch_id: int, fence: int, lease: timedelta) -> Call:
    return Call(statements.keep, {"batch": batch_id, "claim": fence, "lease": lease // _MICROSECOND})


@dataclass(frozen=True)
class Statements:
    """Built for one kind of database."""

    keep: Bare
    save: Bare
    stops: Bare
    suppressed: Bare
    due: Bare
    """Locked where other writers may come between."""
    mark: Bare
    leave_out: Bare
    queued: Bare
    codes: Bare


@lru_cache(maxsize=4)
def _statements(dialect: Dialect) -> Statements:
    at = later("at", BigInteger())
    recipients = update(t.recipient)
    due = and_(r.id.in_(listed(dialect, BigInteger())), r.state.in_(TO_SEND))
    told = _told(dialect)
    waiting = and_(r.state == RecipientState.WAITING, r.run_at <= later("now", BigInteger()))
    ready = and_(r.batch_id == later("batch"), or_(r.state == RecipientState.QUEUED, waiting))
    chosen = and_(s.address_key.in_(listed(dialect, String())), s.anti_phishing_code.is_not(None))
    made: dict[str, Executable] = {
        "keep": update(t.batch)
        .where(b.id == later("batch"), b.fence == later("claim"), b.state == OPEN)
        .values(lease_until=lease_clock() + later("lease", BigInteger())),
        "save": recipients.where(r.id == told.c.id, r.state == RecipientState.SENDING).values(
            state=told.c.state, reason=told.c.reason, run_at=told.c.run_at, ended_at=told.c.ended_at
        ),
        "stops": select(t.control.c.name).where(t.control.c.name.in_(listed(dialect, String()))),
        "suppressed": select(t.suppression.c.address_key).where(
            t.suppression.c.mail_class == later("mail_class"),
            t.suppression.c.address_key.in_(listed(dialect, String())),
        ),
        "due": in_one_row(select(r.id).where(due).with_for_update(), dialect),
        "mark": recipients.where(due).values(state=RecipientState.SENDING, attempts=r.attempts + 1, tried_at=at),
        "leave_out": recipients.where(due).values(state=RecipientState.SUPPRESSED, ended_at=at),
        "queued": in_one_row(select(r.id, r.person_id, r.address, r.attempts).where(ready), dialect),
        "codes": in_one_row(select(s.address_key, s.id, s.anti_phishing_code).where(chosen), dialect),
    }
    return Statements(**{name: bare(statement, dialect) for name, statement in made.items()})


def _told(dialect: Dialect) -> FromClause:
    """The results as a table with the columns of _RESULT."""
    if dialect.name == "sqlite":
        each = func.json_each(later("results")).table_valued("value")
        cells = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(_RESULT))
        return select(*cells).subquery()
    arrays = (later(f"all_{name}", ARRAY(kind)) for name, kind in _RESULT.items())
    columns = (column(name, kind) for name, kind in _RESULT.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived()


def _results(dialect: Dialect, results: Sequence[Result], at: int) -> dict[str, object]:
    rows = [_row(result, at) for result in results]
    if dialect.name == "sqlite":
        return {"results": json.dumps(rows)}
    return {f"all_{name}": [row[place] for row in rows] for place, name in enumerate(_RESULT)}


def _row(result: Result, at: int) -> tuple[int, str, str | None, int | None, int | None]:
    again = None if result.run_at is None else microseconds(result.run_at)
    return result.recipient_id, result.state.value, result.reason or None, again, at if again is None else None
