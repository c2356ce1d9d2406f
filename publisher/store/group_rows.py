"""What a mailing writes for every group: tens of thousands of times for a million readers.

Each statement is made once per kind of database, and run by its driver alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Executable,
    FromClause,
    Select,
    String,
    Text,
    and_,
    column,
    func,
    literal_column,
    null,
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
from publisher.store.bare import Bare, Call, Course, Done, as_list, bare, in_one_row, later, listed, rows_of, run
from publisher.store.database import lease_clock
from publisher.store.tables.columns import microseconds

b, r, s = t.batch.c, t.recipient.c, t.subscriber.c

TO_SEND = (RecipientState.QUEUED, RecipientState.WAITING)
UNCERTAIN = (*TO_SEND, RecipientState.SENDING, RecipientState.UNCONFIRMED)
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

    async def enter(self, entries: Sequence[Entry]) -> Sequence[Entered]:
        (entered,) = await run(self.connection, [entering(entries, self.connection.dialect)])
        return entered

    async def keep_batch(self, batch_id: int, fence: int, lease: timedelta) -> bool:
        keep = _keep(_statements(self.connection.dialect), batch_id, fence, lease)
        return await run(self.connection, [_kept(keep)]) == [True]

    async def batch_is_clear(self, batch_id: int) -> bool:
        open_ones = _statements(self.connection.dialect).open_ones
        (clear,) = await run(self.connection, [_none(Call(open_ones, {"batch": batch_id}))])
        return clear

    async def queued_recipients(self, batch_id: int, now: datetime) -> Sequence[Recipient]:
        dialect = self.connection.dialect
        (found,) = await run(self.connection, [_queue(batch_id, now, _statements(dialect), dialect)])
        return found


def _kept(keep: Call) -> Course[bool]:
    (kept,) = yield [keep]
    return kept.count == 1


def _none(query: Call) -> Course[bool]:
    (found,) = yield [query]
    return not found.rows


def entering(entries: Sequence[Entry], dialect: Dialect) -> Course[Sequence[Entered]]:
    """See `Transaction.enter`. Every claim is asked first: a worker that lost its batch must change nothing of it.

    Statements are shared by all entries: on SQLite each gives up the interpreter's lock, and waits for it again.
    """
    statements = _statements(dialect)
    claims = yield [_keep(statements, each.batch_id, each.fence, each.lease) for each in entries]
    kept = [claim.count == 1 for claim in claims]
    if calls := _saves(list(compress(entries, kept)), statements, dialect):
        yield calls
    groups = [each for each in compress(entries, kept) if each.group]
    marked = iter((yield from _marking(groups, statements, dialect)) if groups else ())
    return [
        Entered(kept=held) if not (held and each.group) else next(marked)
        for each, held in zip(entries, kept, strict=True)
    ]


def _saves(entries: Sequence[Entry], statements: Statements, dialect: Dialect) -> Sequence[Call]:
    """What writes the results: nearly all say the same, and cost half when it is said once."""
    delivered, others = list[int](), list[_Row]()
    for each in entries:
        at = microseconds(each.at)
        for result in each.results:
            if result.state is RecipientState.DELIVERED:
                delivered.append(result.recipient_id)
            else:
                others.append(_row(result, at))
    calls = [Call(statements.save, _results(dialect, others))] if others else []
    if delivered:
        calls.append(Call(statements.deliver, {"readers": as_list(dialect, delivered), "at": _latest(entries)}))
    return calls


def _latest(entries: Sequence[Entry]) -> int:
    return microseconds(max(each.at for each in entries))


def _marking(groups: Sequence[Entry], statements: Statements, dialect: Dialect) -> Course[Sequence[Entered]]:
    keys = [{reader.id: address_key(reader.address) for reader in each.group} for each in groups]
    values = {
        "switches": as_list(dialect, list({name for each in groups for name in each.switches})),
        "classes": as_list(dialect, list({each.mail_class.value for each in groups})),
        "keys": as_list(dialect, [key for theirs in keys for key in theirs.values()]),
        "readers": as_list(dialect, [number for theirs in keys for number in theirs]),
    }
    done = yield [Call(look, values) for look in statements.looks]
    stops, suppressed, due = _seen(done, dialect)
    stopping, gone, asked = {name for (name,) in stops}, set(map(tuple, suppressed)), {number for (number,) in due}
    entered: list[Entered] = []
    left_out: list[int] = []
    for each, theirs in zip(groups, keys, strict=True):
        if not stopping.isdisjoint(each.switches):
            entered.append(Entered(kept=True, stopped=True))
            continue
        wanted = {number for number in theirs if number in asked}
        refused = {number for number in wanted if (each.mail_class.value, theirs[number]) in gone}
        left_out += refused
        entered.append(Entered(kept=True, sending=frozenset(wanted - refused)))
    marked = [number for each in entered for number in each.sending]
    at = _latest(groups)
    marks = ((statements.mark, marked), (statements.leave_out, left_out))
    if calls := [Call(mark, {"readers": as_list(dialect, who), "at": at}) for mark, who in marks if who]:
        yield calls
    return entered


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
    deliver: Bare
    looks: Sequence[Bare]
    """Which switches are set, who is suppressed, and who is due: locked where other writers may come between."""
    mark: Bare
    leave_out: Bare
    open_ones: Bare
    queued: Bare
    codes: Bare


@lru_cache(maxsize=4)
def _statements(dialect: Dialect) -> Statements:
    at = later("at", BigInteger())
    recipients = update(t.recipient)
    sending = r.state == RecipientState.SENDING
    theirs = r.id.in_(listed(dialect, BigInteger(), "readers"))
    delivered = {"state": RecipientState.DELIVERED, "reason": null(), "run_at": null(), "ended_at": at}
    due = and_(theirs, r.state.in_(TO_SEND))
    told = _told(dialect)
    waiting = and_(r.state == RecipientState.WAITING, r.run_at <= later("now", BigInteger()))
    ready = and_(r.batch_id == later("batch"), or_(r.state == RecipientState.QUEUED, waiting))
    open_one = and_(r.batch_id == later("batch"), r.state.in_(UNCERTAIN))
    chosen = and_(s.address_key.in_(listed(dialect, String())), s.anti_phishing_code.is_not(None))
    made: dict[str, Executable] = {
        "keep": update(t.batch)
        .where(b.id == later("batch"), b.fence == later("claim"), b.state == OPEN)
        .values(lease_until=lease_clock() + later("lease", BigInteger())),
        "save": recipients.where(r.id == told.c.id, sending).values(
            state=told.c.state, reason=told.c.reason, run_at=told.c.run_at, ended_at=told.c.ended_at
        ),
        "deliver": recipients.where(theirs, sending).values(**delivered),
        "mark": recipients.where(due).values(state=RecipientState.SENDING, attempts=r.attempts + 1, tried_at=at),
        "leave_out": recipients.where(due).values(state=RecipientState.SUPPRESSED, ended_at=at),
        "open_ones": select(r.id).where(open_one).limit(literal_column("1")),
        "queued": in_one_row(select(r.id, r.person_id, r.address, r.attempts).where(ready), dialect),
        "codes": in_one_row(select(s.address_key, s.id, s.anti_phishing_code).where(chosen), dialect),
    }
    looks = [bare(statement, dialect) for statement in _looks(due, dialect)]
    return Statements(looks=looks, **{name: bare(statement, dialect) for name, statement in made.items()})


def _looks(due: ColumnElement[bool], dialect: Dialect) -> Sequence[Select[Any]]:
    control, gone = t.control.c, t.suppression.c
    of_the_class = gone.mail_class.in_(listed(dialect, String(), "classes"))
    queries = (
        select(control.name).where(control.name.in_(listed(dialect, String(), "switches"))),
        select(gone.mail_class, gone.address_key).where(
            of_the_class, gone.address_key.in_(listed(dialect, String(), "keys"))
        ),
        select(r.id).where(due).with_for_update(),
    )
    if dialect.name != "sqlite":
        return queries
    return [select(*(in_one_row(query, dialect).scalar_subquery() for query in queries))]


def _seen(done: Sequence[Done], dialect: Dialect) -> Sequence[Sequence[Sequence[Any]]]:
    """The rows of each query of `_looks`."""
    return [json.loads(cell) for cell in done[0].rows[0]] if dialect.name == "sqlite" else [each.rows for each in done]


def _told(dialect: Dialect) -> FromClause:
    """The results as a table with the columns of _RESULT."""
    if dialect.name == "sqlite":
        each = func.json_each(later("results")).table_valued("value")
        cells = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(_RESULT))
        return select(*cells).subquery()
    arrays = (later(f"all_{name}", ARRAY(kind)) for name, kind in _RESULT.items())
    columns = (column(name, kind) for name, kind in _RESULT.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived()


_Row: TypeAlias = tuple[int, str, str | None, int | None, int | None]


def _results(dialect: Dialect, rows: Sequence[_Row]) -> dict[str, object]:
    if dialect.name == "sqlite":
        return {"results": json.dumps(rows)}
    return {f"all_{name}": [row[place] for row in rows] for place, name in enumerate(_RESULT)}


def _row(result: Result, at: int) -> _Row:
    again = None if result.run_at is None else microseconds(result.run_at)
    return result.recipient_id, result.state.value, result.reason or None, again, at if again is None else None
