"""Inserts that meet a row that is already there; both databases write them alike, SQLAlchemy does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable


def insert_or_ignore(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> Executable:
    """Leaves a row with the same key as it is."""
    return insert_of(connection.dialect, table).values(**row).on_conflict_do_nothing()


def upsert(connection: AsyncConnection, table: Table, row: Mapping[str, Any], *, key: str) -> Executable:
    """Replaces the row with the same `key`."""
    values = {name: value for name, value in row.items() if name != key}
    return insert_of(connection.dialect, table).values(**row).on_conflict_do_update(index_elements=[key], set_=values)


def insert_of(dialect: Dialect, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert of its own kind of database."""
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
