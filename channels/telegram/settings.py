"""What an operator may set for Telegram."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints


class Options(BaseModel):
    """One chat's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    silent: bool | tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")], ...] = False
    """Delivered without a sound: everything, or these kinds; what is urgent never is."""
    pin: bool = False
    """Kept pinned while it matters; the bot needs the right to pin."""
    pin_days: int = Field(default=7, ge=1, le=366)
    """For how long what has no end of its own stays pinned."""
    link_preview: Literal["off", "small", "large"] = "off"
    """The picture that Telegram makes of the announcement's page."""
    preview_above: bool = False
    """It stands above the text."""
    photo: bool = True
    """The announcement's first picture is the message, and the text its caption, when it fits."""
    thread_id: int | None = Field(default=None, ge=1)
    """The topic of a forum group."""
    linked_group: str = Field(default="", pattern=r"^(@\w{4,32}|-?[1-9][0-9]{0,15})?$")
    """The discussion group of the channel, as its destination is addressed: Telegram itself copies every post there."""
    protect: bool = False
    """Readers can neither forward nor save it."""


def _is_token(secret: SecretStr) -> SecretStr:
    number, colon, key = secret.get_secret_value().partition(":")
    if not (number.isdecimal() and colon and key.replace("-", "").replace("_", "").isalnum() and key.isascii()):
        raise ValueError("not a bot token; @BotFather gives one such as 110201543:AAHdqTcvCH1vGWJx")
    return secret


class Account(BaseModel):
    """One bot."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    token: Annotated[SecretStr, AfterValidator(_is_token)]
    """From @BotFather."""
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+[^?#]*[^/?#]$")] = "https://api.telegram.org"
    """The Bot API server: Telegram's, one of your own, or the sandbox."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for an answer; after that nobody can tell whether the message was sent."""
    proxy: str | None = None
    """`http://host:port` when the Bot API is reached through a proxy."""
