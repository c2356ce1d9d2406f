"""What is known of an announcement from before, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """`html` is as strangers wrote it; `source` is what it is known by where it comes from, the same every time."""

    where: str
    source: str
    title: str
    html: str
    published: datetime
    updated: datetime
    url: str = ""
    summary: str = ""
    categories: tuple[str, ...] = ()
    locale: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """One that cannot be taken, and why."""

    where: str
    reason: str


class Unreadable(ValueError):
    """The whole source cannot be read; the message says why."""


def instant(text: str) -> datetime:
    """ISO 8601 or RFC 3339; UTC where no zone is said. Raises ValueError."""
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
