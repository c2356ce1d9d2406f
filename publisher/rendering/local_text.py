"""One language of a revision, as its readers will read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from publisher.channel import Finding, Format, Place
from publisher.content.announcement import Revision
from publisher.content.document import Document
from publisher.content.placeholders import PlaceholderError
from publisher.rendering.environments import MARKUP
from publisher.rendering.facts import FactRow, card, say
from publisher.rendering.formats import WRITERS
from publisher.rendering.formats.value import Say
from publisher.rendering.locale import Wording
from publisher.rendering.mistakes import TextMistake, UnsayableValue

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

    def _write(self, format: Format) -> Written:
        writer, mark = WRITERS[format](self.say), Markup if format in MARKUP else str
        document = self.document
        try:
            title = _SPACE.sub(" ", writer.inline(document.title)).strip()
            return Written(mark(title), mark(writer.inline(document.summary)), mark(writer.blocks(document.blocks)))
        except PlaceholderError as error:
            raise self._mistake(error.code, error.message, error.fix) from error
        except UnsayableValue as error:
            raise self._mistake("unsayable", str(error), "change the text or the fact") from error

    def _mistake(self, code: str, message: str, fix: str) -> TextMistake:
        return TextMistake(Finding(code, message, fix, place=Place(f"{self.locale}.md")))
