"""What lint reads: the stretches of text that an author wrote, each with its places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from publisher.channel import Place
from publisher.content.announcement import Text
from publisher.content.kinds.fact_types import Localised
from publisher.content.kinds.kind import Facts
from publisher.content.source.toml import KeyPath, Toml

HOLE = "\ufffc"
"""Stands, once per character, where a placeholder is filled later."""

# No quantifier contains another one: hostile text is read in one pass.
_PLACEHOLDER = re.compile(r"\{\{[^{}\n]*\}\}")
_SYNTAX = re.compile(
    r"(?<=\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?"  # where a link leads
    r"|^ {0,3}\[[^\]\n]+\]:[ \t]*\S+"  # the same, as a reference
    r"|\{#[a-z0-9_]*\}[ \t]*$"
    r"|^[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t])",
    re.MULTILINE,
)


LONGEST = 30_000
"""Characters of a text that are looked at: what takes a third of a second at most, in each of several languages.
Announcements have a fifth of that.
"""


@dataclass(frozen=True)
class Passage:
    """A text of one language, or of all (`locale` None)."""

    locale: str | None
    written: str
    file: str
    fact: Place | None = None
    """Where the value stands, for a fact; its places are not finer than that."""
    path: KeyPath = ()
    """Of the fact: `("facts", "reason")`; empty for a text."""

    @cached_property
    def words(self) -> str:
        """`written` as readers see it, of the same length: syntax is blank, placeholders are holes."""
        visible = _PLACEHOLDER.sub(lambda found: HOLE * len(found[0]), self.written)
        return _SYNTAX.sub(lambda found: " " * len(found[0]), visible)

    @cached_property
    def _lines(self) -> Sequence[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.written))]

    def place(self, offset: int) -> Place:
        """Of the character at `offset`."""
        if self.fact is not None:
            return self.fact
        line = bisect_right(self._lines, offset)
        return Place(self.file, line, offset - self._lines[line - 1] + 1)


def of_texts(folder: Path, texts: Mapping[str, Text]) -> Iterator[Passage]:
    """One per language file, of the first `LONGEST` characters."""
    for locale, text in texts.items():
        yield Passage(locale, text.source[:LONGEST], str(folder / f"{locale}.md"))


def of_facts(facts: Facts, toml: Toml) -> Iterator[Passage]:
    """One per text among the facts, and per language of one."""
    for path, locale, text in _texts(facts, ("facts",)):
        yield Passage(locale, text, toml.file, toml.value((*path, locale) if locale else path), path)


def _texts(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str | None, str]]:
    match value:
        case Localised():
            for locale, text in value.root.items():
                yield path, locale, text
        case str():
            yield path, None, value
        case BaseModel() | Mapping():
            for name, part in value.items() if isinstance(value, Mapping) else iter(value):
                yield from _texts(part, (*path, str(name)))
        case tuple():
            for index, part in enumerate(value):
                yield from _texts(part, (*path, index))
