"""Brings a database to the newest schema, and refuses one that is newer than this program."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from publisher.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x7075626C69736865  # "publishe": two programs that start together must not migrate together


class SchemaTooNew(RuntimeError):
    """The database was used by a newer version of Publisher; the message says what to do."""


class SchemaOutdated(RuntimeError):
    """The database lacks what this version needs; the message says what to do."""


async def upgrade(database: Database) -> None:
    """Applies what is missing, all or nothing; harmless when nothing is. Raises SchemaTooNew."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        await connection.run_sync(_upgrade)


async def is_current(database: Database) -> bool:
    """True when nothing is missing. Raises SchemaTooNew."""
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: _applied(sync) == _scripts().get_current_head())


async def require_current(database: Database) -> None:
    """Raises SchemaOutdated or SchemaTooNew unless the schema is the one this program was written for."""
    if not await is_current(database):
        raise SchemaOutdated("the database needs a newer schema: stop everything, make a backup, run `publisher init`")


def _upgrade(connection: Connection) -> None:
    _applied(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _applied(connection: Connection) -> str | None:
    applied = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if applied is not None and applied not in known:
        raise SchemaTooNew(
            f"the database has schema {applied}, which this version of Publisher does not know: a newer version used "
            f"it; start that version, or restore a backup made with this one (newest known: {max(known)})"
        )
    return applied


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
