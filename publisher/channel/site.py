"""The website's records, and what is derived from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from publisher.channel.payload import Rendered
from publisher.channel.regions import EVERYWHERE, Regions
from publisher.channel.slots import SLOT_OPEN, UNKNOWN


class Fact(BaseModel):
    """One row of the facts card; `iso` when its value is a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    label: str
    value: str
    iso: str | None = None


class Piece(BaseModel):
    """Words that stayed, went or came."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    sort: Literal["same", "gone", "new"] = "same"


class Difference(BaseModel):
    """What reads differently in one fact or paragraph; without pieces it only says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    where: str
    """The fact's label, or the heading above the paragraph."""
    pieces: tuple[Piece, ...]

    @property
    def weight(self) -> int:
        """About the bytes it takes on a page."""
        return 80 + len(self.where.encode()) + sum(60 + len(piece.text.encode()) for piece in self.pieces)


class Told(BaseModel):
    """What readers are told of a correction, in their language."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    act: Literal["amend", "correct", "retract"]
    label: str = Field(min_length=1)
    """`Correction`."""
    reason: str = Field(min_length=1)
    """A sentence."""
    instead: str = Field(min_length=1)
    """What stands where the first copy stood, where another one is sent."""
    dangerous: bool = False

    @property
    def is_news(self) -> bool:
        """Whether it must be told by something new: an edit and a deletion go unnoticed."""
        return self.dangerous or self.act == "retract"


class Update(BaseModel):
    """A revision that replaced another one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: AwareDatetime
    differences: tuple[Difference, ...] = ()
    correction: Told | None = None
    state: str = ""
    """Of a new stage: what it is called."""


class Picture(BaseModel):
    """A picture of an announcement in one locale. `sha256` names its bytes, which a part gets when it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media_type: Literal["image/png", "image/jpeg"]
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    alt: str = Field(min_length=1)
    url: str
    """On the website."""

    @property
    def path(self) -> str:
        """Below the website's root; other bytes have another path."""
        return f"pictures/{self.sha256}.{'png' if self.media_type == 'image/png' else 'jpg'}"


def _unknown(value: object) -> object:
    """None for a time that nobody knows, or that is only known when it is sent."""
    return None if isinstance(value, str) and (value == UNKNOWN or SLOT_OPEN in value) else value


Time: TypeAlias = Annotated[AwareDatetime | None, BeforeValidator(_unknown)]


class Record(BaseModel):
    """What the website knows of one announcement in one locale: the edition's section `record`.

    `reference`, `url` and `at` (the slot `published_at`) hold slot markers until they are filled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    kind_title: str = Field(min_length=1)
    locale: str = Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    stage: str
    reference: str
    url: str
    short_url: str = ""
    """In whatever language its reader wants."""
    at: str
    title: str = Field(min_length=1)
    summary: str
    state: str = ""
    """The stage in words, where it is not the first."""
    starts_at: Time = None
    ends_at: Time = None
    pinned_until: AwareDatetime | None = None
    """As its author said; None when the end of the event, or the place, decides."""
    assets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    urgent: bool = False
    regions: Regions = EVERYWHERE
    facts: tuple[Fact, ...] = ()
    differences: tuple[Difference, ...] = ()
    """What it changes in what was published before; none in a first publication."""
    correction: Told | None = None
    """Why, where somebody said."""
    pictures: tuple[Picture, ...] = ()
    """In the order of the text, each once."""

    @property
    def is_first(self) -> bool:
        """Whether it is of the announcement itself, not of a later stage."""
        return self.stage == "announce"

    @property
    def is_reminder(self) -> bool:
        """Whether it says nothing that the announcement does not."""
        return self.stage.startswith("reminder")

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is still to come."""
        return self.stage in ("complete", "cancelled")


def record_of(rendered: Rendered) -> Record | None:
    """What is known of the announcement beside its texts; None for a channel that does not ask for it."""
    section = rendered.get("record")
    return Record.model_validate_json(section.text) if section else None


class Event(BaseModel):
    """A time of an announcement that belongs into calendars. `name` is the fact's: the same in every language."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    label: str = ""
    """The fact's; empty for the event that the announcement is about, which the title names."""
    value: str = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None


class PublishedRecord(Record):
    """A record as the website keeps it. Its bytes change only when its content does."""

    published_at: AwareDatetime
    """The first `at`: never changes again."""
    updated_at: AwareDatetime
    """The `at` of the latest content."""
    corrections: int = 0
    """How often its content changed within a stage; a new stage is news, not a correction."""
    withdrawn_at: AwareDatetime | None = None
    history: tuple[Update, ...] = ()
    """The revisions after the first, oldest first; those of long ago have their time only."""
    changes: int = 0
    """How often anything of it changed, its withdrawal included."""
    dropped: tuple[Event, ...] = ()
    """What was announced and does not hold any more."""
    event_names: tuple[str, ...] = ()
    """What calendars call its times by, in the order of its facts; empty where that follows from their order."""
    former_assets: tuple[str, ...] = ()
    """Those that it was about before it was corrected."""
    former: str = ""
    """Of an announcement from before: the path where it was, which leads here now."""
    version: str
    """Names the content of the article's page; the page carries it in `<meta name="version">`."""


@dataclass(frozen=True, slots=True)
class Change:
    """An announcement as the website shows it now, and its approved fragment of HTML."""

    record: PublishedRecord
    article: str


@runtime_checkable
class Chronicle(Protocol):
    """A channel that remembers what it made public, in order: what follows it can never be ahead of it."""

    async def published(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        """Those at positions `start` to `stop` (excluded) in the order of publication; fewer at the end."""

    async def changes(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        """The same in the order of publications, corrections and withdrawals; an announcement may be there twice."""

    async def changed(self, locale: str) -> int:
        """How many changes there were."""

    async def find(self, announcement_id: str) -> Sequence[PublishedRecord]:
        """The announcement in every locale that has it."""

    async def take(self, earlier: Sequence[Change]) -> None:
        """Adds or replaces announcements from before, in their places by date, as no change that is told to anybody;
        harmless to repeat. Raises OSError.
        """

    async def rebuild(self) -> None:
        """Shows everything anew from what it remembers; raises OSError."""


class Records(Protocol):
    """The website's records in the order of their publication there; positions never change once given.

    `kind` "" stands for all kinds of a locale.
    """

    def kinds(self, locale: str) -> Sequence[str]: ...

    def count(self, locale: str, kind: str) -> int: ...

    def slice(self, locale: str, kind: str, start: int, stop: int) -> Sequence[PublishedRecord]: ...

    def position(self, locale: str, kind: str, announcement_id: str) -> int:
        """From 0; raises KeyError."""

    def find(self, locale: str, announcement_id: str) -> PublishedRecord | None: ...

    def article(self, locale: str, announcement_id: str) -> str:
        """The approved fragment of HTML; raises KeyError."""

    def agenda(self, locale: str) -> Sequence[PublishedRecord]:
        """Those that passing time may still change (`Derive.next_turn`), however old."""


DerivedFile: TypeAlias = tuple[str, bytes | Callable[[], bytes]]
"""A path below the website's root, and what it holds. Where the path names the content, it may come as what makes it:
called only when there is no such file yet, because a picture takes long to draw.
"""


class Derive(Protocol):
    """Everything on the website, made from its records; pure.

    The order is article, lists, feeds, sitemap: a reader who follows a link never meets a page that is not there.
    """

    @property
    def locales(self) -> Sequence[str]:
        """The locales that the website has."""

    def change(self, records: Records, changed: PublishedRecord, now: datetime) -> Iterable[DerivedFile]:
        """Every file that the publication, amendment or withdrawal of `changed` (already in `records`) touches."""

    def passing(self, records: Records, now: datetime) -> Iterable[DerivedFile]:
        """Every file that the mere passing of time, or a new design, may have changed, but old articles and lists."""

    def everything(self, records: Records, now: datetime) -> Iterable[DerivedFile]:
        """The whole website, for a new design."""

    def next_turn(self, record: PublishedRecord, now: datetime) -> datetime | None:
        """When `record` next reads differently ("in progress", "completed") or has nothing ahead in calendars any
        more; None when never again.

        `datetime.max` (UTC) when it will, and nobody knows when.
        """
