"""Which items are in a reader's digest, and as what: each once, ever. Pure."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from publisher.channel import EVERYWHERE, Regions
from publisher.content.kinds.kind import FALLBACK_LOCALE, Kind, MailClass
from publisher.mailing.digests.choices import Choice, Reader
from publisher.mailing.preferences import Frequency

CLAIMS = 100
"""A database asks about each of them in one statement, and none takes thousands."""


class What(StrEnum):
    """What happened to an announcement."""

    NEW = "new"
    TRANSLATED = "translated"
    """Languages were added, and nothing else."""
    CORRECTED = "corrected"
    CHANGED = "changed"
    """A stage of its life: extended, completed, postponed."""
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Held:
    """What holds of an event since a stage of it was told: RFC 3339, empty where nobody knows."""

    starts_at: str
    ends_at: str
    because: str = ""
    """What readers were told, of those reasons that have words."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that digests may tell."""

    number: int
    announcement_id: str
    release_id: int
    kind: str
    stage: str
    what: What
    locales: frozenset[str] = frozenset()
    """Those in which its release has a fragment."""
    regions: Regions = EVERYWHERE
    mailed: bool = False
    """Whoever had the announcement got a mail of it at once: it is a dangerous correction."""
    held: Held | None = None
    """None: the times of its release hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An announcement in a digest: the text of a release, and what became of it."""

    release_id: int
    locale: str
    kind: str
    stage: str
    what: What
    sent: bool
    """Its readers had it at once."""
    held: Held | None = None
    """None: the times of the text hold."""
    first: int = 0
    """The number of the first item that it tells."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A release that was mailed at once, so that a digest may list it as sent."""

    release_id: int
    number: int
    """Whoever heard of the item of that number is not asked about."""
    weekly: bool
    """In any digest that is weekly as well."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What kinds and the destination decide."""

    classes: Mapping[str, MailClass]
    always: frozenset[str]
    """The kinds that go out at once, whatever is chosen; a digest lists them."""
    jurisdictions: Regions = EVERYWHERE

    @classmethod
    def of(cls, kinds: Mapping[str, Kind], jurisdictions: Regions | None) -> Rules:
        urgent = (name for name, kind in kinds.items() if at_once(kind.mail_class, urgent=kind.urgent))
        classes = {name: kind.mail_class for name, kind in kinds.items()}
        return cls(classes, frozenset(urgent), jurisdictions or EVERYWHERE)


def at_once(mail_class: MailClass, *, urgent: bool) -> bool:
    """Whether nobody waits for a digest to hear of it."""
    return urgent or mail_class is MailClass.MANDATORY


@dataclass(frozen=True)
class Listing:
    """Everything that is out, as far as digests tell it."""

    items: Sequence[Item]
    rules: Rules
    through: int
    """The last item that is considered."""
    missed: Mapping[int, Collection[Entry]] = field(default_factory=dict)
    """What payloads listed that some reader did not get."""
    _stories: dict[str, list[Item]] = field(default_factory=dict)
    _again: dict[int, dict[str, int]] = field(default_factory=dict)
    """Of each of those payloads: announcement -> the first item that it told."""

    def __post_init__(self) -> None:
        for item in sorted(self.items, key=lambda each: each.number):
            if item.number <= self.through:
                self._stories.setdefault(item.announcement_id, []).append(item)
        of = {item.release_id: item.announcement_id for item in self.items}
        for payload_id, entries in self.missed.items():
            self._again[payload_id] = {of[entry.release_id]: entry.first for entry in entries}

    @property
    def oldest_changed(self) -> int:
        """The oldest item of an announcement to which something has happened since, or that is told again; beyond all
        when there is none.
        """
        again = {announcement_id for told in self._again.values() for announcement_id in told}
        changed = (story for name, story in self._stories.items() if len(story) > 1 or name in again)
        return min((story[0].number for story in changed), default=sys.maxsize)

    @cached_property
    def claims(self) -> Sequence[Claim]:
        """The newest of them; of older ones no digest says that they were sent."""
        again = {announcement_id for told in self._again.values() for announcement_id in told}
        found = [
            Claim(item.release_id, sys.maxsize if item.announcement_id in again else item.number, item.mailed)
            for story in self._stories.values()
            for item in story
            if item.mailed or (item.what is What.NEW and item.kind in self.rules.always)
        ]
        return sorted(found, key=lambda claim: (claim.number, claim.release_id))[-CLAIMS:]

    @cached_property
    def _claimed(self) -> frozenset[int]:
        return frozenset(claim.release_id for claim in self.claims)

    def entries(self, reader: Reader, *, weekly: bool) -> tuple[Entry, ...]:
        """In the order in which it happened; `weekly`: on the reader's day of the week, or after it was missed."""
        if MailClass.SERVICE in reader.stopped:
            return ()
        found = (self._entry(story, reader, weekly=weekly) for story in self._stories.values())
        told = sorted((each for each in found if each), key=lambda each: each[0])
        return tuple(entry for _, entry in told)

    def _entry(self, story: Sequence[Item], reader: Reader, *, weekly: bool) -> tuple[int, Entry] | None:
        """With the number of the item that it is told for."""
        kind = story[-1].kind
        choice = reader.choices.get(kind)
        if choice is None or self.rules.classes[kind] in reader.stopped:
            return None
        always = kind in self.rules.always
        window = self._window(choice, reader, weekly=weekly, always=always)
        if window is None:
            return None
        low, high = self._with_missed(story[-1], choice, reader, window)
        known = [item for item in story if item.number <= high]
        locale, texts = _told_in(reader.locale, known)
        fresh = [item for item in known if item.number > low and _concerns(item, locale)]
        if not fresh or not texts:
            return None
        # What goes out at once was there before any digest told it.
        before = [item for item in known if choice.began < item.number <= (high if always else low)]
        had = any(item is not fresh[-1] and self._reached(item, reader) for item in before)
        what = _what(fresh, had=had)
        if what is None or not (had or self._admits(known[-1], reader)):
            return None
        at_once = (always and what is What.NEW) or (had and all(item.mailed for item in fresh))
        mailed = {item.release_id for item in fresh if item.what is not What.TRANSLATED}
        sent = at_once and mailed <= self._claimed - reader.unsent
        entry = Entry(texts[-1].release_id, locale, kind, known[-1].stage, what, sent, known[-1].held, fresh[0].number)
        return fresh[-1].number, entry

    def _with_missed(self, item: Item, choice: Choice, reader: Reader, window: tuple[int, int]) -> tuple[int, int]:
        """Begins before what a digest told that did not reach the reader."""
        low, high = window
        for payload_id, only_weekly in reader.missed.items():
            first = self._again[payload_id].get(item.announcement_id)
            if first is not None and (not only_weekly or self._waits(item.kind, choice)):
                low = max(min(low, first - 1), choice.began)
        return low, high

    def keeps_missed(self, reader: Reader, *, weekly: bool) -> bool:
        """Whether a digest leaves something to tell again: what is weekly, on another day."""
        kinds = {self._stories[name][-1].kind for each in reader.missed for name in self._again[each]}
        chosen = ((kind, reader.choices.get(kind)) for kind in kinds)
        return not weekly and any(choice is not None and self._waits(kind, choice) for kind, choice in chosen)

    def _waits(self, kind: str, choice: Choice) -> bool:
        """Whether it is told on a day of the week, or was until it was changed."""
        weekly = choice.frequency is Frequency.WEEKLY or choice.owed_through is not None
        return weekly and kind not in self.rules.always

    def _window(self, choice: Choice, reader: Reader, *, weekly: bool, always: bool) -> tuple[int, int] | None:
        """The items after the first number up to the second; None when the digest tells nothing of the kind."""
        if always:
            return max(reader.marks.digest, choice.since), self.through
        due = choice.frequency is Frequency.DAILY or (choice.frequency is Frequency.WEEKLY and weekly)
        if choice.owed_through is not None:
            return choice.since, self.through if due else choice.owed_through
        mark = reader.marks.weekly if choice.frequency is Frequency.WEEKLY else reader.marks.digest
        return (max(mark, choice.since), self.through) if due else None

    def _reached(self, item: Item, reader: Reader) -> bool:
        return not item.locales.isdisjoint((reader.locale, FALLBACK_LOCALE)) and self._admits(item, reader)

    def _admits(self, item: Item, reader: Reader) -> bool:
        limits: Iterable[Regions] = (item.regions, self.rules.jurisdictions)
        return all(limit.admits(reader.jurisdiction) for limit in limits if limit.restricted)


def _told_in(wanted: str, known: Sequence[Item]) -> tuple[str, Sequence[Item]]:
    """The language in which somebody reads it, and the items that have a text in it."""
    for locale in (wanted, FALLBACK_LOCALE):
        if texts := [item for item in known if locale in item.locales]:
            return locale, texts
    return wanted, ()


def _concerns(item: Item, locale: str) -> bool:
    """A correction of one language is nothing to readers of another."""
    return locale in item.locales or item.what in (What.CHANGED, What.RETRACTED)


def _what(fresh: Sequence[Item], *, had: bool) -> What | None:
    """What several events together are to somebody who had it, or had not; None: nothing to tell."""
    happened = {item.what for item in fresh}
    if fresh[-1].what is What.RETRACTED:
        return What.RETRACTED if had else None
    if not had:
        return What.NEW
    # What goes out at once may be new in a digest although its readers had it.
    told = (What.CORRECTED, What.CHANGED, What.NEW)
    return next((what for what in told if what in happened), None)
