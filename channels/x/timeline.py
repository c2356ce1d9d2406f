"""Recognises a post in what X returns of it: links wrapped by t.co, three characters escaped, long texts apart."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from publisher import measure

Post: TypeAlias = Mapping[str, object]
"""A post as API v2 returns it, with the fields `entities` and `note_tweet`."""


def same_text(post: Post, text: str) -> bool:
    """Whether `post` is what became of `text`."""
    return _comparable(_expanded(post)) == _comparable(_with_protocols(text))


def _expanded(post: Post) -> str:
    """The text with every link as it was written; a post of more than 280 has its whole text in `note_tweet`."""
    long = post.get("note_tweet")
    source = long if isinstance(long, Mapping) else post
    text = html.unescape(str(source.get("text", "")))
    for link in _links(source):
        shown = "" if "media_key" in link else str(link["expanded_url"])  # X writes a link for the pictures of a post
        text = text.replace(str(link["url"]), shown)
    return text


def _links(source: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    entities = source.get("entities")
    urls = entities.get("urls") if isinstance(entities, Mapping) else None
    found = urls if isinstance(urls, Sequence) else ()
    return [link for link in found if isinstance(link, Mapping) and {"url", "expanded_url"} <= link.keys()]


def _with_protocols(text: str) -> str:
    """X expands `example.com` to `http://example.com`."""
    for start, end in reversed(measure.urls(text)):
        if not text[start:end].lower().startswith(("http://", "https://")):
            text = f"{text[:start]}http://{text[start:]}"
    return text


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
