"""The document tree: what a text says, free of any output format. `markup` makes it, `rendering.formats` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{{ starts_at | datetime }}`: a fact by name or attribute path, through white-listed filters with constants."""

    path: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str | int | float | bool, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Plain characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """`href` is absolute http(s) or mailto; checked when the source is read."""

    href: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """`src` is the name of a file in the announcement's folder; `alt` is never empty."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class Break:
    """A line break inside a paragraph."""


Inline: TypeAlias = Placeholder | Run | Strong | Emphasis | Code | Link | Image | Break


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 2 to 4 (1 is the title, kept apart); `anchor` from `{#name}`, or empty."""

    level: int
    children: tuple[Inline, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `start` None for bullets, else the first number."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `header`."""

    header: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""


Block: TypeAlias = Heading | Paragraph | Listing | Quote | CodeBlock | Table | Rule


@dataclass(frozen=True, slots=True)
class Document:
    """One language's text: the title's inlines, the summary (first paragraph) and the blocks after the summary."""

    title: tuple[Inline, ...]
    summary: tuple[Inline, ...]
    blocks: tuple[Block, ...]


def images(nodes: Iterable[Block | Inline]) -> Iterator[Image]:
    """Every image below `nodes`, in reading order."""
    for node in nodes:
        match node:
            case Image():
                yield node
            case Strong(children) | Emphasis(children) | Link(_, children) | Paragraph(children) | Quote(children):
                yield from images(children)
            case Heading(_, children):
                yield from images(children)
            case Listing(items):
                yield from (image for item in items for image in images(item))
            case Table(header, rows):
                yield from (image for row in (header, *rows) for cell in row for image in images(cell))
