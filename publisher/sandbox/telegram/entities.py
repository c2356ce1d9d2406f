"""Telegram's HTML, read as strictly as the Bot API reads it, and the lengths that follow from it.

Source: core.telegram.org/bots/api#html-style; the refusals are worded as the server words them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from publisher.measure import utf16

Entity: TypeAlias = "dict[str, str | int]"

_TYPES: Mapping[str, str] = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "tg-spoiler": "spoiler", "span": "spoiler", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7})));?")
_ATTRIBUTE = re.compile(r"""([^\s=>]*)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]*)))?""")
_LINK = re.compile(r"(?:https?|tg|tonsite)://\S+|(?:mailto|tel):\S+|[\w-]+(?:\.[\w-]+)+\S*")
_FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"]*[^\s<>\".,:;!?)\]。，]")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,255}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}\b")),
)


class MarkupError(ValueError):
    """Text the server refuses to parse; the message is what follows "can't parse entities: "."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Plain text and what holds in it; offsets and lengths in UTF-16 units."""

    text: str
    entities: Sequence[Entity] = ()


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    piece: int
    more: Entity = field(default_factory=dict)


def parse_html(source: str) -> Marked:
    """Text and entities of Telegram's HTML; raises MarkupError."""
    return _Reader(source).read()


def strip(marked: Marked) -> Marked:
    """What is kept of a message: no white space around it, entities cut to it, links and tags found in it."""
    text = marked.text.rstrip()
    lead = len(text) - len(text.lstrip())
    text, end = text[lead:], utf16(text[lead:])
    kept: list[Entity] = []
    for entity in marked.entities:
        start = max(0, int(entity["offset"]) - lead)
        stop = min(end, int(entity["offset"]) + int(entity["length"]) - lead)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return Marked(text, sorted(kept + _found(text, kept), key=_place))


def _found(text: str, taken: Sequence[Entity]) -> list[Entity]:
    """The links, mentions and tags that clients make of plain text, outside links and code."""
    closed = [entity for entity in taken if entity["type"] in ("text_link", "code", "pre")]
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            entity: Entity = {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
            if not any(_overlap(entity, other) for other in [*closed, *found]):
                found.append(entity)
    return found


def _overlap(one: Entity, other: Entity) -> bool:
    start, begin = int(one["offset"]), int(other["offset"])
    return start < begin + int(other["length"]) and begin < start + int(one["length"])


def _place(entity: Entity) -> tuple[int, int]:
    return int(entity["offset"]), -int(entity["length"])


class _Reader:
    """One pass over the source."""

    def __init__(self, source: str) -> None:
        self._source, self._at = source, 0
        self._text: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> Marked:
        while self._at < len(self._source):
            match self._source[self._at]:
                case "<":
                    self._tag()
                case "&":
                    self._reference()
                case _:
                    self._plain()
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return Marked("".join(self._text), sorted(self._entities, key=_place))

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._length += utf16(text)

    def _plain(self) -> None:
        end = next((i for i in range(self._at, len(self._source)) if self._source[i] in "<&"), len(self._source))
        self._add(self._source[self._at : end])
        self._at = end

    def _reference(self) -> None:
        text, self._at = _referenced(self._source, self._at)
        self._add(text)

    def _tag(self) -> None:
        if self._source.startswith("</", self._at):
            self._end_tag()
        else:
            self._start_tag()

    def _byte(self, position: int | None = None) -> int:
        return len(self._source[: self._at if position is None else position].encode())

    def _start_tag(self) -> None:
        name = re.compile(r"<([^\s>]*)").match(self._source, self._at)
        assert name is not None
        tag, end = name[1].lower(), name.end()
        if end == len(self._source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte()}")
        if tag not in _TYPES:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._byte()}')
        attributes, end = self._attributes(tag, end)
        self._open.append(_Open(tag, self._length, len(self._text), _details(tag, attributes, self._byte())))
        self._at = end + 1

    def _attributes(self, tag: str, at: int) -> tuple[dict[str, str], int]:
        """The attributes from `at` on, and where the `>` is."""
        found: dict[str, str] = {}
        while True:
            at += len(self._source[at:]) - len(self._source[at:].lstrip())
            if self._source.startswith(">", at):
                return found, at
            name, value, at = self._attribute(tag, at)
            found[name] = value

    def _attribute(self, tag: str, at: int) -> tuple[str, str, int]:
        match = _ATTRIBUTE.match(self._source, at)
        assert match is not None
        if match.end() >= len(self._source):
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._byte()}')
        if not match[1]:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte()}')
        if match[4] is not None and not re.match(r"[\s>]", self._source[match.end()]):
            if self._source[match.end()] in "\"'":
                raise MarkupError(f"Unclosed start tag at byte offset {self._byte()}")
            raise MarkupError(f"Unexpected end of name token at byte offset {self._byte(match.start(4))}")
        value = match[2] if match[2] is not None else match[3] if match[3] is not None else (match[4] or "").lower()
        return match[1].lower(), _decoded(value), match.end()

    def _end_tag(self) -> None:
        if not self._open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._byte()}")
        found = re.compile(r"</([^\s>]*)\s*(>?)").match(self._source, self._at)
        assert found is not None
        if not found[2]:
            raise MarkupError(f"Unclosed end tag at byte offset {self._byte()}")
        last = self._open.pop()
        if found[1] and found[1].lower() != last.tag:
            expected = f'expected "</{last.tag}>", found "</{found[1]}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {self._byte()}, {expected}")
        self._at = found.end()
        self._close(last)

    def _close(self, last: _Open) -> None:
        entity: Entity = {"type": _TYPES[last.tag], "offset": last.start, "length": self._length - last.start}
        entity |= last.more
        match last.tag:
            case "a":
                entity["url"] = entity["url"] or "".join(self._text[last.piece :])
                if not _LINK.fullmatch(str(entity["url"])):
                    return
            case "pre":
                self._take_language(entity)
            case "code" if not any(outer.tag == "pre" for outer in self._open):
                entity.pop("language", None)
        if entity["length"]:
            self._entities.append(entity)

    def _take_language(self, pre: Entity) -> None:
        """`<pre><code class="language-x">` is one entity."""
        inside = [entity for entity in self._entities if int(entity["offset"]) >= int(pre["offset"])]
        for entity in inside:
            self._entities.remove(entity)
            if "language" in entity:
                pre["language"] = entity["language"]


def _details(tag: str, attributes: Mapping[str, str], at: int) -> Entity:
    match tag:
        case "a":
            return {"url": attributes.get("href", "")}
        case "span" if attributes.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        case "tg-emoji" if not attributes.get("emoji-id", "").isdecimal():
            raise MarkupError(f"Invalid custom emoji identifier specified at byte offset {at}")
        case "tg-emoji":
            return {"custom_emoji_id": attributes["emoji-id"]}
        case "blockquote" if "expandable" in attributes:
            return {"type": "expandable_blockquote"}
        case "code" if attributes.get("class", "").startswith("language-"):
            return {"language": attributes["class"].removeprefix("language-")}
    return {}


def _referenced(source: str, at: int) -> tuple[str, int]:
    """What a character reference at `at` stands for, and where the text goes on; an unknown one stands for itself."""
    match = _REFERENCE.match(source, at)
    if match is None:
        return "&", at + 1
    if match[1]:
        return html.unescape(f"&{match[1]};"), match.end()
    code = int(match[2], 16) if match[2] else int(match[3])
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        return match[0], match.end()
    return chr(code), match.end()


def _decoded(value: str) -> str:
    return _REFERENCE.sub(lambda match: _referenced(match[0], 0)[0], value)
