"""No text leads readers to an address that it warns of: not by a link, and not by words that a program makes one of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from publisher.channel import Finding, Place
from publisher.content.announcement import Text
from publisher.content.document import (
    Block,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Image,
    Inline,
    Link,
    Listing,
    Paragraph,
    Placeholder,
    Quote,
    Rule,
    Run,
    Strong,
    Table,
)
from publisher.content.kinds.fact_types import Localised, leaves
from publisher.content.kinds.indicator import Indicator
from publisher.content.kinds.kind import Facts
from publisher.content.source.toml import Toml


def check_indicators(facts: Facts, texts: Mapping[str, Text], folder: str, toml: Toml) -> Iterator[Finding]:
    """A finding for every text and every fact in which an indicator stands live."""
    threats = {value: list(value.live()) for _, value in leaves(facts) if isinstance(value, Indicator)}
    for text in texts.values():
        for indicator in _live(threats, _said(text)):
            yield _finding(indicator, _place(f"{folder}/{text.locale}.md", text.source, threats[indicator]))
    for path, value in leaves(facts, ("facts",)):
        for indicator in _live(threats, _values(value)):
            yield _finding(indicator, toml.value(path))


def _live(threats: Mapping[Indicator, list[re.Pattern[str]]], said: Iterable[str]) -> Iterator[Indicator]:
    words = [text.casefold() for text in said]
    for indicator, patterns in threats.items():
        if any(pattern.search(text) for pattern in patterns for text in words):
            yield indicator


def _finding(indicator: Indicator, place: Place) -> Finding:
    message = f"{indicator} is an indicator, and here it is live: programs make a link of it"
    return Finding("live_indicator", message, f"write it as {indicator}, or leave it to the facts", place=place)


def _place(file: str, source: str, patterns: list[re.Pattern[str]]) -> Place:
    """Where it stands as written; the whole file when it is pieced together by markup."""
    for number, line in enumerate(source.split("\n"), 1):
        for pattern in patterns:
            if found := pattern.search(line.casefold()):
                return Place(file, number, found.start() + 1)
    return Place(file)


def _values(value: object) -> Iterable[str]:
    match value:
        case Localised(root=texts):
            return texts.values()
        case str() if not isinstance(value, Indicator):
            return (value,)
    return ()


def _said(text: Text) -> Iterator[str]:
    """What readers see and where links lead, paragraph by paragraph."""
    document = text.document
    for inlines in (document.title, document.summary, *_paragraphs(document.blocks)):
        yield _shown(inlines)
        yield from _addresses(inlines)


def _paragraphs(blocks: Iterable[Block]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Heading(_, children) | Paragraph(children):
                yield children
            case Listing(items):
                for item in items:
                    yield from _paragraphs(item)
            case Quote(children):
                yield from _paragraphs(children)
            case CodeBlock(text):
                yield (Run(text),)
            case Table(header, rows):
                for row in (header, *rows):
                    yield from row
            case Rule():
                pass


def _shown(inlines: Iterable[Inline]) -> str:
    return "".join(map(_characters, inlines))


def _characters(inline: Inline) -> str:
    match inline:
        case Run(text) | Code(text):
            return text
        case Strong(children) | Emphasis(children) | Link(_, children):
            return _shown(children)
        case Image(_, alt):
            return alt
        case Placeholder() | Break():
            return "\n"


def _addresses(inlines: Iterable[Inline]) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case Link(href, children):
                yield unquote(href)
                yield from _addresses(children)
            case Strong(children) | Emphasis(children):
                yield from _addresses(children)
            case Image(src):
                yield unquote(src)
