"""What an author wrote: an announcement, and one immutable revision of its facts and texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from publisher.channel import EVERYWHERE, Regions
from publisher.content.document import Document
from publisher.content.kinds.fact_types import Localised, leaves
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.pictures import PictureFile
from publisher.content.recurrence import Occurrence


@dataclass(frozen=True, slots=True)
class Text:
    """One language of a revision."""

    locale: str
    source: str
    """The file as written (LF line ends): heading line, then Markdown; placeholders included."""
    document: Document = field(compare=False, repr=False)
    """The same, parsed."""
    by_machine: bool = False
    """Whether the file says that it is a machine's draft."""

    @property
    def words(self) -> str:
        """The source as the store keeps it: without the empty lines that a marker leaves behind."""
        return self.source.lstrip("\n")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The author's wall-clock intent and the instant it resolves to."""

    local: datetime
    """Naive wall clock."""
    time_zone: str
    at: datetime
    """UTC."""
    window: timedelta = timedelta(hours=24)
    """How long after `at` the release may still go out: `publish_window`."""


SEGMENT = "segment:"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets the mail: a query, not a list."""

    who: str = "subscribers"
    """`subscribers` (of this kind), `all` (mandatory class only) or `segment:NAME`."""
    legal_basis: str = ""
    """Why the members of its segment may be written to, as the snapshot says; empty while no snapshot is known."""

    @property
    def segment(self) -> str | None:
        """The name of the segment; None for subscribers."""
        name = self.who.removeprefix(SEGMENT)
        return name if name != self.who else None


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable version of an announcement's facts and texts."""

    announcement_id: str
    kind: Kind
    facts: Facts
    texts: Mapping[str, Text]
    schedule: Schedule
    destinations: str = ""
    """The name of a set of destinations; empty for the one that the settings name."""
    audience: Audience = Audience()
    regions: Regions = EVERYWHERE
    """Where it may be read."""
    pinned_until: datetime | None = None
    """UTC; None for the end of the event, or what the place says."""
    repeats: tuple[Occurrence, ...] = ()
    """When it is posted again, as approved."""
    number: int = 0
    """0 until the store gives the next one."""
    pictures: Mapping[str, PictureFile] = field(default_factory=dict)
    """Name of the file -> picture; all that the texts show."""

    @property
    def is_preapproved(self) -> bool:
        """Whether every word was agreed on before: one text of the kind in all languages, no words among the facts."""
        said = {locale: text.words.partition("\n")[2].strip() for locale, text in self.texts.items()}
        agreed = any(
            all(known.texts.get(locale, "").strip() == words for locale, words in said.items())
            for known in self.kind.preapproved.values()
        )
        return agreed and not any(isinstance(value, Localised) for _, value in leaves(self.facts))

    def common_json(self) -> str:
        """Canonical JSON of everything but the texts; short texts among the facts are there in every language."""
        return _canonical(self._common(self.facts.model_dump(mode="json")))

    def shared_json(self) -> str:
        """The same without the words of any language: a change of it concerns all of them."""
        return _canonical(self._common(self._facts_in(None)))

    def said_in(self, locale: str) -> str:
        """Canonical JSON of what readers of one language are told, and of nothing that they do not see."""
        common = self._common(self._facts_in(locale))
        seen = {name: value for name, value in common.items() if name not in _UNSEEN}
        return _canonical({**seen, "zone": self.schedule.time_zone, "text": self.texts[locale].words})

    def _common(self, facts: Mapping[str, Any]) -> dict[str, object]:
        common: dict[str, object] = {
            "announcement": self.announcement_id,
            "kind": self.kind.name,
            "facts": facts,
            "schedule": [self.schedule.local.isoformat(), self.schedule.time_zone, self.schedule.at.isoformat()],
            "window": self.schedule.window.total_seconds(),
            "destinations": self.destinations,
            "audience": self.audience.who,
            "regions": self.regions.to_json(),
        }
        if self.pinned_until:
            common["pinned_until"] = self.pinned_until.isoformat()
        if self.repeats:
            common["repeats"] = [each.to_json() for each in self.repeats]
        return common

    def _facts_in(self, locale: str | None) -> Mapping[str, Any]:
        """The facts with the words of one language only, or of none."""
        facts: dict[str, Any] = self.facts.model_dump(mode="json")
        for path, value in leaves(self.facts):
            if isinstance(value, Localised):
                _put(facts, path, value.root.get(locale) if locale else None)
        return facts

    def to_json(self) -> str:
        """Canonical JSON of the whole revision: what the store keeps and what makes two revisions equal."""
        texts = {text.locale: text.words for text in self.texts.values()}
        pictures = {name: picture.sha256 for name, picture in self.pictures.items()}
        return _canonical({"common": json.loads(self.common_json()), "texts": texts, "pictures": pictures})

    @property
    def sha256(self) -> str:
        """Hex digest of `to_json()`."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


_UNSEEN = frozenset({"schedule", "window", "destinations", "audience", "pinned_until", "repeats"})
"""What is shared and no reader sees; of the schedule the zone alone is read, in every time."""


def _put(facts: dict[Any, Any], path: Sequence[str | int], value: object) -> None:
    *way, last = path
    for step in way:
        facts = facts[step]
    facts[last] = value


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
