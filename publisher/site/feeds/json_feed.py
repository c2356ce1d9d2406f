"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from publisher.site.feeds.feed import Entry, Feed, moment

MEDIA_TYPE = "application/feed+json"


def write(feed: Feed) -> bytes:
    """The document, UTF-8; a lone surrogate, which UTF-8 cannot say, becomes `?`."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        **({"next_url": feed.older} if feed.older else {}),
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "authors": [{"name": feed.author}],
        "language": feed.locale,
        "items": [_item(entry) for entry in feed.entries],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


def _item(entry: Entry) -> Mapping[str, object]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": moment(entry.published),
        "date_modified": moment(entry.updated),
        "tags": [entry.kind_title],
    }
