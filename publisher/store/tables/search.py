"""The index of what is published. PostgreSQL searches the column of words itself, SQLite a table beside it."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Index, String, Table, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import TSVECTOR

from publisher.store.tables.columns import Key, metadata

search_document = Table(
    "search_document",
    metadata,
    Column("id", Key, primary_key=True),
    Column("locale", String(35), nullable=False),
    Column("announcement_id", String(64), nullable=False),
    Column("words", Text().with_variant(TSVECTOR, "postgresql"), nullable=False),
    Column("record", Text, nullable=False),
    UniqueConstraint("locale", "announcement_id"),
)
"""`id` grows in the order of publication. `record` is JSON of a `PublishedRecord`."""
WORDS = "ix_search_document_words"
Index(WORDS, search_document.c.words, postgresql_using="gin").ddl_if(dialect="postgresql")

FULL_TEXT = "search_text"
"""SQLite's own table (FTS5); it keeps no text, and triggers keep it in step with `search_document`."""
_VALUES = "{}.id, {}.locale, {}.words"
_PUT = f"INSERT INTO {FULL_TEXT} (rowid, locale, words) VALUES ({_VALUES.replace('{}', 'new')});"  # noqa: S608
_TAKE = (
    f"INSERT INTO {FULL_TEXT} ({FULL_TEXT}, rowid, locale, words) "  # noqa: S608
    f"VALUES ('delete', {_VALUES.replace('{}', 'old')});"
)
SQLITE = (
    f"CREATE VIRTUAL TABLE {FULL_TEXT} USING fts5 "
    "(locale, words, content = 'search_document', content_rowid = 'id', "
    "tokenize = 'unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER {FULL_TEXT}_put AFTER INSERT ON search_document BEGIN {_PUT} END",
    f"CREATE TRIGGER {FULL_TEXT}_take AFTER DELETE ON search_document BEGIN {_TAKE} END",
    f"CREATE TRIGGER {FULL_TEXT}_change AFTER UPDATE ON search_document BEGIN {_TAKE} {_PUT} END",
)


@event.listens_for(search_document, "after_create")
def _create_full_text(_table: Table, connection: Connection, **_: object) -> None:
    for statement in SQLITE if connection.dialect.name == "sqlite" else ():
        connection.exec_driver_sql(statement)


@event.listens_for(search_document, "before_drop")
def _drop_full_text(_table: Table, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TABLE {FULL_TEXT}")


def is_ours(name: str | None, kind: str) -> bool:
    """Whether both databases have a thing: each has its own index of words, and SQLite's comes with further tables."""
    return name != WORDS and not (kind == "table" and name is not None and name.startswith(FULL_TEXT))
