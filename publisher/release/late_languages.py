"""Languages that are expected to follow a publication, and those that are missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.content.kinds.kind import Kind
from publisher.release.release import Release, Transaction
from publisher.release.states import ReleaseState
from publisher.wall_time import in_utc

FORGOTTEN = timedelta(days=30)
"""So long after it was due nobody waits for a language any more."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A language that an announcement does not have yet."""

    release: Release
    """The first that was published."""
    locale: str
    due: datetime
    missed: bool

    @property
    def sentence(self) -> str:
        name = self.release.reference or self.release.announcement_id
        due = f"it {'was' if self.missed else 'is'} due by {in_utc(self.due)}"
        return f"{self.locale} of {name} ({self.release.title}) has not followed; {due}"


async def awaited(tx: Transaction, kinds: Mapping[str, Kind], now: datetime) -> Sequence[Awaited]:
    """Newest announcement first; `kinds` say what is expected of them now."""
    found = []
    for release in await _first_publications(tx):
        expected = _expected(kinds.get(release.policy.kind), release, now)
        if not expected:
            continue
        there = {known.locale for known in await tx.standing(release.announcement_id) if known.there}
        found += [Awaited(release, locale, due, due <= now) for locale, due in expected.items() if locale not in there]
    return found


async def _first_publications(tx: Transaction) -> Sequence[Release]:
    out = await tx.releases(states=[ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED, ReleaseState.PUBLISHING])
    return list({release.announcement_id: release for release in out}.values())  # newest first, so the oldest stays


def _expected(kind: Kind | None, release: Release, now: datetime) -> Mapping[str, datetime]:
    if kind is None or release.published_at is None:
        return {}
    due = {locale: release.published_at + wait for locale, wait in kind.late_locales.items()}
    return {locale: moment for locale, moment in due.items() if now < moment + FORGOTTEN}
