"""Whom to tell of a hole: `/.well-known/security.txt` (RFC 9116)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

PATH = ".well-known/security.txt"
_MONTHS = 11
"""How far ahead `Expires` is; the RFC asks for less than a year (section 2.5.5)."""


@dataclass(frozen=True, slots=True)
class Security:
    """`contacts` are URIs (`mailto:`, `https:`, `tel:`), the best first; `policy` and `encryption` URLs or empty."""

    contacts: Sequence[str]
    policy: str = ""
    encryption: str = ""


def write(security: Security, url: str, locales: Sequence[str], now: datetime) -> bytes:
    """The file, seen at `url`. Its bytes change once a month."""
    languages = dict.fromkeys(locale.partition("-")[0] for locale in locales)
    fields = [
        *(("Contact", contact) for contact in security.contacts),
        ("Expires", _expires(now)),
        ("Encryption", security.encryption),
        ("Policy", security.policy),
        ("Preferred-Languages", ", ".join(languages)),
        ("Canonical", url if url.startswith("https://") else ""),  # section 2.5.2: a web URI must be https
    ]
    return "".join(f"{name}: {value}\n" for name, value in fields if value).encode()


def _expires(now: datetime) -> str:
    years, month = divmod(now.astimezone(UTC).month - 1 + _MONTHS, 12)
    return f"{now.astimezone(UTC).year + years:04}-{month + 1:02}-01T00:00:00Z"
