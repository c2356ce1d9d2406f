"""The contract between the core and every channel. Imports nothing of ours.

An *edition* (see `publisher.rendering.edition`) wraps a `Payload`: the exact request a network will receive,
except for a closed list of typed slots that only the moment of sending can know. A channel is three things:
a `Composer` (pure; text in, payload parts and findings out), an adapter (`PostingChannel` or `MailingChannel`;
speaks to one network through its SDK), and a `ChannelType` that names both.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | Sequence[Json] | None"


# --- findings ---------------------------------------------------------------------------------------------


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's files; lines and columns count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the author must or should change: what, where and how to fix it."""

    code: str
    message: str
    fix: str
    severity: Severity = Severity.ERROR
    place: Place | None = None
    about: str = ""
    """Which edition it concerns, such as `x/en-US`; empty when it concerns the source."""


# --- slots ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlotType:
    """What may fill a slot: at most `max_bytes` of UTF-8 that match `pattern` whole.

    The patterns admit no character that means something in HTML, JSON, SMTP or a mail header, so filling
    needs no escaping in any format and cannot inject.
    """

    max_bytes: int
    pattern: str
    sample: str


_URL = r"https?://[A-Za-z0-9._~:/\[\]?=%@+-]+"

SLOTS: Mapping[str, SlotType] = {
    "reference": SlotType(16, r"ANN-[0-9]{4}-[0-9]{5,7}", "ANN-2026-00042"),
    "url": SlotType(160, _URL, "https://example.com/en-US/ANN-2026-00042"),
    "published_at": SlotType(20, r"[0-9T:-]{19}Z", "2026-12-03T02:00:00Z"),
    "date": SlotType(31, r"[A-Za-z0-9,:+ -]+", "Thu, 03 Dec 2026 02:00:00 +0000"),
    "message_id": SlotType(160, r"<[A-Za-z0-9._-]+@[A-Za-z0-9.-]+>", "<a1b2@example.com>"),
    "previous.id": SlotType(64, r"[0-9]+", "1234567890123456789"),
    "dkim": SlotType(1400, r"[A-Za-z0-9;:=,./+ \r\n\t_@-]+", "v=1; a=rsa-sha256"),
    "recipient.address": SlotType(254, r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+", "reader@example.com"),
    "recipient.anti_phishing_code": SlotType(32, r"[A-Za-z0-9]{4,32}", "12345678"),
    "recipient.unsubscribe_url": SlotType(200, _URL, "https://example.com/u/0123456789abcdef"),
    "recipient.preferences_url": SlotType(200, _URL, "https://example.com/p/0123456789abcdef"),
}
"""The closed list. A name outside it cannot be written, a value outside its type cannot be sent."""

Slots: TypeAlias = Mapping[str, str]

# Private-use characters: refused in staff text (content.source), so nobody can type a slot by accident or on purpose.
SLOT_OPEN, SLOT_CLOSE = "\ue000", "\ue001"
SLOT_MARKER = re.compile(f"{SLOT_OPEN}([a-z_.]+){SLOT_CLOSE}")


class SlotError(ValueError):
    """A slot that is unknown, missing or holds a value outside its type."""


def slot(name: str) -> str:
    """The marker that stands for slot `name` in a frozen payload; raises SlotError for an unknown name."""
    if name not in SLOTS:
        raise SlotError(f"unknown slot {name!r}; the slots are {', '.join(SLOTS)}")
    return f"{SLOT_OPEN}{name}{SLOT_CLOSE}"


def slot_names(text: str) -> frozenset[str]:
    """The slots whose markers stand in `text`."""
    return frozenset(SLOT_MARKER.findall(text))


def slot_value(name: str, slots: Slots) -> str:
    """The checked value for slot `name`; raises SlotError when it is missing or not of its type."""
    value, kind = slots.get(name), SLOTS.get(name)
    if value is None or kind is None:
        raise SlotError(f"no value for slot {name!r}")
    if len(value.encode()) > kind.max_bytes or not re.fullmatch(kind.pattern, value):
        raise SlotError(
            f"the value for slot {name!r} is not of its type (at most {kind.max_bytes} bytes, {kind.pattern})"
        )
    return value


def fill_text(text: str, slots: Slots) -> str:
    """`text` with every marker replaced; raises SlotError (see `slot_value`)."""
    return SLOT_MARKER.sub(lambda found: slot_value(found[1], slots), text)


def fill(content: Json, slots: Slots) -> Json:
    """`content` with every marker in every string replaced; keys are left alone; raises SlotError."""
    if isinstance(content, str):
        return fill_text(content, slots)
    if isinstance(content, Mapping):
        return {key: fill(value, slots) for key, value in content.items()}
    if isinstance(content, Sequence):
        return [fill(item, slots) for item in content]
    return content


# --- what is rendered, and what is sent ---------------------------------------------------------------------


class Format(StrEnum):
    """How a section's text is written; decides escaping and the tree renderer. `markup` of a format is final."""

    WEB_HTML = "web_html"
    EMAIL_HTML = "email_html"
    TELEGRAM_HTML = "telegram_html"
    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Section:
    """A named piece of rendered text; may hold slot markers."""

    format: Format
    text: str


Rendered: TypeAlias = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an edition goes. `address` is a chat id, a handle, a From address or a site's base URL."""

    destination: str
    channel: str
    account: str
    address: str
    locale: str
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a payload; `content` is everything the adapter needs, JSON only, slots as markers."""

    name: str
    content: Mapping[str, Json]


Parts: TypeAlias = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Payload:
    """What is approved and what is sent: parts, target, and the slots with their limits."""

    target: Target
    parts: tuple[Part, ...]

    @property
    def slots(self) -> Mapping[str, int]:
        """Slot name -> maximum bytes, for every marker in the parts."""
        text = _canonical([dict(part.content) for part in self.parts])
        return {name: SLOTS[name].max_bytes for name in sorted(slot_names(text))}

    def to_json(self) -> str:
        """Canonical JSON (sorted keys, no spaces, UTF-8 characters as they are): what the hash covers."""
        target = {name: getattr(self.target, name) for name in Target.__slots__}
        parts = [{"name": part.name, "content": part.content} for part in self.parts]
        return _canonical({"target": target, "parts": parts, "slots": self.slots})

    @property
    def sha256(self) -> str:
        """Hex digest of `to_json()`."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Payload:
        """The inverse of `to_json`; raises ValueError (KeyError, TypeError) for anything else."""
        data: dict[str, Any] = json.loads(text)
        parts = tuple(Part(part["name"], part["content"]) for part in data["parts"])
        return cls(Target(**data["target"]), parts)


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- what a channel can do ----------------------------------------------------------------------------------


class Unit(StrEnum):
    WEIGHTED = "weighted"
    UTF16 = "utf16"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Limit:
    unit: Unit
    maximum: int


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` sends in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the network allows; data for `check`, pacing, waves and the fallbacks of corrections."""

    sections: Mapping[str, Format]
    """The sections the composer wants rendered, and their formats."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    wave: int = 2
    """1 site, 2 posts, 3 mail."""
    amends: bool = False
    amend_within: float | None = None
    """Seconds after sending; None means no limit. The same for `retract_within`."""
    retracts: bool = False
    retract_within: float | None = None
    repeatable: bool = False
    """True when sending the same part twice has the effect of sending it once (then a crash is simply repeated)."""
    probes: bool = False
    links_to_site: bool = True
    """Waits for the website (at most `link_wait`) because what it sends links there."""
    account_rate: Rate | None = None
    target_rate: Rate | None = None


# --- what came of it -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receipt:
    """What proves a sent part: the network's ids (message ids, post ids) and a public URL where there is one."""

    part: str
    ids: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The network has it. `rest`: seconds the account must now be left alone (from the network's headers)."""

    receipt: Receipt
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Certainly not sent; may be tried again, not before `after` seconds when the network said so."""

    reason: str
    after: float | None = None
    scope: Literal["target", "account"] = "target"
    """Who must wait: this target, or everything sent through the account."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Certainly not sent and will never be; `disable_target`: neither will anything else to this target."""

    reason: str
    disable_target: bool = False


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """May have been sent: nobody can tell. Never tried again blindly."""

    reason: str


Outcome: TypeAlias = Delivered | Retry | Rejected | Unconfirmed


@dataclass(frozen=True, slots=True)
class Absent:
    """The network was read back and does not have it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The network could not be read back."""

    reason: str


# --- composers and adapters ------------------------------------------------------------------------------------


class Composer(Protocol):
    """Pure: no SDK, no secret, no clock, no file."""

    capabilities: Capabilities

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """The requests that will be sent, in order: splits, numbers, assembles."""

    def check(self, parts: Parts) -> Sequence[Finding]:
        """What the network would refuse or mangle, with slots at their greatest length."""


class PostingChannel(Protocol):
    """Sends one part at a time. `part` has its slots filled; `receipts` are those of the parts already sent.

    Never raises for what the network or the wire does: every such thing is an Outcome.
    "Not sent for certain" (DNS, connect, pool time-out, 429, 4xx) is Retry or Rejected; "may have been sent"
    (read time-out, 5xx, a cut after the request) is Unconfirmed. Never the reverse.
    """

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome: ...

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Replaces the sent part of the same name by `part`; repeating it is harmless."""

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Removes the sent part; "already gone" is Delivered."""

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        """Reads back whether `part`, first tried at `since` (UTC), is there."""

    async def close(self) -> None: ...


@runtime_checkable
class Refreshing(Protocol):
    """A channel whose published things change as time passes: the website's "happening now"."""

    async def refresh(self) -> datetime | None:
        """Makes it true for now; the instant at which it must be called again, None when nothing is to come."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One reader of a mailing: the ledger's row id, the envelope address and the reader's slots."""

    recipient_id: int
    address: str
    slots: Slots = field(repr=False)


class MailingChannel(Protocol):
    """Sends one edition to many readers, each its own message and envelope."""

    def send_group(self, payload: Payload, group: Iterable[Addressee]) -> AsyncIterator[tuple[int, Outcome]]:
        """Yields each recipient's id and outcome as it is known; every member of `group` exactly once.

        `Receipt.ids` holds the Message-ID. Never raises for what the relay or the wire does.
        """

    async def close(self) -> None: ...


# --- the website's derived pages ---------------------------------------------------------------------------------


class Fact(BaseModel):
    """One row of the facts card; `iso` when its value is a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    label: str
    value: str
    iso: str | None = None


class Record(BaseModel):
    """What the website knows of one announcement in one locale: the edition's section `record`.

    `reference`, `url` and `at` (the slot `published_at`) hold slot markers until they are filled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    kind_title: str = Field(min_length=1)
    locale: str = Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    revision: int = Field(ge=1)
    stage: str
    reference: str
    url: str
    at: str
    title: str = Field(min_length=1)
    summary: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    assets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    urgent: bool = False
    facts: tuple[Fact, ...] = ()


class PublishedRecord(Record):
    """A record as the website keeps it. Its bytes change only when its content does."""

    published_at: AwareDatetime
    """The first `at`: never changes again."""
    updated_at: AwareDatetime
    """The `at` of the latest content."""
    first_revision: int
    withdrawn_at: AwareDatetime | None = None
    version: str
    """Names the content of the article's page; the page carries it in `<meta name="version">`."""


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


DerivedFile: TypeAlias = tuple[str, bytes]
"""A path below the website's root, and what it holds."""


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
        """When `record` next reads differently ("in progress", "completed"); None when never again.

        `datetime.max` (UTC) when it will, and nobody knows when.
        """


# --- registration ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tools:
    """What the composition root lends to an adapter."""

    now: Callable[[], datetime]
    derive: Derive


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What a channel's module registers under the name `channel`.

    `Options` validates a destination's own settings, `Account` its account's (secrets are `SecretStr`).
    `connect` imports the SDK and opens nothing yet; it is called once per account in the worker only, so an unused
    SDK is never imported and `check` starts fast. Exactly one of `connect_posting`, `connect_mailing` is set.
    """

    name: str
    composer: Composer
    Options: type[BaseModel]
    Account: type[BaseModel]
    connect_posting: Callable[[Any, Tools], PostingChannel] | None = None
    connect_mailing: Callable[[Any, Tools], MailingChannel] | None = None
