"""Markdown -> `Document`: CommonMark with tables and `{#anchor}` on headings, without HTML.

Safe and quick for hostile text: nesting is bounded, no word is dropped without a finding, and raw HTML stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.channel import Finding, Place
from publisher.content.document import Document, Image, Inline, Placeholder
from publisher.content.markup.commonmark import MAX_SYNTAX, syntax, tree
from publisher.content.markup.marks import mark
from publisher.content.markup.reader import Reader


@dataclass(frozen=True, slots=True)
class Markup:
    """A parsed text and what was wrong with it."""

    document: Document
    title_place: Place
    placeholders: Sequence[tuple[Placeholder, Place]]
    images: Sequence[tuple[Image, Place]]
    anchors: Sequence[tuple[str, Place]]
    findings: Sequence[Finding]
    refused: bool = False
    """True when it is too large to be read; the finding says so."""


def parse(source: str, file: str = "", room: int = MAX_SYNTAX) -> Markup:
    """The document in `source` (LF line ends); never raises for what an author wrote.

    `room` is what other languages have left of `MAX_SYNTAX`.
    """
    if (found := syntax(source)) > room:
        return _refused(file, found)
    marked = mark(source, file)
    reader = Reader(file, source.split("\n"), marked, Place(file), list(marked.findings))
    root, too_deep = tree(marked.text)
    for lines in too_deep:
        reader.report("nesting", "emphasis and links are nested too deep", "write it plainer", lines)
    document = reader.document(root)
    return Markup(document, reader.title_place, marked.placeholders, reader.images, reader.anchors, reader.findings)


def _refused(file: str, found: int) -> Markup:
    message = (
        f"the text has {found:,} lines and characters that mean something in Markdown; "
        f"all languages together may have {MAX_SYNTAX:,}"
    )
    finding = Finding("too_large", message, "split it into several announcements", place=Place(file))
    return Markup(Document((), (), ()), Place(file), (), (), (), (finding,), refused=True)


def title_pattern(pattern: str) -> tuple[Inline, ...]:
    """A kind's title pattern as a title must be written."""
    return parse(f"# {pattern}").document.title
