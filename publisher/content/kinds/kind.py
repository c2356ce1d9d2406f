"""What a kind of announcement decides: facts, blocks, titles, class, stages and policies. All of it is data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from publisher.content.kinds.languages import TEXTS, BrokenText, Spoken, spoken, with_words
from publisher.content.kinds.region import Region

FALLBACK_LOCALE = "en-US"
"""In which a reader gets what does not exist in their language."""


class MailClass(StrEnum):
    """What an unsubscribe stops (promotional, service) and what it does not (mandatory)."""

    PROMOTIONAL = "promotional"
    SERVICE = "service"
    MANDATORY = "mandatory"


class Follow(StrEnum):
    """How much a reader is mailed of what follows an announcement that they were mailed."""

    ANNOUNCEMENT = "announcement"
    """Nothing more."""
    IMPORTANT = "important"
    """What changes it."""
    EVERYTHING = "everything"

    @property
    def chosen_by(self) -> frozenset[Follow]:
        """The choices of those who are mailed what is this important."""
        return frozenset(list(Follow)[list(Follow).index(self) :])


class Facts(BaseModel):
    """The typed data of a kind, written once and used by all languages and channels. Times are aware UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sample: ClassVar[Mapping[str, object]]
    """TOML values of a realistic example; `{}` where the words of each language come (`Kind.sample`)."""

    @property
    def tickers(self) -> tuple[str, ...]:
        """The assets concerned, for lists and for machines."""
        return ()


@dataclass(frozen=True, slots=True)
class Approvals:
    """How many distinct people of which groups must approve (`any`: of any group, beside those of the others).

    The author never counts.
    """

    groups: Mapping[str, int]

    @property
    def people(self) -> int:
        return sum(self.groups.values())


class Unconfirmed(StrEnum):
    """What happens to a mail that may or may not have been accepted."""

    PARK = "park"
    RESEND_ONCE = "resend_once"


class Late(StrEnum):
    """What happens when the publishing time has passed before the release could go out."""

    SEND = "send"
    SEND_WITH_ALARM = "send_with_alarm"
    SEND_VARIANT = "send_variant"
    """The edition of the stage that is true now (`Kind.stage_at`); nothing once the last stage is over."""
    SEND_UNTIL = "send_until"
    """Sent until `Kind.late_until`, held after it."""
    HOLD = "hold"


class Quiet(StrEnum):
    """What the quiet hours of a place mean to an announcement."""

    WAIT = "wait"
    """It is sent when they end, unless that were too late."""
    IGNORE = "ignore"


ON_CALL = "on_call"
"""The group of those on duty."""

REVIEWERS = "editors"
"""The group that looks afterwards at what those on duty published by themselves."""

POSTS = frozenset({"telegram", "discord", "webhook"})
"""Where a reminder goes: an edit notifies nobody, so it is a post of its own. X, where two posts may follow an
announcement, keeps them for what changes it.
"""
REPEAT = "reminder_repeat"
"""The stage of an announcement that is posted again; as any reminder it changes nothing of the page."""
X_ONLY = frozenset({"x"})
"""Where nothing can be edited, so that a stage needs a post."""

REASONS = ("more_time", "network", "third_party", "safety")
"""Why a time is changed by those on duty: each has words in every language (`reason.<name>`)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A planned moment. `at` gives its instant from the facts, None when that fact is not set."""

    name: str
    at: Callable[[Facts], datetime | None]
    operation: Literal["publish", "amend"] = "amend"
    channels: frozenset[str] | None = None
    """The channels that take part; None for all that can do the operation."""
    posts: frozenset[str] = frozenset()
    """Of a stage that amends: the channels that cannot, and that get a post of their own instead."""
    moves_with: Literal["start", "end", "person"] = "start"
    """What it follows when the time of the event is changed; `person`: only somebody makes it come."""
    answered: bool = False
    """Whether an edit that nobody is told of is answered by a short message where the network has replies."""
    good_for: timedelta | None = None
    """How late it may still be said; None: until a later stage is due."""
    mailed: Follow | None = None
    """Of those who were mailed the announcement, who is mailed it: whoever chose this much or more; None: nobody."""


@dataclass(frozen=True, slots=True)
class Preapproved:
    """A text that was agreed on before it is needed: with it, those on duty need nobody else."""

    texts: Mapping[str, str]
    """Locale -> the Markdown below the title."""
    sample: Mapping[str, object]
    """What differs from `Kind.sample` where this text fits."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind, whole. A module in `publisher.content.kinds` makes one and the table in `__init__` lists it.

    What it says in each language stands in `texts/<locale>/` beside that module: `publisher.content.kinds.languages`.
    """

    name: str
    mail_class: MailClass
    facts: type[Facts]
    approvals: Approvals
    required_blocks: tuple[str, ...] = ()
    """Anchors (`{#open_orders}`) that every language must have."""
    forbidden_blocks: tuple[str, ...] = ()
    """Anchors that no language may have."""
    stages: tuple[Stage, ...] = ()
    """Beyond the first publication, which is always the stage `announce`."""
    state: Callable[[Facts], StrEnum] | None = None
    """What the first publication says at once instead of "scheduled"; for what is going on already."""
    wordings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Name of a text that `approvals` suffice for -> what differs from `Facts.sample` where it fits."""
    approvals_of_own_words: Approvals | None = None
    """Who must approve what none of `wordings` says; None: the same people."""
    approvals_of_supplement: Approvals | None = None
    """Who must approve a language that follows, all else being unchanged; None: the same people."""
    break_glass: bool = False
    """Whether one person may approve alone where waiting does more harm: with a reason, and an alarm."""
    unconfirmed: Unconfirmed = Unconfirmed.PARK
    resend_until: Callable[[Facts], datetime | None] | None = None
    """After this instant nothing is resent."""
    late: Late = Late.HOLD
    late_after: timedelta = timedelta(minutes=2)
    """How late is still on time."""
    late_until: Callable[[Facts], datetime | None] | None = None
    """For `SEND_UNTIL`."""
    publish_by: Callable[[Facts], datetime | None] | None = None
    """A `publish_at` after this instant is a mistake of the author."""
    notice_days: int = 0
    """Days that this exchange promises between publication and event, whatever the facts promise."""
    expires: Callable[[Facts], datetime | None] | None = None
    """After this instant nothing of it is published any more; what is already out is still amended."""
    stage_at: Callable[[Facts, datetime], str | None] | None = None
    """The stage that is true at an instant; None when all is over (for `SEND_VARIANT`)."""
    moment: Callable[[Facts], datetime | None] | None = None
    """The one instant it is about (trading opens), for facts that have no `starts_at`: a point, so it has no end."""
    regions: Callable[[Facts], Sequence[Region]] | None = None
    """For a kind whose facts say where its readers may be: an author of it writes no `regions` beside them."""
    urgent: bool = False
    quiet: Quiet | None = None
    """None: what is urgent or must be told ignores quiet hours, everything else waits."""
    review_within: timedelta | None = None
    """How soon `REVIEWERS` look at what those on duty published alone, in one of `wordings`; None: they need not."""
    postponed_by: str = ""
    """The group of which one person may put its time off, with the wording approved with it; empty: nobody may."""
    icon: str = ""
    """The one symbol that may lead a Telegram post."""
    required_locales: tuple[str, ...] = ("en-US", "zh-CN")
    late_locales: Mapping[str, timedelta] = field(default_factory=dict)
    """The languages that are expected to follow -> how long after the publication they are missed."""
    blocks_help: Mapping[str, str] = field(default_factory=dict)
    """Anchor -> what the block must tell the reader."""
    texts: Path = TEXTS
    """The folder with a folder for each language."""

    @property
    def titles(self) -> Mapping[str, str]:
        """Locale -> the pattern a title must have: `{{ network }} wallet maintenance - {{ starts_at | date }}`.

        The languages that are required come first. Raises BrokenText, as all that reads `texts` does.
        """
        return {locale: words.title for locale, words in self._spoken().items()}

    @property
    def sample_texts(self) -> Mapping[str, str]:
        """Locale -> the Markdown below the title that goes with `sample`: what `publisher new` writes."""
        return {locale: words.sample for locale, words in self._spoken().items()}

    @property
    def preapproved(self) -> Mapping[str, Preapproved]:
        """Name -> a text that `approvals` suffice for."""
        return {name: Preapproved(self._wording(name), sample) for name, sample in self.wordings.items()}

    def sample(self, locales: Collection[str] = ()) -> Mapping[str, object]:
        """TOML values of a realistic example, with the words of `locales` (all languages unless given)."""
        chosen = {locale: words.fact_words for locale, words in self._spoken().items()}
        return with_words(self.facts.sample, {locale: chosen[locale] for locale in locales or chosen})

    def _wording(self, name: str) -> Mapping[str, str]:
        """Only the languages that have it: elsewhere nothing was agreed on."""
        found = {locale: words.preapproved.get(name, "") for locale, words in self._spoken().items()}
        return {locale: text for locale, text in found.items() if text}

    def _spoken(self) -> Mapping[str, Spoken]:
        known = spoken(self.texts, self.name)
        for locale in self.required_locales:
            if locale not in known:
                raise BrokenText(f"{self.name} needs {locale}; write {self.texts / locale / self.name}.md")
        return {locale: known[locale] for locale in dict.fromkeys((*self.required_locales, *known))}
