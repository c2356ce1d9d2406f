"""What an operator may set for a webhook."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from publisher.channel.signing import keys


class Options(BaseModel):
    """One destination's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    expires_after: int = Field(default=86_400, ge=0, le=2_419_200)
    """Seconds after which a message that was not shown yet is not worth showing; push services keep 28 days at most."""


def _is_endpoint(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise ValueError("not a whole address; write it like https://push.example.com/announcements")
    if parts.username is not None or parts.fragment:
        raise ValueError("leave out what stands before @ or after #: the signature is what lets us in")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("plain http only reaches this machine; use https")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _are_secrets(secret: SecretStr) -> SecretStr:
    keys(secret.get_secret_value())
    return secret


class Account(BaseModel):
    """One endpoint and the secrets it knows us by."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    url: Annotated[str, AfterValidator(_is_endpoint)]
    """Where events are posted. Redirects are not followed."""
    secret: Annotated[SecretStr, AfterValidator(_are_secrets)]
    """`whsec_` and base64 of 24 to 64 random bytes; the new one and the old one while a secret is being changed."""
    timeout: float = Field(default=15.0, gt=0)
    """Seconds to wait for an answer; after that the event is sent again."""
    proxy: str | None = None
    """`http://host:port` when the endpoint is reached through a proxy."""
