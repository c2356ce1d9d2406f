"""Takes placeholders out of a text before Markdown sees it, so that a `|` in one cannot split a table's cell.

Each `{{ ... }}` becomes a mark: two private-use characters around its number. Staff text cannot hold them
(`content.source.files` refuses them, and here they are replaced), so nobody can write a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from publisher.channel import Finding, Place
from publisher.content.document import Placeholder
from publisher.content.placeholders import PlaceholderError, parse

OPEN, CLOSE = "\uf8f0", "\uf8f1"
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")

_EXPRESSION = re.compile(r"\{\{([^{}]*)\}\}")
_TEMPLATE = re.compile(r"\{[%{#]")
ANCHOR = re.compile(r"\{#([a-z][a-z0-9_]*)\}[ \t]*$")
_SUBHEADING = re.compile(r" {0,3}#{2,6}[ \t]")

BROKEN = Placeholder(())
"""Stands for an expression that could not be read; the text has an error anyway."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks, and what they stand for, each with its place."""

    lines: Sequence[str]
    placeholders: Sequence[tuple[Placeholder, Place]]
    findings: Sequence[Finding]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def split(self, text: str) -> Iterator[str | Placeholder]:
        """Alternately plain text (maybe empty) and placeholders."""
        for index, piece in enumerate(MARK.split(text)):
            yield self.placeholders[int(piece)][0] if index % 2 else piece


def mark(source: str, file: str) -> Marked:
    """`source` with every placeholder replaced by its mark; line numbers stay the same."""
    marker = _Marker(file)
    lines = re.sub(f"[{OPEN}{CLOSE}]", "\ufffd", source).split("\n")
    return Marked([marker.line(*line) for line in enumerate(lines, 1)], marker.placeholders, marker.findings)


@dataclass
class _Marker:
    file: str
    placeholders: list[tuple[Placeholder, Place]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def line(self, number: int, line: str) -> str:
        marked = _EXPRESSION.sub(lambda found: self._mark(found, number), line)
        if "{" in marked:
            self._refuse_syntax(number, _EXPRESSION.sub(lambda found: " " * len(found[0]), line))
        return marked

    def _mark(self, found: re.Match[str], number: int) -> str:
        place = Place(self.file, number, found.start() + 1)
        try:
            placeholder = parse(found[1].strip())
        except PlaceholderError as error:
            self.findings.append(finding_at(error, place, found[0]))
            placeholder = BROKEN
        self.placeholders.append((placeholder, place))
        return f"{OPEN}{len(self.placeholders) - 1}{CLOSE}"

    def _refuse_syntax(self, number: int, line: str) -> None:
        visible = ANCHOR.sub("", line) if _SUBHEADING.match(line) else line
        for found in _TEMPLATE.finditer(visible):
            code, message, fix = _SYNTAX[found[0]]
            self.findings.append(Finding(code, message, fix, place=Place(self.file, number, found.start() + 1)))


_SYNTAX = {
    "{{": ("placeholder_syntax", "`{{` opens a placeholder that does not end on this line", "close it with `}}`"),
    "{%": (
        "template_syntax",
        "statements are not allowed in a text",
        "write the sentence, with placeholders for facts",
    ),
    "{#": (
        "anchor",
        "`{#` belongs at the end of a `##` heading, as `{#name}`",
        "use lower-case letters, digits and `_`: `## Your open orders {#open_orders}`",
    ),
}


def finding_at(error: PlaceholderError, place: Place, written: str) -> Finding:
    """The finding for a wrong placeholder `written` at `place`, pointing at the piece of it that is wrong."""
    offset = max(written.find(error.near), 0) if error.near else 0
    return Finding(error.code, error.message, error.fix, place=Place(place.file, place.line, place.column + offset))
