"""Telegram's HTML, read as strictly as its server does. Source: core.telegram.org/bots/api#html-style."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_ATTRIBUTES: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "pre"), re.compile("")),
    "a": re.compile(r' href="[^"<>]+"'),
    "span": re.compile(r' class="tg-spoiler"'),
    "code": re.compile(r'(?: class="language-[^"<>\s]+")?'),
    "blockquote": re.compile(r"(?: expandable)?"),
    "tg-emoji": re.compile(r' emoji-id="[0-9]+"'),
}
"""The tags it takes, each with what must follow the name."""
_TOKEN = re.compile(r"</(?P<end>[^<>]*)>|<(?P<start>[a-z-]*)(?P<attributes>[^<>]*)>|(?P<text>[^<]+)|(?P<stray><)")
_REFERENCE = re.compile(r"&(?!(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)[^\s;&]{0,12};?")


class MarkupError(ValueError):
    """Text the server would refuse; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader sees, and how many passages are formatted."""

    text: str
    tags: int


def read(source: str) -> Reading:
    """The text without its tags; raises MarkupError."""
    if unknown := _REFERENCE.search(source):
        raise MarkupError(f"{unknown[0]!r} is not one of &lt; &gt; &amp; &quot; or a number, {_where(source, unknown)}")
    text, tags = "", 0
    opened: list[str] = []
    for token in _TOKEN.finditer(source):
        if token["text"]:
            text += html.unescape(token["text"])
        elif token["start"]:
            opened.append(_start_tag(source, token))
            tags += 1
        else:
            _end_tag(source, token, opened)
    if opened:
        raise MarkupError(f"<{opened[-1]}> has no end tag")
    return Reading(text, tags)


def _start_tag(source: str, token: re.Match[str]) -> str:
    name = token["start"]
    if name not in _ATTRIBUTES or not _ATTRIBUTES[name].fullmatch(token["attributes"]):
        raise MarkupError(f"{token[0]!r} is not a tag it takes, {_where(source, token)}")
    return name


def _end_tag(source: str, token: re.Match[str], opened: list[str]) -> None:
    if not opened or token["end"] != opened[-1]:
        expected = f", expected </{opened[-1]}>" if opened else ""
        raise MarkupError(f"unexpected {token[0]!r}{expected}, {_where(source, token)}")
    opened.pop()


def _where(source: str, token: re.Match[str]) -> str:
    before = source[: token.start()]
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
