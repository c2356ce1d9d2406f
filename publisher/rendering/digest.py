"""The mail that puts approved fragments together: sections by kind, and what happens next in the reader's zone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from markupsafe import Markup

from publisher.channel import Format
from publisher.rendering.environments import MARKUP
from publisher.rendering.fragment import Fragment, Row
from publisher.rendering.locale import Wording
from publisher.rendering.words import Words

FOLDER = "_digest"
MOST, BYTES = 30, 50_000
"""Announcements in one mail, and of their texts: Gmail hides what is beyond 102 kB."""
NEXT = 8
"""Lines of what happens next."""
VERSION = "2"
"""Of how this module puts fragments together; another one must be approved anew."""


_NOT_TO_COME = frozenset({"complete", "cancelled"})
"""Stages after which nothing of an event is still to come."""


@dataclass(frozen=True, slots=True)
class Times:
    """What holds of an event since it was told last; UTC, None where nobody knows."""

    starts_at: datetime | None
    ends_at: datetime | None
    because: str = ""
    """One of the reasons with approved words."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An announcement in a digest."""

    fragment: Fragment
    url: str
    what: str
    """`new`, `corrected`, `changed` or `retracted`."""
    stage: str
    sent: bool
    """Its readers had it at once."""
    times: Times | None = None
    """None: those of the fragment hold."""


@dataclass(frozen=True, slots=True)
class Issue:
    """The digest of everybody who gets the same."""

    day: date
    at: datetime
    """What lies before it does not happen next; UTC."""
    listed: Sequence[Listed]
    more_url: str
    """Where the rest is, when not all fits."""


@dataclass(frozen=True, slots=True)
class Line:
    """An announcement, written."""

    title: str
    url: str
    summary: str | Markup
    facts: Sequence[tuple[str, str]]
    marks: Sequence[str]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that happens next."""

    at: datetime
    when: str
    label: str
    title: str
    url: str


def digest_context(issue: Issue, wording: Wording, format: Format) -> Mapping[str, object]:
    """What the templates of `_digest` know beside brand and legal footer; `wording` has the reader's zone."""
    fitting = _fitting(issue.listed)
    sections: dict[str, list[Line]] = {}
    for each in fitting:
        sections.setdefault(each.fragment.kind, []).append(_line(each, wording, format))
    words, coming = wording.words, sorted(_coming(issue, wording), key=lambda each: each.at)[:NEXT]
    return {
        "day": wording.date(datetime.combine(issue.day, time(12), wording.zone)),
        "sections": [(kind, words(f"kind.{kind}"), lines) for kind, lines in sections.items()],
        "coming": coming,
        "more": len(issue.listed) - len(fitting),
        "more_url": issue.more_url,
        "titles": [each.fragment.title for each in fitting],
        "locale": words.locale,
        "direction": wording.direction,
        "word": words,
        "wording": wording,
    }


def layout_hash(templates: Path) -> str:
    """The version of everything that a digest says beside its fragments: templates, fixed words, and this module."""
    files = sorted([*(templates / FOLDER).glob("*.j2"), *(templates / "locale").glob("*.po")])
    found = hashlib.sha256(VERSION.encode())
    for file in files:
        name = file.relative_to(templates).as_posix()
        found.update(f"\0{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    return found.hexdigest()


def _fitting(listed: Sequence[Listed]) -> Sequence[Listed]:
    """The newest that fit one mail, in their order."""
    kept, room = list[Listed](), BYTES
    for each in reversed(listed):
        room -= len(each.fragment.model_dump_json().encode())
        if kept and (room < 0 or len(kept) == MOST):
            break
        kept.append(each)
    return kept[::-1]


def _line(each: Listed, wording: Wording, format: Format) -> Line:
    facts = [] if each.what == "retracted" else [(row.label, row.written(wording)) for row in _rows(each, wording)]
    summary = _summary(each, wording, format)
    return Line(each.fragment.title, each.url, summary, facts, list(_marks(each, wording)), each.what == "retracted")


def _summary(each: Listed, wording: Wording, format: Format) -> str | Markup:
    """The announcement's own, unless it says what is not true any more."""
    words, times = wording.words, each.times
    if each.what == "retracted":
        return words("digest.withdrawn.text")
    if times and each.stage == "postponed":
        return words("postponed.summary", time=_new_time(times, words).written(wording))
    called_off = f"summary.{each.fragment.kind}.{each.stage}"
    if times and times.because and each.stage == "cancelled" and called_off in words:
        return words(called_off, reason=words(f"reason.{times.because}"))
    return Markup(each.fragment.html) if format in MARKUP else each.fragment.summary  # noqa: S704 written for mail


def _rows(each: Listed, wording: Wording) -> Sequence[Row]:
    """The facts, with the times that hold by now: one that was announced and does not hold is not repeated."""
    rows, times = each.fragment.facts, each.times
    if times is None:
        return rows
    if each.stage == "postponed":
        return _new_time(times, wording.words), *(row for row in rows if row.starts is None)
    if each.stage == "cancelled":
        return [row for row in rows if row.starts is None]
    held = {"starts": times.starts_at, "ends": times.ends_at}
    return [row.model_copy(update=held) if row.is_span and times.starts_at else row for row in rows]


def _new_time(times: Times, words: Words) -> Row:
    moment = {"starts": times.starts_at, "ends": times.starts_at}
    return Row(label=words("postponed.label"), value=words("postponed.tba"), **moment)


def _marks(each: Listed, wording: Wording) -> Iterator[str]:
    """What must be seen before the text is read."""
    words = wording.words
    if each.what == "retracted":
        yield words("digest.withdrawn")
        return
    if each.what == "corrected":
        yield words("digest.corrected")
    if each.stage != "announce" and f"stage.{each.stage}" in words:
        yield words(f"stage.{each.stage}")
    elif each.what == "changed":
        yield words("digest.changed")
    if each.sent:
        yield words("digest.sent")


def _coming(issue: Issue, wording: Wording) -> Iterator[Coming]:
    for each in issue.listed:
        unknown = each.stage == "postponed" and each.times is None
        if each.what == "retracted" or unknown or each.stage in _NOT_TO_COME:
            continue
        for row in _rows(each, wording):
            if row.starts is not None and row.starts > issue.at:
                yield Coming(row.starts, row.written(wording), row.label, each.fragment.title, each.url)
