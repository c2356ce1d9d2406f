"""One language of a revision, as its readers will read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from markupsafe import Markup

from publisher.channel import Finding, Format, Picture, Place, slot
from publisher.content.announcement import Revision
from publisher.content.document import Document, Paragraph, images
from publisher.content.placeholders import PlaceholderError
from publisher.rendering.direction import without_idle_marks
from publisher.rendering.environments import MARKUP
from publisher.rendering.facts import WHEN, FactRow, card, say
from publisher.rendering.formats import writer
from publisher.rendering.formats.value import Say, Shown
from publisher.rendering.locale import Wording
from publisher.rendering.mistakes import TextMistake, UnsayableValue
from publisher.rendering.plan import ANNOUNCE, CANCELLED, POSTPONED

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Written:
    """The author's text in one format: Markup where characters can mean markup, str elsewhere."""

    title: str
    summary: str
    body: str


@dataclass(frozen=True)
class LocalText:
    """Everything that all channels, stages and destinations of one language share; each piece is made once."""

    revision: Revision
    wording: Wording
    exchange: str
    site_url: str = ""
    """Where the website's pictures are; without a slash at the end."""

    @property
    def locale(self) -> str:
        return self.wording.words.locale

    @property
    def document(self) -> Document:
        return self.revision.texts[self.locale].document

    @cached_property
    def card(self) -> tuple[FactRow, ...]:
        """The facts card."""
        return card(self.revision.kind.name, self.revision.facts, self.wording)

    def card_at(self, stage: str) -> tuple[FactRow, ...]:
        """The card of a stage, which says of its time only what is known when it is walked."""
        if stage == POSTPONED:
            time = slot("postponed_to")
            return (FactRow("postponed_to", self.wording.words("postponed.label"), time, time), *self._timeless)
        if stage == CANCELLED:
            return self._timeless
        return tuple(map(_as_it_is_now, self.card)) if self.is_timed(stage) else self.card

    @property
    def _timeless(self) -> tuple[FactRow, ...]:
        return tuple(row for row in self.card if row.iso is None)

    def is_timed(self, stage: str) -> bool:
        """Whether it tells from when to when, as it holds when the stage is walked."""
        return stage not in (ANNOUNCE, POSTPONED, CANCELLED) and self.is_event

    @property
    def is_event(self) -> bool:
        """Whether it has a beginning of its own, which moves as a whole, and not several times by name."""
        return any(row.name == WHEN for row in self.card)

    def told_at(self, stage: str) -> str:
        """What a stage says instead of the summary; empty where the summary still says it."""
        if stage == POSTPONED:
            return self.wording.words("postponed.summary", time=slot("postponed_to"))
        key = f"summary.{self.revision.kind.name}.{stage}"
        values = {"number": slot("event.extension"), "reason": slot("event.reason")}
        return self.wording.words(key, **values) if key in self.wording.words else ""

    def written(self, format: Format) -> Written:
        """The author's text in `format`."""
        if format not in self._written:
            self._written[format] = self._write(format)
        return self._written[format]

    @cached_property
    def _written(self) -> dict[Format, Written]:
        return {}

    @cached_property
    def say(self) -> Say:
        return say(self.revision.facts, self.wording, self.exchange)

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """What the text shows, each once, in its order."""
        document = self.document
        shown = images((Paragraph(document.summary), *document.blocks))
        alts: dict[str, str] = {}
        for image in shown:
            alts.setdefault(image.src, image.alt)
        return tuple(dict.fromkeys(self._picture(src, alt) for src, alt in alts.items()))

    def _picture(self, src: str, alt: str) -> Picture:
        """Raises UnsayableValue."""
        file = self.revision.pictures.get(src)
        if file is None:
            raise UnsayableValue(f"the picture {src} was not read with the text")
        named = Picture(
            sha256=file.sha256, media_type=file.media_type, width=file.width, height=file.height, alt=alt, url="-"
        )
        return named.model_copy(update={"url": f"{self.site_url}/{named.path}"})

    def _show(self, src: str) -> Shown:
        picture = self._picture(src, "-")
        return Shown(picture.url, picture.width, picture.height)

    def _write(self, format: Format) -> Written:
        write = writer(format, self.say, self._show, self.wording.direction)
        mark = Markup if format in MARKUP else str
        document = self.document
        try:
            title = _SPACE.sub(" ", write.inline(document.title)).strip()
            texts = title, write.inline(document.summary), write.blocks(document.blocks)
            return Written(*(mark(without_idle_marks(text)) for text in texts))
        except PlaceholderError as error:
            raise self._mistake(error.code, error.message, error.fix) from error
        except UnsayableValue as error:
            raise self._mistake("unsayable", str(error), "change the text or the fact") from error

    def _mistake(self, code: str, message: str, fix: str) -> TextMistake:
        return TextMistake(Finding(code, message, fix, place=Place(f"{self.locale}.md")))


def _as_it_is_now(row: FactRow) -> FactRow:
    if row.name != WHEN:
        return row
    return replace(row, value=slot("event.when"), short=slot("event.when_short"), iso=slot("event.starts_at"))
