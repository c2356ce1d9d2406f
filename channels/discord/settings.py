"""What an operator may set for Discord."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

_TOKEN = re.compile(r"[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{20,}")


class Options(BaseModel):
    """One channel's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    silent: bool = False
    """Delivered without a notification."""
    link_preview: bool = False
    """The picture that Discord makes of the announcement's page."""
    server: Annotated[str, StringConstraints(pattern=r"^[0-9]{17,20}$")] | None = None
    """The server's number: with it receipts hold the message's address."""


def _is_token(secret: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("not a bot token; the application's page `Bot` gives one of three parts with dots between")
    return secret


class Account(BaseModel):
    """One bot."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    token: Annotated[SecretStr, AfterValidator(_is_token)]
    """From the application's page `Bot` in Discord's developer portal."""
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+[^?#]*[^/?#]$")] = (
        "https://discord.com/api/v10"
    )
    """Discord's API, version 10, or the sandbox."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for an answer; after that nobody can tell whether the message was sent."""
    proxy: str | None = None
    """`http://host:port` when Discord is reached through a proxy."""
