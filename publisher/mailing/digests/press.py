"""Makes the mail of everybody who gets the same: approved fragments in an approved layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Self, TypeAlias

from publisher.channel import Payload, Target
from publisher.content.kinds.kind import Kind
from publisher.mailing.digests.listing import Entry, Held, Rules, What
from publisher.release import release
from publisher.release.freeze import stored_root
from publisher.rendering.digest import Issue, Listed, Times
from publisher.rendering.edition import DIGEST
from publisher.rendering.fragment import Fragment, fragment_of

PROVED = 5_000


class NotApproved(Exception):
    """What is stored is not what people approved; the message says what."""


Render: TypeAlias = Callable[[Issue, Target, str], Payload]
"""`Renderer.digest`: the last is a time zone."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same."""

    locale: str
    zone: str
    day: date
    at: datetime
    """When their hour had come; UTC."""
    entries: Sequence[Entry]

    def to_json(self) -> str:
        times = {"day": self.day.isoformat(), "at": self.at.isoformat()}
        return json.dumps({**asdict(self), **times}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        data = json.loads(text)
        entries = tuple(_entry(each) for each in data["entries"])
        day, at = date.fromisoformat(data["day"]), datetime.fromisoformat(data["at"])
        return cls(data["locale"], data["zone"], day, at, entries)


def _entry(data: Mapping[str, Any]) -> Entry:
    held = data.get("held")
    return Entry(**{**data, "what": What(data["what"]), "held": Held(**held) if held else None})


def _times(held: Held) -> Times:
    starts_at, ends_at = (datetime.fromisoformat(each) if each else None for each in (held.starts_at, held.ends_at))
    return Times(starts_at, ends_at, held.because)


@dataclass(frozen=True)
class Press:
    """Digests of one destination, as configured now."""

    targets: Mapping[str, Target]
    """By locale."""
    kinds: Mapping[str, Kind]
    render: Render
    url: Callable[[str, str], str]
    """Locale and reference -> the page of an announcement; an empty reference is the list of all."""
    layout: str
    """The SHA-256 of the layout."""
    window: timedelta
    """How long after its hour a digest may still be sent."""
    proved: set[tuple[str, Group]] = field(default_factory=set, compare=False, repr=False)
    """Hashes of mails that were found to be what their group gets: batches of one need not be composed each."""

    @cached_property
    def rules(self) -> Rules:
        return Rules.of(self.kinds, self._any.jurisdictions)

    @property
    def destination(self) -> str:
        return self._any.destination

    @property
    def account(self) -> str:
        return self._any.account

    @property
    def _any(self) -> Target:
        return next(iter(self.targets.values()))

    def prove(self, sha256: str, group: Group) -> None:
        """The newest few thousand are remembered."""
        if len(self.proved) >= PROVED:
            self.proved.clear()
        self.proved.add((sha256, group))

    async def print(self, tx: release.Transaction, group: Group, shelf: Shelf | None = None) -> Payload:
        """The payload; raises NotApproved."""
        shelf = shelf or Shelf(self.destination)
        listed = [await self._listed(tx, entry, shelf) for entry in group.entries]
        issue = Issue(group.day, group.at, listed, self.url(group.locale, ""))
        return self.render(issue, self.targets[group.locale], group.zone)

    async def _listed(self, tx: release.Transaction, entry: Entry, shelf: Shelf) -> Listed:
        fragment, reference = await shelf.fragment(tx, entry.release_id, entry.locale)
        times = _times(entry.held) if entry.held else None
        return Listed(fragment, self.url(entry.locale, reference), entry.what, entry.stage, entry.sent, times)


@dataclass
class Shelf:
    """Fragments that were looked at: each release is held against its hash once."""

    destination: str
    _found: dict[tuple[int, str], tuple[Fragment, str]] = field(default_factory=dict)

    async def fragment(self, tx: release.Transaction, release_id: int, locale: str) -> tuple[Fragment, str]:
        """With the announcement's reference; raises NotApproved."""
        if (release_id, locale) not in self._found:
            await self._fetch(tx, release_id)
        found = self._found.get((release_id, locale))
        if found is None:
            raise NotApproved(f"release {release_id} has no fragment in {locale} for {self.destination}")
        return found

    async def moments(self, tx: release.Transaction, entries: Sequence[Entry]) -> Sequence[datetime]:
        """The times that these entries show; raises NotApproved."""
        found = [(await self.fragment(tx, each.release_id, each.locale))[0] for each in entries]
        rows = (row for fragment in found for row in fragment.facts)
        moved = (_times(each.held) for each in entries if each.held)
        spans = (*((row.starts, row.ends) for row in rows), *((each.starts_at, each.ends_at) for each in moved))
        return [moment for span in spans for moment in span if moment is not None]

    async def _fetch(self, tx: release.Transaction, release_id: int) -> None:
        of, editions = await tx.release(release_id), await tx.editions(release_id)
        if stored_root(of.common, editions) != of.root_hash:
            raise NotApproved(f"the stored release {release_id} is not the one that was approved: its hash differs")
        for edition in editions:
            if (edition.operation, edition.destination) == (DIGEST, self.destination):
                part = Payload.from_json(edition.payload).parts[0]
                self._found[release_id, edition.locale] = fragment_of(part), of.reference or ""
