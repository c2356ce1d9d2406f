"""What a destination and an account may set for mail."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+"
"""Ours are ASCII, so that every relay and every reader's provider can answer them."""
DOMAIN = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"

Address = Annotated[str, StringConstraints(pattern=f"^{ADDRESS}$", max_length=254)]
Domain = Annotated[str, StringConstraints(pattern=f"^{DOMAIN}$", max_length=253)]


class Options(BaseModel):
    """A destination's own settings: they become header fields and are approved with the text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_name: str = ""
    """Shown instead of the From address."""
    list_id: Domain | None = None
    """List-Id (RFC 2919); by default made of the From address: `news@example.com` gives `news.example.com`."""
    reply_to: Address | None = None
    unsubscribe_mailto: Address | None = None
    """A second way to unsubscribe, beside the one-click URL."""
    envelope_sender: Address | None = None
    """Where bounces go; by default the account's, or else the From address."""
    dkim: bool = True
    """The account signs. Switch off only when the relay signs List-Unsubscribe and List-Unsubscribe-Post itself."""


class Dkim(BaseModel):
    """The key that signs for a domain; its public half is the TXT record `<selector>._domainkey.<domain>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: Domain
    selector: Domain | Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")]
    private_key: SecretStr | None = None
    """PEM, RSA of 2048 bits or more."""
    private_key_file: Path | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.private_key is None) == (self.private_key_file is None):
            raise ValueError("set exactly one of private_key and private_key_file")
        return self


class Account(BaseModel):
    """The relay that takes our mail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = Field(587, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls: Literal["required", "starttls", "implicit", "none"] = "required"
    """`required`: implicit TLS on port 465, STARTTLS on any other. `none`: only to a relay on this very machine."""
    ca_file: Path | None = None
    """Trust these certificates instead of the system's."""
    connections: int = Field(10, ge=1, le=200)
    urgent_connections: int = Field(10, ge=1, le=200)
    """Beyond these, for urgent mail only."""
    messages_per_connection: int = Field(100, ge=1)
    timeout: float = Field(60, gt=0)
    """Seconds for each step but the last."""
    final_timeout: float = Field(600, gt=0)
    """Seconds for the answer to the whole message; RFC 5321 section 4.5.3.2.6 asks for ten minutes."""
    dkim: Dkim | None = None
    envelope_sender: Address | None = None
    ehlo_name: str | None = Field(None, pattern=r"^[A-Za-z0-9.:\[\]-]+$")
    """How we introduce ourselves; by default the name of this machine."""

    @model_validator(mode="after")
    def _never_in_clear(self) -> Self:
        if self.tls == "none" and not _is_loopback(self.host):
            raise ValueError(f"tls = 'none' would send mail to {self.host} in clear text; use 'required'")
        return self

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("set both username and password, or neither")
        return self

    @property
    def implicit_tls(self) -> bool:
        return self.tls == "implicit" or (self.tls == "required" and self.port == 465)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
