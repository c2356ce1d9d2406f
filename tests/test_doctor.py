"""Every check of the doctor is seen to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from publisher.channel import Finding, Place, Target
from publisher.doctor import Check, Installation, examine
from publisher.settings import Settings, SettingsError
from publisher.settings.model import SandboxSettings, Site, Web
from publisher.store import migrate
from publisher.store.database import Database

HERE = Place("publisher.toml", 7, 1)


def nothing() -> Mapping[str, tuple[str, BaseModel]]:
    return {}


def nowhere() -> Mapping[tuple[str, str], Target]:
    return {}


def wrong() -> Mapping[str, tuple[str, BaseModel]]:
    raise SettingsError([Finding("settings.value", "accounts.bot.token is missing", "Add it.", place=HERE)])


def wrong_place() -> Mapping[tuple[str, str], Target]:
    raise SettingsError([Finding("settings.value", "destinations.x-main is wrong", "Mend it.", place=HERE)])


async def in_time() -> timedelta:
    return timedelta(0)


async def moved() -> timedelta:
    return timedelta(hours=3)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a schema."""
    database = Database(f"sqlite:///{tmp_path / 'publisher.sqlite3'}")
    yield database
    await database.close()


@pytest.fixture
def installation(empty: Database, tmp_path: Path) -> Installation:
    """One in which everything is well, but for the schema."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/token.key").write_text("key\n", encoding="utf-8")
    for name in ("data.key", "hash.key"):
        (tmp_path / "secrets" / name).touch(mode=0o600)
        (tmp_path / "secrets" / name).write_text("0a" * 32, encoding="utf-8")
    settings = Settings(site=Site(url="https://example.com"))
    return Installation(tmp_path, settings, empty, nothing, nowhere, in_time, least_free=1)


async def check(installation: Installation, code: str) -> Check:
    return next(check for check in await examine(installation) if check.code == code)


async def test_a_good_installation(installation: Installation) -> None:
    await migrate.upgrade(installation.database)

    checks = await examine(installation)

    assert [check.code for check in checks if not check.ok] == []
    assert len({check.code for check in checks}) == len(checks) == 12


async def test_an_empty_database(installation: Installation) -> None:
    found = await check(installation, "D001")

    assert (found.ok, found.found, "publisher init" in found.hint) == (False, "schema is not current", True)


async def test_a_server_that_does_not_answer(installation: Installation) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    found = await check(replace(installation, database=database), "D001")
    await database.close()

    assert (found.ok, "cannot be reached" in found.found) == (False, True)


async def test_a_clock_that_was_moved(installation: Installation) -> None:
    sandbox = installation.settings.model_copy(update={"sandbox": SandboxSettings()})

    live = await check(replace(installation, clock=moved), "D002")
    trying = await check(replace(installation, clock=moved, settings=sandbox), "D002")

    assert (live.ok, live.found) == (False, "moved by 3:00:00")
    assert trying.ok


async def test_accounts_and_destinations_that_are_wrong(installation: Installation) -> None:
    broken = replace(installation, accounts=wrong, targets=wrong_place)

    accounts, destinations = await check(broken, "A001"), await check(broken, "A003")

    assert (accounts.ok, accounts.found) == (False, "publisher.toml:7:1: accounts.bot.token is missing")
    assert (destinations.ok, destinations.hint) == (False, "Mend it.")


async def test_no_key_for_readers_links(installation: Installation) -> None:
    (installation.workspace / "secrets/token.key").unlink()
    without = await check(installation, "A002")
    (installation.workspace / "secrets/token.key").touch()
    empty = await check(installation, "A002")

    assert (without.ok, empty.ok) == (False, False)
    assert "PUBLISHER_TOKEN_KEY" in without.found


async def test_keys_of_readers_secrets(installation: Installation) -> None:
    made = await check(installation, "A004")
    (installation.workspace / "secrets/hash.key").chmod(0o644)
    open_to_all = await check(installation, "A004")
    (installation.workspace / "secrets/data.key").unlink()
    without = await check(installation, "A004")

    assert (made.ok, made.found) == (True, "1 to encrypt with, 1 to hash with")
    assert (open_to_all.ok, open_to_all.hint) == (False, f"chmod 600 {installation.workspace / 'secrets/hash.key'}")
    assert (without.ok, "PUBLISHER_DATA_KEY" in without.found) == (False, True)


async def test_a_site_that_cannot_be_written(installation: Installation) -> None:
    (installation.workspace / "site").touch()

    assert not (await check(installation, "S001")).ok


async def test_a_disk_that_is_full(installation: Installation) -> None:
    found = await check(replace(installation, least_free=10**18), "S002")

    assert (found.ok, "MB free" in found.found) == (False, True)


@pytest.mark.parametrize(
    ("host", "ok"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("desk.example", False)],
)
async def test_staff_pages_that_everybody_reaches(installation: Installation, host: str, ok: bool) -> None:
    settings = installation.settings.model_copy(update={"web": Web(staff_host=host)})

    assert (await check(replace(installation, settings=settings), "W001")).ok is ok


async def test_a_public_url_without_tls(installation: Installation) -> None:
    settings = Settings(site=Site(url="http://example.com"))
    trying = settings.model_copy(update={"sandbox": SandboxSettings()})

    assert not (await check(replace(installation, settings=settings), "W002")).ok
    assert (await check(replace(installation, settings=trying), "W002")).ok


def test_python_without_assertions_and_without_time_zones(tmp_path: Path) -> None:
    """Both are properties of a process: one is started that lacks both."""
    workspace = tmp_path / "desk"
    publisher = [sys.executable, "-O", "-m", "publisher.cli"]
    (tmp_path / "tzdata").mkdir()
    (tmp_path / "tzdata/__init__.py").touch()
    bare = {**os.environ, "PYTHONTZPATH": "", "PYTHONPATH": str(tmp_path)}
    subprocess.run([*publisher, "init", "-w", str(workspace)], check=True, capture_output=True)

    ended = subprocess.run(
        [*publisher, "doctor", "-w", str(workspace)], capture_output=True, text=True, env=bare, check=False
    )

    assert ended.returncode == 1
    assert "P001: Start Python without -O" in ended.stderr
    assert "P002: Install the newest tzdata" in ended.stderr
