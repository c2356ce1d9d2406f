"""What a digest says of an announcement: frozen with its release, put beside others by the digest's layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from publisher.channel import Format, Part
from publisher.rendering.facts import FactRow, iso
from publisher.rendering.local_text import LocalText
from publisher.rendering.locale import Wording

FRAGMENT = "fragment"
"""The name of its part, and of the field in which it stands."""
FACTS, TIMES = 4, 4
"""Rows of the card that a digest has, and times beyond those; the rest is on the page."""


class Row(BaseModel):
    """A fact: a time is written anew in the reader's zone; all others, and times inside words, stand as approved."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    label: str
    value: str
    starts: datetime | None = None
    ends: datetime | None = None
    """None beside a beginning: nobody knows it yet."""

    @property
    def is_span(self) -> bool:
        """Whether it says from when to when; a moment ends as it begins."""
        return self.starts is not None and self.starts != self.ends

    def written(self, wording: Wording) -> str:
        """`wording` writes the times of the reader's zone."""
        if self.starts is None:
            return self.value
        return wording.since(self.starts) if self.ends is None else wording.span(self.starts, self.ends)


class Fragment(BaseModel):
    """An announcement in one language, as short as it can be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    title: str
    summary: str
    html: str
    """The summary, for mail."""
    facts: tuple[Row, ...]


def fragment_part(text: LocalText) -> Part:
    """The part that is approved."""
    plain, mail = text.written(Format.PLAIN), text.written(Format.EMAIL_HTML)
    made = Fragment(
        kind=text.revision.kind.name,
        title=plain.title,
        summary=plain.summary,
        html=str(mail.summary),
        facts=tuple(_key_facts(list(_rows(text)))),
    )
    return Part(FRAGMENT, {FRAGMENT: made.model_dump(mode="json")})


def fragment_of(part: Part) -> Fragment:
    """Raises ValueError for any other part."""
    return Fragment.model_validate(part.content[FRAGMENT])


def drawn(fragment: Fragment) -> Markup:
    """For the preview."""
    rows = Markup().join(Markup("<li>{}: {}</li>").format(row.label, row.value) for row in fragment.facts)
    summary = Markup(fragment.html)  # noqa: S704 made by the same writer as the mail
    return Markup("<p>{}</p><ul>{}</ul>").format(summary, rows)


def _key_facts(rows: Sequence[Row]) -> Iterator[Row]:
    yield from rows[:FACTS]
    yield from [row for row in rows[FACTS:] if row.starts is not None][:TIMES]


def _rows(text: LocalText) -> Iterator[Row]:
    facts = text.revision.facts
    for row in text.card:
        if row.iso is None:
            yield Row(label=row.label, value=row.value)
        elif row.name == "when":
            yield Row(label=row.label, value=row.value, starts=_moment(row.iso), ends=getattr(facts, "ends_at", None))
        else:
            yield _moment_row(row, text.wording)


def _moment_row(row: FactRow, wording: Wording) -> Row:
    """A time that stands alone; one inside other words stays as it is written."""
    moment = _moment(row.iso or "")
    alone = row.short == wording.datetime(moment)
    times = {"starts": moment, "ends": moment} if alone else {}
    return Row(label=row.label, value=row.value, **times)


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    assert iso(moment) == written
    return moment
