"""Makes a workspace: settings, secrets, database and folders. What is there already is never overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from publisher.cli.output import run
from publisher.sandbox import World
from publisher.settings import FILE_NAME, load
from publisher.settings.keys import DATA_KEY_FILE, HASH_KEY_FILE
from publisher.settings.secrets import TOKEN_KEY_FILE
from publisher.store import migrate
from publisher.store.database import Database


def create(workspace: Path, settings: str | None = None) -> list[Path]:
    """What was made; `settings` instead of the commented publisher.toml. Raises SettingsError for a file that is there
    and wrong.
    """
    from publisher.app.database_file import database_file

    workspace.mkdir(parents=True, exist_ok=True)
    made = [*_settings(workspace, settings or commented()), *_secrets(workspace)]
    announcements = workspace / load(workspace).announcements
    if not announcements.exists():
        announcements.mkdir(parents=True)
        made.append(announcements)
    file = database_file(load(workspace), workspace)
    new = file is not None and not file.exists()
    run(migrated(workspace))
    return [*made, file] if file is not None and new else made


def _settings(workspace: Path, text: str) -> Iterator[Path]:
    file = workspace / FILE_NAME
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        yield file


def commented() -> str:
    """publisher.toml as `init` writes it: the sandbox, so that nothing leaves the machine until somebody decides."""
    return (files("publisher.settings") / "commented.toml").read_text(encoding="utf-8")


async def migrated(workspace: Path) -> None:
    """The database of the workspace has the newest schema."""
    from publisher.app.database_file import database_url

    database = Database(database_url(load(workspace).database.url, workspace))
    try:
        await migrate.upgrade(database)
    finally:
        await database.close()


def _secrets(workspace: Path) -> Iterator[Path]:
    folder = workspace / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    bot, account = World().bots[0], World().x[0]
    for name, secret in {
        TOKEN_KEY_FILE: secrets.token_hex(32),
        DATA_KEY_FILE: secrets.token_hex(32),
        HASH_KEY_FILE: secrets.token_hex(32),
        "secrets/dkim.pem": _rsa_key(),
        "secrets/telegram.token": bot.token,
        "secrets/x.consumer_key": account.consumer_key,
        "secrets/x.consumer_secret": account.consumer_secret,
        "secrets/x.access_token": account.access_token,
        "secrets/x.access_token_secret": account.access_token_secret,
        "secrets/push.secret": World().webhook.secrets[0],
        "secrets/discord.token": World().discord.token,
    }.items():
        path = workspace / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secret + "\n", encoding="utf-8")
            yield path


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
