"""`[regions]` of announcement.toml -> where the announcement may be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.channel import EVERYWHERE, Finding, Regions
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.kinds.region import CODES, Groups, expanded, regions
from publisher.content.placeholders import nearest
from publisher.content.source.toml import Toml


class RegionTable(BaseModel):
    """Codes of ISO 3166-1 and names of groups."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    allow: tuple[str, ...] = Field(default=(), description="only there; without it everywhere")
    deny: tuple[str, ...] = Field(default=(), description="not there; taken from what is allowed")

    sample: ClassVar[object] = {"deny": ["US", "EEA"]}


def read_regions(
    toml: Toml, kind: Kind | None, facts: Facts | None, groups: Groups, findings: list[Finding]
) -> Regions | None:
    """Those of the table or, for a kind that has them among its facts, of these; None where they cannot be read."""
    written = toml.values.get("regions")
    if kind and kind.regions:
        if written is not None:
            findings.append(_twice(kind, toml))
        return regions(kind.regions(facts)) if facts is not None and written is None else None
    if written is None:
        return EVERYWHERE
    allow, deny = (_names(written, name) for name in ("allow", "deny"))
    wrong = list(_mistakes(toml, allow, deny, groups))
    findings.extend(wrong)
    return None if wrong else regions(expanded(allow, groups), expanded(deny, groups))


def _twice(kind: Kind, toml: Toml) -> Finding:
    message = f"the facts of an announcement of the kind {kind.name} say where it may be read"
    return Finding("regions", message, "remove `regions`; change the fact `regions`", place=toml.key(("regions",)))


def _names(written: object, name: str) -> Sequence[str]:
    """What is not as it should be, pydantic says."""
    names = written.get(name, ()) if isinstance(written, dict) else ()
    return [each for each in names if isinstance(each, str)] if isinstance(names, list) else ()


def _mistakes(toml: Toml, allow: Sequence[str], deny: Sequence[str], groups: Groups) -> Iterator[Finding]:
    if toml.values["regions"] in ({}, {"allow": []}, {"deny": []}, {"allow": [], "deny": []}):
        fix = 'write the regions, `regions = { deny = ["US"] }`, or remove it'
        yield Finding("regions", "`regions` names no region", fix, place=toml.key(("regions",)))
    unknown = [*_unknown(toml, "allow", allow, groups), *_unknown(toml, "deny", deny, groups)]
    yield from unknown
    if not unknown:
        yield from _contradictions(toml, allow, deny, groups)


def _contradictions(toml: Toml, allow: Sequence[str], deny: Sequence[str], groups: Groups) -> Iterator[Finding]:
    both = sorted(set(allow) & set(deny))
    for name in both:
        message, place = f"`{name}` is both allowed and denied", toml.value(("regions", "deny", deny.index(name)))
        yield Finding("regions", message, "take it out of one of the two lists", place=place)
    try:
        regions(expanded(allow, groups), expanded(deny, groups))
    except ValueError:
        message, place = "nobody may read it: whatever is allowed is denied too", toml.value(("regions", "deny"))
        if not both:
            yield Finding("regions", message, "deny fewer regions", place=place)


def _unknown(toml: Toml, name: str, written: Sequence[str], groups: Groups) -> Iterator[Finding]:
    for index, region in enumerate(written):
        if region not in CODES and region not in groups:
            message = f"`{region}` is neither a code of ISO 3166 nor a group of regions"
            fix = _meant(region, groups)
            yield Finding("regions", message, fix, place=toml.value(("regions", name, index)))


_OFTEN = {"UK": "GB", "EU": "EU27", "EL": "GR"}
"""What people write who mean another code."""


def _meant(region: str, groups: Groups) -> str:
    upper = region.strip().upper()
    upper = _OFTEN.get(upper, upper)
    if upper in CODES or upper in groups:
        return f"write {upper}"
    return nearest(upper, groups, "groups") + "; a country has two capital letters, such as SG"
