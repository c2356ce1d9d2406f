"""Which items are in a reader's digest, and as what: each once, ever. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from publisher.channel import EVERYWHERE, Regions
from publisher.content.kinds.kind import FALLBACK_LOCALE, Kind, MailClass
from publisher.mailing.digests.choices import Choice, Reader
from publisher.mailing.preferences import Frequency


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
    _stories: dict[str, list[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in sorted(self.items, key=lambda each: each.number):
            if item.number <= self.through:
                self._stories.setdefault(item.announcement_id, []).append(item)

    @property
    def oldest_changed(self) -> int:
        """The oldest item of an announcement to which something has happened since; beyond all when there is none."""
        return min((story[0].number for story in self._stories.values() if len(story) > 1), default=sys.maxsize)

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
        low, high = self._window(choice, reader, weekly=weekly, always=always)
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
        sent = (always and what is What.NEW) or (had and all(item.mailed for item in fresh))
        entry = Entry(texts[-1].release_id, locale, kind, known[-1].stage, what, sent, known[-1].held)
        return fresh[-1].number, entry

    def _window(self, choice: Choice, reader: Reader, *, weekly: bool, always: bool) -> tuple[int, int]:
        """The items after the first number up to the second."""
        if always:
            return max(reader.marks.digest, choice.since), self.through
        due = choice.frequency is Frequency.DAILY or (choice.frequency is Frequency.WEEKLY and weekly)
        if choice.owed_through is not None:
            return choice.since, self.through if due else choice.owed_through
        mark = reader.marks.weekly if choice.frequency is Frequency.WEEKLY else reader.marks.digest
        return (max(mark, choice.since), self.through) if due else (self.through, self.through)

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
    if happened == {What.TRANSLATED}:
        return None
    return What.CHANGED if happened <= {What.CHANGED, What.TRANSLATED} else What.CORRECTED
