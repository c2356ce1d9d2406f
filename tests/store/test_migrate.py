"""The schema that migrations make is the schema that the code expects."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.tables import is_ours, metadata
from tests.databases import postgresql_url

OURS = {"include_object": lambda _object, name, kind, _reflected, _other: is_ours(name, kind)}
SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version' AND sql IS NOT NULL"
POSTGRESQL_SCHEMA = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT table_name || '.' || column_name,
        concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
"""


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    opened = Database(f"sqlite:///{tmp_path / 'empty.db'}" if request.param == "sqlite" else postgresql_url(empty=True))
    yield opened
    await opened.close()


async def test_the_migrated_schema_is_what_the_tables_say(database: Database) -> None:
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=OURS), metadata)
        )
    assert differences == []


async def test_every_constraint_and_index_is_equal_to_the_letter(empty: Database) -> None:
    async with empty.write() as connection:
        await connection.run_sync(metadata.create_all)
    expected = await _schema(empty)
    async with empty.write() as connection:
        await connection.run_sync(metadata.drop_all)
    await migrate.upgrade(empty)
    assert await _schema(empty) == expected


async def test_an_empty_database_becomes_current_and_stays_so(empty: Database) -> None:
    before = await migrate.is_current(empty)
    await migrate.upgrade(empty)
    await migrate.upgrade(empty)
    assert (before, await migrate.is_current(empty)) == (False, True)


async def test_a_newer_schema_is_refused_with_the_way_out(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.SchemaTooNew, match=r"schema 9999.*start that version, or restore a backup"):
        await migrate.upgrade(database)
    with pytest.raises(migrate.SchemaTooNew):
        await migrate.is_current(database)


async def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    async with empty.write() as connection:
        await connection.execute(text("CREATE TABLE recipient (id INTEGER)"))
    with pytest.raises(Exception, match=r"recipient.*already exists"):
        await migrate.upgrade(empty)
    async with empty.read() as connection:
        tables = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
    assert tables == ["recipient"]


async def _schema(database: Database) -> dict[str, str]:
    query = SQLITE_SCHEMA if database.is_sqlite else POSTGRESQL_SCHEMA
    async with database.read() as connection:
        rows = (await connection.execute(text(query))).all()
    return {name: _in_order(what) for name, what in rows if "alembic" not in name}


def _in_order(definition: str) -> str:
    """Without spaces, and with the lines of a table sorted: the order of constraints means nothing."""
    return "".join(sorted(re.sub(r"\s", "", line).rstrip(",") for line in definition.splitlines()))


def test_the_newest_schema_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))

    assert migrate.known()[-1] == ScriptDirectory.from_config(config).get_current_head()
    assert len(migrate.known()) == len(list(ScriptDirectory.from_config(config).walk_revisions()))
