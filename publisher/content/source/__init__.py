"""Folders <-> revisions: `announcement.toml` and one `<locale>.md` per language, read with every mistake found.

Nothing is stored from a folder with an error: `read` then gives no revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from publisher.channel import Finding, Place, Severity
from publisher.content.announcement import Revision, Text
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.kinds.region import GROUPS, Groups
from publisher.content.pictures import PictureFile
from publisher.content.source.bounded import bounded
from publisher.content.source.files import read_text
from publisher.content.source.header import Common, read_header
from publisher.content.source.indicators import check_indicators
from publisher.content.source.texts import check_wordings, read_texts
from publisher.content.source.toml import Toml, parse

FILE = "announcement.toml"

MAX_VALUES = 2_000
"""Of an announcement.toml; the longest list of pairs that was ever delisted has a tenth of it."""

Reading: TypeAlias = tuple[Revision | None, Sequence[Finding]]
"""A revision (warnings possible), or None and at least one error."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be read of a folder; None for what could not."""

    folder: Path
    toml: Toml | None
    facts: Facts | None
    texts: Mapping[str, Text]
    reading: Reading


def read(folder: Path, groups: Groups = GROUPS) -> Reading:
    """The revision in `folder` and everything that is wrong with it; never raises for what an author wrote.

    `groups` are the names that `regions` may use beside codes.
    """
    return read_draft(folder, groups).reading


def read_draft(folder: Path, groups: Groups = GROUPS, kinds: Mapping[str, Kind] = KINDS) -> Draft:
    """The same, and the pieces of a folder that has mistakes; `kinds` as this exchange has them."""
    findings: list[Finding] = []
    toml = _toml(folder, findings)
    common = read_header(toml, findings, groups, kinds) if toml else None
    kind, facts = (common.kind, common.facts) if common else (None, None)
    pictures: dict[str, PictureFile] = {}
    texts = read_texts(folder, kind, facts, pictures, findings)
    if toml and facts is not None:
        findings.extend(check_wordings(facts, texts, {path.stem for path in folder.glob("*.md")}, toml))
        findings.extend(check_indicators(facts, texts, str(folder), toml))
    wrong = any(finding.severity is Severity.ERROR for finding in findings)
    revision = None if wrong or common is None else _revision(common, texts, pictures)
    return Draft(folder, toml, facts, texts, (revision, bounded(findings)))


def _toml(folder: Path, findings: list[Finding]) -> Toml | None:
    text = read_text(folder / FILE, findings)
    parsed = parse(text, str(folder / FILE)) if text is not None else None
    if isinstance(parsed, Toml) and len(parsed.places) > MAX_VALUES:
        message = f"the file has {len(parsed.places):,} values, more than {MAX_VALUES:,}"
        place = Place(str(folder / FILE))
        parsed = Finding("too_large", message, "split it into several announcements", place=place)
    if isinstance(parsed, Finding):
        findings.append(parsed)
        return None
    return parsed


def _revision(common: Common, texts: Mapping[str, Text], pictures: Mapping[str, PictureFile]) -> Revision:
    kind, facts, schedule, regions = common.kind, common.facts, common.schedule, common.regions
    assert kind is not None  # without an error everything could be read
    assert facts is not None
    assert schedule is not None
    assert regions is not None
    return Revision(
        common.announcement_id,
        kind,
        facts,
        texts,
        schedule,
        common.destinations,
        common.audience,
        regions,
        pinned_until=common.pinned_until,
        repeats=common.repeats,
        pictures=pictures,
    )


def folders(root: Path) -> Sequence[Path]:
    """The folders directly below `root` that hold an announcement or a part of one, by name."""
    return sorted({path.parent for pattern in (f"*/{FILE}", "*/*.md") for path in root.glob(pattern)})


def ids(root: Path) -> Mapping[str, Sequence[Place]]:
    """Every id below `root` and where it is written: more than one place is a mistake."""
    places: dict[str, list[Place]] = {}
    for folder in folders(root):
        toml = _toml(folder, [])
        if toml and isinstance(name := toml.values.get("id"), str):
            places.setdefault(name, []).append(toml.value(("id",)))
    return places


def read_all(root: Path) -> Mapping[Path, Reading]:
    """Every announcement below `root`, by folder; an id that two folders claim is an error in each of them."""
    doubled = {Path(place.file).parent: places for places in ids(root).values() if len(places) > 1 for place in places}
    readings = {folder: read(folder) for folder in folders(root)}
    for folder, places in doubled.items():
        readings[folder] = (None, [*readings[folder][1], _doubled(folder, places)])
    return readings


def _doubled(folder: Path, places: Sequence[Place]) -> Finding:
    own = next(place for place in places if Path(place.file).parent == folder)
    others = ", ".join(str(place) for place in places if place is not own)
    fix = "give the copy its own id: `publisher new` writes one"
    return Finding("duplicate_id", f"the id is also used in {others}", fix, place=own)
