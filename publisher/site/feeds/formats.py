"""The formats in which every feed exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from publisher.site.feeds import atom, json_feed, rss
from publisher.site.feeds.feed import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """`suffix` ends the file's name; `name` is what readers know the format by, in every language."""

    name: str
    suffix: str
    media_type: str
    write: Callable[[Feed], bytes]


FORMATS: Sequence[Format] = (
    Format("Atom", "atom", atom.MEDIA_TYPE, atom.write),
    Format("RSS", "rss", rss.MEDIA_TYPE, rss.write),
    Format("JSON Feed", "json", json_feed.MEDIA_TYPE, json_feed.write),
)
