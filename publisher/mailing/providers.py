"""Whose mailboxes readers have, and how fast those take mail from us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """Whoever runs the mailboxes of some domains. Without a rate it is sent to as fast as the relay takes it."""

    name: str
    domains: frozenset[str]
    rate: float | None = None
    """Messages per second."""


BIG: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider("gmail", frozenset({"gmail.com", "googlemail.com"}), 100),
        Provider("microsoft", frozenset({"outlook.com", "hotmail.com", "live.com", "msn.com"}), 50),
        Provider("yahoo", frozenset({"yahoo.com", "yahoo.co.jp", "ymail.com", "aol.com"}), 50),
        Provider("icloud", frozenset({"icloud.com", "me.com", "mac.com"}), 25),
        Provider("qq", frozenset({"qq.com", "foxmail.com"}), 10),
        Provider("netease", frozenset({"163.com", "126.com", "yeah.net"}), 10),
        Provider("naver", frozenset({"naver.com"}), 25),
    )
}
"""Where to start: none of them publishes a number, and each throttles whom it does not know yet. The back-off finds
what they take."""


class Providers:
    """The providers of an installation; a domain that nobody named is a provider by itself."""

    def __init__(self, known: Iterable[Provider] = ()) -> None:
        """A domain belongs to the last that names it."""
        self._by_domain = {domain: provider for provider in known for domain in provider.domains}
        self._rates = {provider.name: provider.rate for provider in self._by_domain.values() if provider.rate}

    def of(self, address: str) -> str:
        """The name of the provider; the domain itself where nobody named it."""
        domain = address.rpartition("@")[2]
        provider = self._by_domain.get(domain)
        return provider.name if provider else domain

    def rate(self, name: str) -> float | None:
        """Messages per second; None for as fast as the relay takes them."""
        return self._rates.get(name)
