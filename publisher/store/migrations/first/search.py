"""What readers search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    op.create_table(
        "search_document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text() if sqlite else postgresql.TSVECTOR(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_document"),
        sa.UniqueConstraint("locale", "announcement_id", name="uq_search_document_locale_announcement_id"),
    )
    if not sqlite:
        op.create_index("ix_search_document_words", "search_document", ["words"], postgresql_using="gin")
        return
    put = "INSERT INTO search_text (rowid, locale, words) VALUES (new.id, new.locale, new.words);"
    take = (
        "INSERT INTO search_text (search_text, rowid, locale, words) VALUES ('delete', old.id, old.locale, old.words);"
    )
    for statement in (
        "CREATE VIRTUAL TABLE search_text USING fts5 "
        "(locale, words, content = 'search_document', content_rowid = 'id', "
        "tokenize = 'unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER search_text_put AFTER INSERT ON search_document BEGIN {put} END",
        f"CREATE TRIGGER search_text_take AFTER DELETE ON search_document BEGIN {take} END",
        f"CREATE TRIGGER search_text_change AFTER UPDATE ON search_document BEGIN {take} {put} END",
    ):
        op.execute(statement)
