"""announcement.toml -> what all languages share: kind, facts, schedule, audience."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.types import Strict
from pydantic_core import PydanticCustomError

from publisher.channel import Finding, Regions
from publisher.content.announcement import Audience, Schedule
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Facts, Kind, MailClass
from publisher.content.kinds.region import GROUPS, Groups
from publisher.content.placeholders import nearest
from publisher.content.recurrence import Occurrence
from publisher.content.source.files import describe, refused
from publisher.content.source.regions import RegionTable, read_regions
from publisher.content.source.repeat import RepeatTable, read_repeat
from publisher.content.source.times import Times
from publisher.content.source.toml import KeyPath, Toml
from publisher.content.source.validation import Table
from publisher.wall_time import WallTimeError, zone

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _window(text: object) -> object:
    found = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", text) if isinstance(text, str) else None
    if found is None:
        raise PydanticCustomError("window", "should be a number of minutes, hours or days such as 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _known_zone(name: str) -> str:
    try:
        return zone(name).key
    except WallTimeError as error:
        raise PydanticCustomError("time_zone", "{said}", {"said": str(error)}) from error


def _known_audience(who: str) -> str:
    if not re.fullmatch(r"subscribers|all|segment:[a-z0-9][a-z0-9_-]{0,63}", who):
        raise PydanticCustomError("audience", "should be subscribers, all, or a segment such as segment:holders-eth")
    return who


class Header(BaseModel):
    """The keys above [facts]."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]{2,63}$")] = Field(
        description="written by `publisher new`, never changed and never used twice"
    )
    kind: str = Field(description=f"one of {', '.join(KINDS)}")
    publish_at: Annotated[datetime, Strict()] = Field(description="when it is published, wall clock in `time_zone`")
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        description="the IANA zone of every time in the file"
    )
    publish_window: Annotated[timedelta, BeforeValidator(_window)] = Field(
        default=timedelta(hours=24), description="how long after `publish_at` it may still go out"
    )
    pinned_until: Annotated[datetime, Strict()] | None = Field(
        default=None,
        description="until when it stays pinned where it is; without it, the end of the event or the place decides",
    )
    destinations: Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_-]*$")] = Field(
        default="", description="the name of a set of destinations in publisher.toml; without one, the kind's own"
    )
    audience: Annotated[str, AfterValidator(_known_audience)] = Field(
        default="subscribers",
        description="who gets the mail; `all` only for kinds of the mandatory class, or `segment:NAME`",
    )
    regions: RegionTable | None = Field(default=None, description="where it may be read; without it, everywhere")
    fold: Mapping[str, Literal[0, 1]] = Field(
        default={}, description="for a time that the clocks show twice: 0 the earlier, 1 the later"
    )

    repeat: RepeatTable | None = Field(
        default=None, description="when it is posted again, at the same hour; without it, once"
    )

    sample: ClassVar[Mapping[str, object]] = {
        "id": "a-k3v9xq2m7t",
        "kind": "maintenance",
        "publish_at": datetime(2026, 12, 1, 10, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "time_zone": "Asia/Singapore",
        "publish_window": "24h",
        "pinned_until": datetime(2026, 12, 4, 9, 0),  # noqa: DTZ001 the same
        "destinations": "default",
        "audience": "subscribers",
        "regions": {"deny": ["US", "EEA"]},
        "fold": {"starts_at": 0},
        "repeat": {"every": "week", "on": ["mon"], "count": 4},
    }


@dataclass(frozen=True, slots=True)
class Common:
    """What could be read of the file; None where it could not."""

    announcement_id: str
    kind: Kind | None
    facts: Facts | None
    schedule: Schedule | None
    pinned_until: datetime | None
    destinations: str
    audience: Audience
    regions: Regions | None
    repeats: tuple[Occurrence, ...] = ()
    """When it comes again."""


def read_header(
    toml: Toml, findings: list[Finding], groups: Groups = GROUPS, kinds: Mapping[str, Kind] = KINDS
) -> Common:
    """Everything in the file that is right; everything that is wrong goes to `findings`."""
    findings.extend(_characters(toml.values, (), toml, frozenset(toml.source)))
    header = _header(toml, findings)
    kind = _kind(toml, findings, kinds)
    raw_zone, raw_fold = toml.values.get("time_zone"), toml.values.get("fold")
    times = Times(toml, _zone_name(raw_zone), raw_fold if isinstance(raw_fold, dict) else {})
    publish_at, pinned_until = (_instant(toml, times, name) for name in ("publish_at", "pinned_until"))
    facts = _facts(toml, kind, times, findings)
    regions = read_regions(toml, kind, facts, groups, findings)
    times.check_fold()
    findings.extend(times.findings)
    if header is None or publish_at is None or times.failed:
        return Common("", kind, None if times.failed else facts, None, None, "", Audience(), regions)
    schedule = Schedule(header.publish_at, header.time_zone, publish_at, header.publish_window)
    if pinned_until is not None and pinned_until <= publish_at:
        message, fix = "`pinned_until` is not later than `publish_at`", "write a later time, or leave it out"
        findings.append(Finding("pinned_until", message, fix, place=toml.value(("pinned_until",))))
    _check_together(toml, header, schedule, kind, facts, findings)
    repeats = read_repeat(toml, header.repeat, schedule, kind, facts, findings)
    audience = Audience(header.audience)
    return Common(header.id, kind, facts, schedule, pinned_until, header.destinations, audience, regions, repeats)


def _header(toml: Toml, findings: list[Finding]) -> Header | None:
    above = {key: value for key, value in toml.values.items() if key != "facts"}
    try:
        return Header.model_validate(above)
    except ValidationError as error:
        kind = _kind(toml, [])
        elsewhere = kind.facts.model_fields if kind else {}
        findings.extend(Table(toml, (), Header, Header.sample, elsewhere).findings(error))
        return None


def _kind(toml: Toml, findings: list[Finding], kinds: Mapping[str, Kind] = KINDS) -> Kind | None:
    name = toml.values.get("kind")
    if isinstance(name, str) and name not in kinds:
        fix = nearest(name, kinds, "kinds")
        findings.append(Finding("unknown_kind", f"there is no kind `{name}`", fix, place=toml.value(("kind",))))
    return kinds.get(name) if isinstance(name, str) else None


def _zone_name(name: object) -> str | None:
    try:
        return zone(name).key if isinstance(name, str) else None
    except WallTimeError:
        return None


def _instant(toml: Toml, times: Times, name: str) -> datetime | None:
    local = toml.values.get(name)
    return times.instant(local, (name,)) if isinstance(local, datetime) else None


def _facts(toml: Toml, kind: Kind | None, times: Times, findings: list[Finding]) -> Facts | None:
    values = toml.values.get("facts", {})
    if not isinstance(values, dict):
        fix = "begin a line with [facts] and write the facts below it"
        findings.append(Finding("wrong_value", "`facts` is not a table", fix, place=toml.value(("facts",))))
        return None
    aware = times.aware(values, ("facts",))
    if kind is None:
        return None
    try:
        return kind.facts.model_validate(aware)
    except ValidationError as error:
        table = Table(toml, ("facts",), kind.facts, kind.sample(kind.required_locales), Header.model_fields)
        findings.extend(finding for finding in table.findings(error) if not _follows(finding, times))
        return None


def _follows(finding: Finding, times: Times) -> bool:
    """True for the order of times when a time itself is wrong: its finding says enough."""
    return times.failed and "must be later than" in finding.message


def _check_together(
    toml: Toml, header: Header, schedule: Schedule, kind: Kind | None, facts: Facts | None, findings: list[Finding]
) -> None:
    if kind is None:
        return
    if header.audience == "all" and kind.mail_class is not MailClass.MANDATORY:
        message = f"`all` would mail a {kind.name} ({kind.mail_class}) to people who left it"
        place = toml.value(("audience",))
        findings.append(Finding("audience", message, 'write `audience = "subscribers"`', place=place))
    latest = kind.publish_by(facts) if facts is not None and kind.publish_by else None
    lacking = timedelta(days=max(kind.notice_days - getattr(facts, "notice_days", 0), 0))
    if latest is not None and schedule.at > latest - lacking:
        latest -= lacking
        shown = latest.astimezone(zone(schedule.time_zone)).replace(tzinfo=None).isoformat(timespec="seconds")
        rule = f"the {kind.notice_days} days of notice that this exchange gives allow"
        message = f"`publish_at` is later than {rule if lacking else 'the facts allow'}"
        fix = f"publish it at {shown} or earlier, or change the facts"
        findings.append(Finding("publish_at", message, fix, place=toml.value(("publish_at",))))


def _characters(value: object, path: KeyPath, toml: Toml, told: frozenset[str]) -> Iterator[Finding]:
    """Characters that came in through an escape (backslash, u, e000); those of the file itself are `told`."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _characters(part, (*path, key), toml, told)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _characters(part, (*path, index), toml, told)
    elif isinstance(value, str):
        for char in {char for _, _, char in refused(value)} - told:
            message = f"{describe(char)} is not allowed"
            yield Finding("character", message, "delete it; it is invisible", place=toml.value(path))
