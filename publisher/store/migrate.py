"""Brings a database to the newest schema, and refuses one that is newer than this program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, inspect, text

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
        return await connection.run_sync(lambda sync: _applied(sync) == known()[-1])


async def require_current(database: Database) -> None:
    """Raises SchemaOutdated or SchemaTooNew unless the schema is the one this program was written for."""
    if not await is_current(database):
        raise SchemaOutdated("the database needs a newer schema: stop everything, make a backup, run `publisher init`")


def known() -> Sequence[str]:
    """The schemas that this program knows, oldest first: the migrations' file names begin with them."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    # Most commands only ask whether the schema is current, and Alembic takes longer to import than they need.
    from alembic import command
    from alembic.config import Config

    _applied(connection)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _applied(connection: Connection) -> str | None:
    """What Alembic has written down of the database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    applied: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if applied is not None and applied not in known():
        raise SchemaTooNew(
            f"the database has schema {applied}, which this version of Publisher does not know: a newer version used "
            f"it; start that version, or restore a backup made with this one (newest known: {known()[-1]})"
        )
    return applied
