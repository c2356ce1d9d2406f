"""Start-up checks: each with a code, what was found, and a hint. Changes nothing."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import zoneinfo
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from publisher.channel import Target
from publisher.settings import Settings, SettingsError
from publisher.settings.keys import DATA_KEY_FILE, HASH_KEY_FILE, data_keys, hash_key
from publisher.settings.secrets import token_keys
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.failure import explanation

LEAST_FREE = 200_000_000
"""Bytes; below it a burst of deliveries could meet a full disk."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `hint` says what to do when it is not ok."""

    code: str
    title: str
    ok: bool
    found: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined."""

    workspace: Path
    settings: Settings
    database: Database
    accounts: Callable[[], Mapping[str, tuple[str, BaseModel]]]
    """Validates every account; raises SettingsError."""
    targets: Callable[[], Mapping[tuple[str, str], Target]]
    """Validates every destination; raises SettingsError."""
    clock: Callable[[], Awaitable[timedelta]]
    """By how much the workspace's clock was moved."""
    least_free: int = LEAST_FREE


async def examine(installation: Installation) -> Sequence[Check]:
    """Every check, in the order of their codes."""
    return [await check(installation) for check in _CHECKS]


async def _assertions(_: Installation) -> Check:
    hint = "Start Python without -O: assertions guard the states of deliveries."
    return Check("P001", "Python", not sys.flags.optimize, sys.version.split()[0], hint)


async def _zones(_: Installation) -> Check:
    hint = "Install the newest tzdata: publishing times are wall-clock times."
    return Check(
        "P002", "Time zones", bool(zoneinfo.available_timezones()), f"tzdata {metadata.version('tzdata')}", hint
    )


async def _schema(installation: Installation) -> Check:
    hint = "Run publisher init, which makes or upgrades what is missing; make a back-up before."
    try:
        current = await migrate.is_current(installation.database)
    except (SQLAlchemyError, migrate.SchemaTooNew) as error:
        return Check("D001", "Database", False, explanation(error) or str(error).splitlines()[0], hint)
    return Check("D001", "Database", current, "schema is current" if current else "schema is not current", hint)


async def _clock(installation: Installation) -> Check:
    hint = "Somebody moved the workspace's clock, as the demo does; announcements go out by it. Use a new workspace."
    try:
        moved = await installation.clock()
    except SQLAlchemyError:
        return Check("D002", "Clock", False, "unknown without the database", "See D001.")
    harmless = not moved or installation.settings.sandbox is not None
    return Check("D002", "Clock", harmless, f"moved by {moved}" if moved else "not moved", hint)


async def _accounts(installation: Installation) -> Check:
    def found() -> str:
        return ", ".join(f"{name} ({channel})" for name, (channel, _) in installation.accounts().items())

    return _settled("A001", "Accounts", found)


async def _destinations(installation: Installation) -> Check:
    def found() -> str:
        return ", ".join(f"{destination} ({locale})" for destination, locale in installation.targets())

    return _settled("A003", "Destinations", found)


def _settled(code: str, title: str, found: Callable[[], str]) -> Check:
    """What `found` finds, or what is wrong in publisher.toml."""
    try:
        return Check(code, title, True, found())
    except SettingsError as error:
        wrong = "; ".join(f"{finding.place}: {finding.message}" for finding in error.findings)
        return Check(code, title, False, wrong, "; ".join(finding.fix for finding in error.findings))


async def _key(installation: Installation) -> Check:
    hint = "publisher init writes one; keep it in your back-up, or links in old mails stop working."
    try:
        count = len(token_keys(installation.workspace / "publisher.toml"))
    except (LookupError, OSError) as error:
        return Check("A002", "Key for readers' links", False, str(error), hint)
    return Check("A002", "Key for readers' links", count > 0, f"{count} found", hint)


async def _encryption(installation: Installation) -> Check:
    workspace, chosen = installation.workspace, installation.settings.encryption
    code, title = "A004", "Keys of readers' secrets"
    try:
        count = len(data_keys(workspace, chosen))
        hash_key(workspace, chosen)
    except LookupError as error:
        hint = "Restore the keys from your back-up; new ones read nothing that the old ones encrypted."
        return Check(code, title, False, str(error), hint)
    for name in (DATA_KEY_FILE, HASH_KEY_FILE):
        file = workspace / name
        if file.exists() and file.stat().st_mode & 0o077:
            return Check(code, title, False, f"others on this machine can read {file}", f"chmod 600 {file}")
    return Check(code, title, True, f"{count} to encrypt with, 1 to hash with")


async def _site(installation: Installation) -> Check:
    root = installation.workspace / installation.settings.site.root
    place = next(parent for parent in (root, *root.parents) if parent.exists())
    hint = f"{root} must be a folder that this user may write into."
    return Check("S001", "Site folder", place.is_dir() and os.access(place, os.W_OK), str(root), hint)


async def _disk(installation: Installation) -> Check:
    free = shutil.disk_usage(installation.workspace).free
    hint = "Make room: without it nothing is sent, because no intent can be stored."
    return Check("S002", "Disk", free >= installation.least_free, f"{free // 1_000_000} MB free", hint)


async def _staff_listener(installation: Installation) -> Check:
    host = installation.settings.web.staff_host
    hint = "Set web.staff_host to 127.0.0.1, or put a VPN and TLS in front of it."
    return Check("W001", "Staff listener", _is_loopback(host), f"listens on {host}", hint)


async def _public_url(installation: Installation) -> Check:
    url = installation.settings.site.url
    live = installation.settings.sandbox is None
    hint = "Readers' links and one-click unsubscribe need https."
    return Check("W002", "Public URL", url.startswith("https://") or not live, url, hint)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_CHECKS: Sequence[Callable[[Installation], Awaitable[Check]]] = (
    _assertions,
    _zones,
    _schema,
    _clock,
    _accounts,
    _key,
    _destinations,
    _encryption,
    _site,
    _disk,
    _staff_listener,
    _public_url,
)
