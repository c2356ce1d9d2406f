"""Statements that are built and compiled once, and then run by the driver itself, values converted by their columns.

For what happens to every announcement, again and again: SQLAlchemy builds, recognises and wraps a statement each time,
which took ten times as long as the database took to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from publisher.store.bare import compiled, driver_of, plain
from publisher.store.sqlite_driver import Connection

Convert: TypeAlias = Callable[[Any], Any]
Row: TypeAlias = Mapping[str, Any]


class Prepared:
    """One statement for any number of transactions.

    Its values are those of `later(name)`; a list is one value, by `listed` and `as_list`. Rows are mappings by the
    names of columns. Raises what the driver raises, and TypeError for a value that is missing or that nobody asked for.
    """

    def __init__(self, build: Callable[[Dialect], Executable], columns: Sequence[str] = ()) -> None:
        """`build` is called once for each kind of database; `columns` are those that an INSERT gives values to."""
        self._build, self._columns = build, columns
        self._ready: dict[str, _Ready] = {}

    async def rows(self, connection: AsyncConnection, **values: object) -> list[Row]:
        """Everything that a query finds."""
        ready = self._for(connection.dialect)
        found, _ = await _run(connection, ready.sql, ready.bound(values))
        return [ready.read(row) for row in found]

    async def first(self, connection: AsyncConnection, **values: object) -> Row | None:
        """The first row that a query finds."""
        found = await self.rows(connection, **values)
        return found[0] if found else None

    async def scalar(self, connection: AsyncConnection, **values: object) -> Any:  # noqa: ANN401 - of any column
        """The first column of the first row; None when nothing is found."""
        row = await self.first(connection, **values)
        return None if row is None else next(iter(row.values()))

    async def changed(self, connection: AsyncConnection, **values: object) -> int:
        """How many rows it changed."""
        ready = self._for(connection.dialect)
        _, count = await _run(connection, ready.sql, ready.bound(values))
        return count

    def explained(self, dialect: Dialect) -> tuple[str, Row]:
        """A question for the plan by which SQLite would run it, and values for it."""
        ready = self._for(dialect)
        return f"EXPLAIN QUERY PLAN {ready.sql}", {**ready.constants, **dict.fromkeys(ready.asked)}

    def _for(self, dialect: Dialect) -> _Ready:
        known = self._ready.get(dialect.name)
        if known is None:
            known = self._ready[dialect.name] = _make_ready(self._build(dialect), dialect, self._columns)
        return known


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as its driver reads it."""

    sql: str
    constants: Row
    asked: frozenset[str]
    into: Mapping[str, Convert]
    """How values are written, for those that are not written as they are."""
    names: Sequence[str]
    out_of: Sequence[tuple[str, Convert]]
    """How columns are read, for those that are not read as they are."""

    def bound(self, values: Mapping[str, object]) -> Row:
        if values.keys() != self.asked:
            raise TypeError(f"values {sorted(values)} for a statement that asks for {sorted(self.asked)}")
        return {**self.constants, **{name: self._written(name, value) for name, value in values.items()}}

    def _written(self, name: str, value: object) -> object:
        convert = self.into.get(name)
        return plain(convert(value) if convert else value)

    def read(self, row: Sequence[Any]) -> Row:
        found = dict(zip(self.names, row, strict=True))
        for name, convert in self.out_of:
            found[name] = convert(found[name])
        return found


def _make_ready(statement: Executable, dialect: Dialect, columns: Sequence[str]) -> _Ready:
    written = compiled(statement, dialect, columns)
    binds = {name: bind for bind, name in written.bind_names.items()}
    into = {name: convert for name, bind in binds.items() if (convert := _writer(bind.type, dialect))}
    asked = frozenset(
        name for name, bind in binds.items() if bind.required or (bind.value is None and not bind.expanding)
    )
    fixed = {name: value for name, value in written.construct_params(_check=False).items() if name not in asked}
    constants = {name: plain(into[name](value) if name in into else value) for name, value in fixed.items()}
    returned = getattr(statement, "exported_columns", ())
    out_of = [(column.key, convert) for column in returned if (convert := _reader(column.type, dialect))]
    return _Ready(str(written), constants, asked, into, [column.key for column in returned], out_of)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


async def _run(connection: AsyncConnection, sql: str, values: Row) -> tuple[Sequence[Sequence[Any]], int]:
    driver = driver_of(connection)
    if isinstance(driver, Connection):
        return await driver.one(sql, values)
    cursor = await driver.execute(sql, values)
    return await cursor.fetchall() if cursor.description else (), cursor.rowcount
