"""What every format says: a feed's head, its entries, and the way to what is older (RFC 5005)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from publisher.wall_time import rfc3339

BIRTH = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed that has no entry yet was changed last."""
NEWEST = 30
"""Announcements in a feed and in each of its archives."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is a permanent tag URI (RFC 4151), compared character by character; `html` is the whole text."""

    id: str
    url: str
    title: str
    summary: str
    html: str
    published: datetime
    updated: datetime
    kind: str
    kind_title: str
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """`entries` are in order of publication, newest first. URLs are absolute, empty where there is none."""

    id: str
    title: str
    url: str
    """Its own, in its own format."""
    page: str
    author: str
    locale: str
    entries: Sequence[Entry]
    older: str = ""
    """The archive that goes on where this document ends."""
    current: str = ""
    """Of an archive: the feed that it belongs to."""
    hub: str = ""
    """Who tells of changes (WebSub); an archive has none."""

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=BIRTH)


def tag(authority: str, name: str) -> str:
    """A tag URI: `tag:example.com,2026:announcement/en-US/01J...`."""
    return f"tag:{authority}:{name}"


def archives(count: int) -> int:
    """How many archives `count` announcements have: one is born, full, when its first leaves the newest."""
    return -(-max(0, count - NEWEST) // NEWEST)


def archive_of(position: int) -> int:
    """The archive, from 1 for the oldest, that a position (from 0) belongs to, once that exists."""
    return position // NEWEST + 1


def span(number: int) -> tuple[int, int]:
    """The positions of an archive: first, and one past the last."""
    return (number - 1) * NEWEST, number * NEWEST


def touched(position: int, count: int) -> Sequence[int]:
    """The archives that a change at `position` of `count` touches: the one it is in, and the one that is born."""
    last = archives(count)
    born = (last,) if position == count - 1 and last > archives(position) else ()
    return born if archive_of(position) > last else (archive_of(position),)


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, `2026-12-03T02:00:00Z`."""
    return rfc3339(at)
