"""publisher.toml, the environment and secret files. The only reader of the environment.

A setting may be overridden by the environment: `PUBLISHER_DATABASE__URL`, `PUBLISHER_WEB__STAFF_PORT`.
Secrets never stand in publisher.toml: each comes from `PUBLISHER_SECRET__<ACCOUNT>__<FIELD>` or from the file that
`<field>_file` names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from publisher.content.kinds.kind import Late, Unconfirmed

FILE_NAME = "publisher.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Handle(_Table):
    network: str
    name: str
    url: str


class Exchange(_Table):
    name: str = "Example Exchange"
    """Shown on every page and in every mail."""
    postal_address: str = ""
    """Printed in the footer of every mail; the law of many places asks for it."""
    support_url: str = "https://example.com/support"
    handles: Sequence[Handle] = ()
    """The official accounts, shown to readers so that they can tell a fake."""


class Site(_Table):
    url: str = "http://127.0.0.1:8080"
    """Base of every public URL; no slash at the end."""
    root: Path = Path("site")
    """Where the website's files are written and served from; relative to the workspace."""
    locales: Sequence[str] = ("en-US", "zh-CN")
    """The languages of the website."""
    authority: str = "example.com,2026"
    """A domain and a year in which it was yours: the permanent name in the feeds' ids (RFC 4151). Never change it."""


class DatabaseSettings(_Table):
    url: str = "sqlite:///publisher.sqlite3"
    """`sqlite:///FILE` (relative to the workspace) or `postgresql://...`."""


class Web(_Table):
    public_host: str = "127.0.0.1"
    public_port: int = Field(8080, ge=0, le=65535)
    """The site, feeds and unsubscribe pages."""
    staff_host: str = "127.0.0.1"
    staff_port: int = Field(8081, ge=0, le=65535)
    """Status, for staff with a token; keep it on loopback or behind your VPN."""


class Delivery(_Table):
    link_wait: timedelta = timedelta(seconds=60)
    """How long posts and mail that link to the site wait for it, in seconds."""
    drain: timedelta = timedelta(seconds=30)
    """How long a stopping worker finishes what is in flight, in seconds."""


class SandboxSettings(_Table):
    host: str = "127.0.0.1"
    page_port: int = Field(8082, ge=0, le=65535)
    smtp_port: int = Field(8025, ge=0, le=65535)
    telegram_port: int = Field(8083, ge=0, le=65535)
    x_port: int = Field(8084, ge=0, le=65535)
    webhook_port: int = Field(8085, ge=0, le=65535)
    discord_port: int = Field(8086, ge=0, le=65535)


class Destination(_Table):
    account: str
    """The name of one of `[accounts]`."""
    address: str
    """Chat id, handle, From address, site URL or segment."""
    locales: Sequence[str]
    options: Mapping[str, Any] = {}
    """What the channel offers; see its page in docs/channels."""


class PolicyOverride(_Table):
    approvals: Mapping[str, int] | None = None
    """Group -> how many distinct people."""
    unconfirmed: Unconfirmed | None = None
    late: Late | None = None
    late_after: timedelta | None = None


class Settings(BaseSettings):
    """Everything an installation decides."""

    model_config = SettingsConfigDict(
        env_prefix="PUBLISHER_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    exchange: Exchange = Exchange()
    site: Site = Site()
    database: DatabaseSettings = DatabaseSettings()
    web: Web = Web()
    delivery: Delivery = Delivery()
    sandbox: SandboxSettings | None = None
    """When present, `publisher run` also runs the local twins of the outside networks."""
    channels: Mapping[str, str] = {}
    """Channels beyond the built-in ones: name -> module that defines `channel`."""
    accounts: Mapping[str, Mapping[str, Any]] = {}
    destinations: Mapping[str, Destination] = {}
    sets: Mapping[str, Sequence[str]] = {}
    """Named sets of destinations; an announcement that names none goes to `default`."""
    policies: Mapping[str, PolicyOverride] = {}
    """Kind -> what this exchange decides otherwise than the kind does."""
    templates: Path | None = None
    """A folder of kind templates instead of the built-in one."""
    announcements: Path = Path("announcements")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings
