"""Statements that SQLAlchemy writes once and the driver runs by itself: for what a mailing does for every group.

SQLAlchemy took longer to run such a statement than the database, and each was a turn of the driver's thread of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import BindParameter, Dialect, Executable, Select, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

from publisher.store.sqlite_driver import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bare:
    """A statement as its driver reads it, with the values that never change."""

    sql: str
    constants: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A statement and its values, as the database stores them: types of SQLAlchemy convert nothing here."""

    statement: Bare
    values: Mapping[str, Any]

    @property
    def all_values(self) -> Mapping[str, Any]:
        return {**self.statement.constants, **self.values}


@dataclass(frozen=True, slots=True)
class Done:
    """What a statement returned, and how many rows it changed."""

    rows: Sequence[Sequence[Any]]
    count: int


Course: TypeAlias = Generator[Sequence[Call], Sequence[Done], T]
"""Yields calls of which none needs the answer of another, and goes on with their answers."""


def later(name: str, kind: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    """A value that a statement gets when it is run, long after it was compiled."""
    return bindparam(name, type_=kind, required=False)


def listed(dialect: Dialect, kind: TypeEngine[Any], name: str = "listed") -> Select[Any]:
    """The rows of a list that comes later, of any length, as one value: made by `as_list`."""
    if dialect.name == "sqlite":
        return select(func.json_each(later(name)).table_valued("value").c.value)
    return select(func.unnest(later(name, ARRAY(kind))))


def as_list(dialect: Dialect, values: Collection[int] | Collection[str]) -> object:
    return json.dumps(list(values)) if dialect.name == "sqlite" else list(values)


def in_one_row(query: Select[Any], dialect: Dialect) -> Select[Any]:
    """`query`, of numbers and text in no order, as `rows_of` reads it.

    SQLite's driver gives up the interpreter's lock for every row, and waits for it while the event loop has it: fifty
    rows took longer to fetch than to change.
    """
    if dialect.name != "sqlite":
        return query
    rows = query.subquery()
    return select(func.json_group_array(func.json_array(*rows.c)))


def rows_of(done: Done, dialect: Dialect) -> Sequence[Sequence[Any]]:
    """What a query made by `in_one_row` found."""
    if dialect.name != "sqlite":
        return done.rows
    found: Sequence[Sequence[Any]] = json.loads(done.rows[0][0])
    return found


def bare(statement: Executable, dialect: Dialect) -> Bare:
    """Compiled for the driver of `dialect`."""
    written = compiled(statement, dialect)
    constants = {name: value for name, value in written.params.items() if value is not None}
    return Bare(str(written), {name: plain(value) for name, value in constants.items()})


def compiled(statement: Executable, dialect: Dialect, columns: Sequence[str] = ()) -> SQLCompiler:
    """The statement as the driver of `dialect` reads it; `columns` are those that an INSERT gives values to."""
    assert isinstance(statement, ClauseElement)
    # Named parameters for both; a list that is written out, because nobody expands it later.
    written = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
    done = statement.compile(
        dialect=written, column_keys=list(columns) or None, compile_kwargs={"render_postcompile": True}
    )
    assert isinstance(done, SQLCompiler)
    return done


def plain(value: object) -> object:
    """What a driver understands of a member of an enumeration."""
    return value.value if isinstance(value, Enum) else value


def driver_of(connection: AsyncConnection) -> Any:  # noqa: ANN401 - psycopg is imported late
    """The driver's own connection, inside a transaction."""
    opened = connection.sync_connection
    assert opened is not None
    return opened.connection.driver_connection


async def run(connection: AsyncConnection, courses: Sequence[Course[T]]) -> list[T]:
    """The courses' results, all in the transaction of `connection`.

    SQLite runs them one after the other in one turn of its thread; PostgreSQL side by side, one round trip per step.
    """
    driver = driver_of(connection)
    if isinstance(driver, Connection):
        return await driver.turn(lambda opened: [alone(opened, course) for course in courses])
    return await _side_by_side(driver, courses)


def alone(opened: sqlite3.Connection, course: Course[T]) -> T:
    """The course's result, its calls one after the other."""
    done: Sequence[Done] | None = None
    try:
        while True:
            calls = next(course) if done is None else course.send(done)
            done = [_call(opened, call) for call in calls]
    except StopIteration as end:
        result: T = end.value
        return result


def _call(opened: sqlite3.Connection, call: Call) -> Done:
    cursor = opened.execute(call.statement.sql, call.all_values)
    return Done(cursor.fetchall() if cursor.description else (), cursor.rowcount)


async def _side_by_side(driver: Any, courses: Sequence[Course[T]]) -> list[T]:  # noqa: ANN401 - psycopg is imported late
    results: dict[int, T] = {}
    steps = {number: next(course) for number, course in enumerate(courses)}
    async with driver.pipeline() as pipeline:
        while steps:
            cursors = {
                number: [await driver.execute(call.statement.sql, call.all_values) for call in calls]
                for number, calls in steps.items()
            }
            await pipeline.sync()
            for number, theirs in cursors.items():
                done = [
                    Done(await cursor.fetchall() if cursor.description else (), cursor.rowcount) for cursor in theirs
                ]
                try:
                    steps[number] = courses[number].send(done)
                except StopIteration as end:
                    results[number] = end.value
                    del steps[number]
    return [results[number] for number in range(len(courses))]
