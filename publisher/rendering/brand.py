"""Whose announcements these are: what every text of an installation says about its sender."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Handle:
    """An official account: `Telegram`, `@example_news`, and its URL."""

    network: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    site_url: str
    """Absolute, without a slash at the end: `https://example.com`."""
    postal_address: str
    """One line; commercial mail must name it."""
    support_url: str
    handles: tuple[Handle, ...] = ()

    @property
    def domain(self) -> str:
        """What a reader compares with the address bar: `example.com`."""
        return urlsplit(self.site_url).hostname or self.site_url
