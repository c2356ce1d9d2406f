"""Discord's Markdown as its programs read it: the rules of simple-markdown with Discord's own.

At every place the first rule that matches wins; emphasis is the longest of those that match. Text goes on to the next
character that could begin a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that look alike; `styles` names how, `href` where a press leads."""

    text: str
    styles: frozenset[str] = frozenset()
    href: str = ""


_BEGINNING = re.compile(r"(?P<heading>#{1,3}) +|(?P<subtext>-#) +|(?P<quote>>>>|>) |(?P<bullet> *(?:[*+-]|[0-9]+\.) +)")
_FENCE = re.compile(r"```(?:[a-z0-9_+.#-]+?\n)?\n*([^\n].*?)\n*```", re.DOTALL | re.IGNORECASE)
_LITERAL = {
    "escape": re.compile(r"\\([^0-9A-Za-z\s])"),
    "mention": re.compile(r"(<(?:@[!&]?|#|id:|t:|a?:\w+:|/)[^>\s]+>|@everyone|@here)"),
    "autolink": re.compile(r"<([^: >]+:/[^ >]+)>"),
    "url": re.compile(r"((?:https?|steam)://[^\s<]+[^<.,:;\"')\]\s])"),
    "emoji": re.compile(r":((?:[0-9_+-]*[A-Za-z][A-Za-z0-9_+-]*|100|1234|[+-]1)):"),
    "code": re.compile(r"(`+)(.*?[^`])\1(?!`)", re.DOTALL),
}
_LINK = re.compile(r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)")
_NESTED = {
    "italic": re.compile(
        r"(?:\b_((?:__|\\.|[^\\_])+?)_\b|\*(?=\S)((?:\*\*|\\.|\s+(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*))", re.DOTALL
    ),
    "bold": re.compile(r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)", re.DOTALL),
    "underline": re.compile(r"__((?:\\.|[^\\])+?)__(?!_)", re.DOTALL),
    "strikethrough": re.compile(r"~~(?=\S)((?:\\.|~(?!~)|[^\s~]|\s(?!~~))+?)~~", re.DOTALL),
    "spoiler": re.compile(r"\|\|(.+?)\|\|", re.DOTALL),
}
_TEXT = re.compile(r".+?(?=[^0-9A-Za-z\s\u00c0-\uffff]|\w+:\S|$)", re.DOTALL)


def read(markdown: str) -> Sequence[Piece]:
    """What a reader sees."""
    return list(_blocks(markdown))


def _blocks(source: str) -> Iterator[Piece]:
    position = 0
    for fence in _FENCE.finditer(source):
        if _is_escaped(source, fence.start()):
            continue
        yield from _lines(source[position : fence.start()])
        yield Piece(fence[1], frozenset({"pre"}))
        position = fence.end()
    yield from _lines(source[position:])


def _is_escaped(source: str, place: int) -> bool:
    before = source[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _lines(source: str) -> Iterator[Piece]:
    """Paragraphs; emphasis may run over a line's end, the marks of a line's beginning may not."""
    plain: list[str] = []
    for line in source.split("\n"):
        found = _BEGINNING.match(line)
        if found is None:
            plain.append(line)
            continue
        if plain:
            yield from _inline("\n".join(plain), frozenset())
            yield Piece("\n")
            plain = []
        yield from _begun(line, found)
        yield Piece("\n")
    yield from _inline("\n".join(plain), frozenset())


def _begun(line: str, found: re.Match[str]) -> Iterator[Piece]:
    name = found.lastgroup or ""
    if name == "bullet":
        yield Piece(found[0], frozenset({name}))
        rest = line[found.end() :]
        within = _BEGINNING.match(rest)
        yield from _begun(rest, within) if within else _inline(rest, frozenset())
    else:
        yield from _inline(line[found.end() :], frozenset({name}))


def _inline(source: str, styles: frozenset[str]) -> Iterator[Piece]:
    position = 0
    while position < len(source):
        rest = source[position:]
        # A word boundary is judged with what stands before.
        taken, pieces = _literal(rest, styles) or _nested(source, position, styles) or _plain(rest, styles)
        yield from pieces
        position += taken


def _literal(rest: str, styles: frozenset[str]) -> tuple[int, Sequence[Piece]] | None:
    for name, rule in _LITERAL.items():
        if found := rule.match(rest):
            return found.end(), [_piece(name, found[found.lastindex or 0], styles)]
    return None


def _piece(name: str, text: str, styles: frozenset[str]) -> Piece:
    match name:
        case "escape":
            return Piece(text, styles)
        case "autolink" | "url":
            return Piece(text, styles, text)
    return Piece(text, styles | {name})


def _nested(source: str, position: int, styles: frozenset[str]) -> tuple[int, Sequence[Piece]] | None:
    if link := _LINK.match(source, position):
        return link.end() - position, [replace(each, href=link[2]) for each in _inline(link[1], styles)]
    found = ((name, match) for name, rule in _NESTED.items() if (match := rule.match(source, position)))
    longest = max(found, key=lambda each: len(each[1][0]), default=None)
    if longest is None:
        return None
    name, match = longest
    inside = next(group for group in match.groups() if group is not None)
    return len(match[0]), list(_inline(inside, styles | {name}))


def _plain(rest: str, styles: frozenset[str]) -> tuple[int, Sequence[Piece]]:
    found = _TEXT.match(rest)
    text = found[0] if found else rest[0]
    return len(text), [Piece(text, styles)]
