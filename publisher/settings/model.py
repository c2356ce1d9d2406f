"""What publisher.toml may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.networks import IPvAnyNetwork

from publisher.content.kinds.kind import Late, Quiet, Unconfirmed
from publisher.content.kinds.region import GROUPS, Groups, expanded
from publisher.settings import checks
from publisher.settings.rates import ProviderSettings

FILE_NAME = "publisher.toml"
DEFAULT_SET = "default"

Seconds = Annotated[timedelta, Field(ge=timedelta(0))]
_NAMES = Field(min_length=1)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Handle(_Table):
    network: str
    name: str
    url: str


class Exchange(_Table):
    name: str = "Example Exchange"
    """Shown on every page and in every mail."""
    postal_address: str = ""
    """Printed in the footer of every mail; the law of many places asks for it."""
    support_url: str = "https://example.com/support"
    handles: Sequence[Handle] = ()
    """The official accounts, shown to readers so that they can tell a fake."""
    domains: Sequence[str] = ()
    """Domains of its own beyond those of this file's addresses: what is near to one of them is found in texts."""


class Security(_Table):
    contacts: Sequence[Annotated[str, Field(pattern=r"^(mailto:|https://|tel:)\S+$")]] = ()
    """Whom to tell of a hole, the best first; with one, the site has a `/.well-known/security.txt`."""
    policy: str = Field("", pattern=r"^(https://\S+)?$")
    """Where it says how you handle reports."""
    encryption: str = Field("", pattern=r"^(https://\S+)?$")
    """Where your key for encrypted reports is."""


class Site(_Table):
    url: Annotated[str, AfterValidator(checks.base_url)] = "http://127.0.0.1:8080"
    """Base of every public URL; no slash at the end."""
    root: Path = Path("site")
    """Where the website's files are written and served from; relative to the workspace."""
    locales: Annotated[Sequence[str], Field(min_length=1)] = ("en-US", "zh-CN")
    """The languages of the website."""
    native_digits: Sequence[Annotated[str, AfterValidator(checks.with_own_digits)]] = ()
    """The locales that are written with their own digits, `["ar"]` for ١٢٣; the others have 123."""
    authority: str = "example.com,2026"
    """A domain and a year in which it was yours: the permanent name in the feeds' ids (RFC 4151). Never change it."""
    search: bool = True
    """Whether pages have a search field, answered by our own public listener; `false` where others serve the files."""
    cards: bool = True
    """Whether every announcement has a picture that networks and messengers show beside a link to it."""
    views: Mapping[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")], Annotated[Sequence[str], _NAMES]] = {}
    """Name -> the regions whose readers see lists of their own, where an edge keeps readers apart."""
    websub_hub: str = Field("", pattern=r"^(https?://\S+)?$")
    """A WebSub hub: feeds name it, and it is told which of them have changed."""
    security: Security = Security()


class DatabaseSettings(_Table):
    url: Annotated[str, AfterValidator(checks.database_url)] = "sqlite:///publisher.sqlite3"
    """`sqlite:///FILE` (relative to the workspace) or `postgresql://...`."""


class EncryptionSettings(_Table):
    key_command: Sequence[str] = ()
    """A command that says the data keys, one a line, as a list of its words; in place of the file."""
    hash_key_command: Sequence[str] = ()
    """The same for the hash key."""


class Web(_Table):
    public_host: str = "127.0.0.1"
    public_port: int = Field(8080, ge=0, le=65535)
    """The site, feeds and unsubscribe pages."""
    staff_host: str = "127.0.0.1"
    staff_port: int = Field(8081, ge=0, le=65535)
    """Status, for staff with a token; keep it on loopback or behind your VPN."""
    trusted_proxies: Sequence[IPvAnyNetwork] = ()
    """The proxies before the public listener whose X-Forwarded-For says where a reader comes from."""


class Subscribing(_Table):
    destination: str = ""
    """The e-mail destination whose account and sender write to those who subscribe; empty: nobody can on the pages."""
    frequencies: Annotated[Sequence[Literal["instant", "daily", "weekly"]], _NAMES] = ("instant",)
    """How often a reader may choose to hear of a kind."""
    per_network: int = Field(20, ge=1)
    """Requests from one network (a /24 or /64) in an hour; more of them write to nobody."""
    per_hour: int = Field(2_000, ge=1)
    """Letters to subscribe or to come to the preferences in an hour, all together."""


class Digests(_Table):
    destination: str = ""
    """The e-mail destination that sends digests, once a day or once a week, to readers who want them; empty: none."""
    window: Seconds = timedelta(hours=12)
    """How long after its hour a digest may still be sent, in seconds."""


class Delivery(_Table):
    link_wait: Seconds = timedelta(seconds=60)
    """How long posts and mail that link to the site wait for it, in seconds."""
    preflight: Seconds = timedelta(minutes=10)
    """How long before its time a release is looked at, in seconds; 0: never by itself."""
    drain: Seconds = timedelta(seconds=30)
    """How long a stopping worker finishes what is in flight, in seconds."""


class Mailing(_Table):
    drift: float = Field(0.2, ge=0, le=100)
    """How far the number of a mailing's readers may be from the one that people approved before it is held; 0.2 is a
    fifth."""
    stale_after: Seconds = timedelta(days=7)
    """How old a segment's newest snapshot may be before a new announcement warns of it, in seconds."""
    providers: Mapping[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")], ProviderSettings] = {}
    """How fast mailbox providers take mail, beyond and instead of those that Publisher knows."""
    rate: float | None = Field(None, gt=0)
    """Messages a second that may be expected of the relay; left out, nobody looks whether mail is in time."""
    canary: float = Field(0.01, ge=0, le=1)
    """Which share of a large audience gets it first; 0 for none. A thousand readers at the most."""
    canary_from: int = Field(10_000, ge=1)
    """The smallest audience that is large."""
    canary_wait: Seconds | None = None
    """After so many seconds the rest follows by itself, unless too many were refused; left out, a person says so."""
    refusals: float = Field(0.05, gt=0, le=1)
    """Which share of the last messages may be refused before a mailing is paused; 1 never pauses."""
    refusals_of: int = Field(200, ge=20, le=100_000)
    """How many messages that are."""


class SegmentSettings(_Table):
    url: Annotated[str, AfterValidator(checks.pull_url)]
    """Where its members are pulled from: https, or http on this machine."""
    secret_file: Path | None = None
    """A file with the secret that both sides sign with, `whsec_...`; several while it is exchanged."""
    legal_basis: Annotated[str, _NAMES]
    """Why these people may be written to."""
    keep: int = Field(ge=1, le=3650)
    """After so many days the members of a snapshot are deleted."""
    timeout: Seconds = timedelta(minutes=5)
    """How long an answer may take, in seconds."""
    max_bytes: int = Field(1_000_000_000, ge=1)
    """How long an answer may be."""


class SandboxSettings(_Table):
    host: str = "127.0.0.1"
    page_port: int = Field(8082, ge=0, le=65535)
    smtp_port: int = Field(8025, ge=0, le=65535)
    telegram_port: int = Field(8083, ge=0, le=65535)
    x_port: int = Field(8084, ge=0, le=65535)
    webhook_port: int = Field(0, ge=0, le=65535)
    discord_port: int = Field(0, ge=0, le=65535)
    """0 takes a free port."""


class Entity(_Table):
    legal_name: Annotated[str, Field(min_length=1)]
    postal_address: Annotated[str, Field(min_length=1)]
    licences: Mapping[str, str] = {}
    """Locale -> what it is licensed as, and by whom."""
    footer: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    """The version of its legal footer: the folder `footers/<entity>/<version>`."""
    on_pages: bool = False
    """Whether the footer also stands below its announcements on the website."""


class BrandSettings(_Table):
    name: Annotated[str, Field(min_length=1)]
    support_url: str = ""
    handles: Sequence[Handle] = ()


class Destination(_Table):
    account: str
    """The name of one of `[accounts]`."""
    address: str
    """Chat id, handle, From address, site URL, channel number or segment."""
    locales: Annotated[Sequence[str], Field(min_length=1)]
    options: Mapping[str, Any] = {}
    """What the channel offers; see its page in docs/channels."""
    jurisdictions: Annotated[Sequence[str] | None, Field(min_length=1), BeforeValidator(checks.jurisdictions)] = None
    """Where its readers are: codes of ISO 3166 and groups, or `unknown`."""
    entity: str = ""
    """Of `[entities]`: who answers for what is said there."""
    brand: str = ""
    """Of `[brands]`: under which name it speaks."""
    campaign: Annotated[str, AfterValidator(checks.campaign)] = ""
    """Added to the link to the announcement there, such as `utm_source=telegram`; the same for every reader."""
    quiet_hours: str = ""
    """When it is left alone, such as `22:00-07:00`, on the clocks of `time_zone`."""
    time_zone: str = ""
    gated: bool = False
    """Whether something in front of it keeps readers of some regions out: the edge that reads the edge manifest."""


class PolicyOverride(_Table):
    approvals: Mapping[str, int] | None = None
    """Group -> how many distinct people."""
    unconfirmed: Unconfirmed | None = None
    late: Late | None = None
    late_after: Seconds | None = None
    quiet: Quiet | None = None
    """`wait` where a destination has quiet hours, or `ignore` them."""
    break_glass: bool | None = None
    """Whether one person may approve alone, with a reason and an alarm."""
    required_locales: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The languages without which it is not submitted."""
    late_locales: Mapping[str, Seconds] | None = None
    """The languages that may follow it -> how long after the publication they are missed, in seconds."""
    approvals_of_supplement: Mapping[str, int] | None = None
    """Who approves a language that follows, when nothing else changes: group -> how many distinct people."""


class KindSettings(_Table):
    set: str | None = None
    """The set of destinations for an announcement of the kind that names none."""
    notice_days: int = Field(0, ge=0, le=365)
    """Days of notice at the least, for kinds that announce something to come."""


class Settings(_Table):
    """Everything an installation decides."""

    exchange: Exchange = Exchange()
    site: Site = Site()
    database: DatabaseSettings = DatabaseSettings()
    encryption: EncryptionSettings = EncryptionSettings()
    web: Web = Web()
    subscribing: Subscribing = Subscribing()
    digests: Digests = Digests()
    delivery: Delivery = Delivery()
    mailing: Mailing = Mailing()
    sandbox: SandboxSettings | None = None
    """When present, `publisher run` also runs the local twins of the outside networks."""
    channels: Mapping[str, str] = {}
    """Channels beyond the built-in ones: name -> module that defines `channel`."""
    accounts: Mapping[str, Mapping[str, Any]] = {}
    destinations: Mapping[str, Destination] = {}
    entities: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")], Entity] = {}
    """The companies of the exchange, as their mails must name them."""
    brands: Mapping[str, BrandSettings] = {}
    """Further names under which destinations speak."""
    sets: Mapping[str, Sequence[str]] = {}
    """Named sets of destinations; an announcement that names none goes to `default`."""
    segments: Mapping[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")], SegmentSettings] = {}
    """Audiences that are pulled from your own systems."""
    kinds: Mapping[str, KindSettings] = {}
    region_groups: Mapping[str, Annotated[Sequence[str], _NAMES]] = {}
    """Name -> codes of ISO 3166 and built-in groups: what `regions` and `jurisdictions` may name beside codes."""
    policies: Mapping[str, PolicyOverride] = {}
    """Kind -> what this exchange decides otherwise than the kind does."""
    templates: Path | None = None
    """A folder of kind templates instead of the built-in one."""
    announcements: Path = Path("announcements")
    footers: Path = Path("footers")
    """The legal footers, `<entity>/<version>/<locale>.md`."""
    assets: Path | None = None
    """The asset registry against which announcements are checked: `assets.csv` or `assets.jsonl`."""
    glossary: Path | None = None
    """How names of assets and products are written in each language: `glossary.csv`."""

    @property
    def groups(self) -> Groups:
        """Every name of a group of regions."""
        return {**GROUPS, **{name: expanded(members, GROUPS) for name, members in self.region_groups.items()}}

    def set_for(self, kind: str, named: str) -> str:
        """The set of destinations of an announcement: the one it names, else its kind's, else `default`."""
        chosen = self.kinds.get(kind)
        return named or (chosen and chosen.set) or DEFAULT_SET
