"""Posts of the accounts, newest last: duplicates, links wrapped by t.co, and what a reader gets back."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher import measure
from publisher.sandbox.arrivals import Json
from publisher.sandbox.x.pictures import Upload

_KEPT = 1000
_SHORT = 280
"""Weighted length beyond which a post is a long one."""
_EPOCH_MS = 1_288_834_974_657
"""Where post ids count from (snowflake)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in the text that X returns; `start` and `end` in code points."""

    start: int
    end: int
    short: str
    expanded: str
    media_key: str = ""
    """Of the link that X writes for the pictures of a post."""

    @property
    def display(self) -> str:
        bare = self.expanded.partition("://")[2]
        return bare if len(bare) <= 26 else bare[:26] + "…"

    def to_json(self) -> dict[str, Json]:
        return {
            "start": self.start,
            "end": self.end,
            "url": self.short,
            "expanded_url": self.expanded,
            "display_url": self.display,
            **({"media_key": self.media_key} if self.media_key else {}),
        }


@dataclass(frozen=True, slots=True)
class Post:
    """One post; `written` is what came in, `text` what X returns: escaped, links wrapped."""

    id: str
    account_id: str
    written: str
    text: str
    links: Sequence[Link]
    at: datetime
    in_reply_to: str
    answered: bool
    """False when a fault lost the answer to its making."""
    pictures: Sequence[Upload] = ()

    def to_json(self, fields: frozenset[str]) -> dict[str, Json]:
        """The post with the asked-for fields beyond id and text. A long one is cut; `note_tweet` has it whole."""
        is_long = measure.weighted(self.written) > _SHORT
        shown = self.text[: _SHORT - 1] + "…" if is_long else self.text
        edits: Json = [self.id]
        more: dict[str, Json] = {
            "created_at": f"{self.at:%Y-%m-%dT%H:%M:%S}.{self.at.microsecond // 1000:03d}Z",
            "author_id": self.account_id,
            "entities": self._entities(_SHORT - 1 if is_long else len(self.text)),
            "note_tweet": {"text": self.text, "entities": self._entities(len(self.text)) or {}} if is_long else None,
            "attachments": {"media_keys": [each.key for each in self.pictures]} if self.pictures else None,
            "in_reply_to_user_id": self.account_id if self.in_reply_to else None,
            "referenced_tweets": [{"type": "replied_to", "id": self.in_reply_to}] if self.in_reply_to else None,
        }
        asked = {name: value for name, value in more.items() if name in fields and value is not None}
        return {"id": self.id, "text": shown, "edit_history_tweet_ids": edits, **asked}

    def _entities(self, end: int) -> Json:
        links = [link.to_json() for link in self.links if link.end <= end]
        return {"urls": links} if links else None


FIELDS = frozenset({
    "article", "attachments", "author_id", "card_uri", "community_id", "context_annotations", "conversation_id",
    "created_at", "display_text_range", "edit_controls", "edit_history_tweet_ids", "entities", "geo", "id",
    "in_reply_to_user_id", "lang", "media_metadata", "non_public_metrics", "note_tweet", "organic_metrics",
    "possibly_sensitive", "promoted_metrics", "public_metrics", "referenced_tweets", "reply_settings", "scopes",
    "source", "suggested_source_links", "text", "withheld",
})  # fmt: skip
"""What `tweet.fields` may ask for; the sandbox has some of them."""


class Timelines:
    """All posts; bounded, newest win."""

    def __init__(self, duplicate_hours: float) -> None:
        self._window = timedelta(hours=duplicate_hours)
        self._posts: deque[Post] = deque(maxlen=_KEPT)
        self._written: deque[tuple[datetime, str, str]] = deque(maxlen=_KEPT)
        self._last_id = 0

    def add(
        self,
        account_id: str,
        written: str,
        at: datetime,
        in_reply_to: str,
        *,
        answered: bool,
        pictures: Sequence[Upload] = (),
    ) -> Post:
        (text, links), post_id = wrapped(written), self._next_id(at)
        if pictures:
            text, links = _with_media(text, links, f"https://x.com/{account_id}/status/{post_id}/photo/1", pictures[0])
        post = Post(post_id, account_id, written, text, links, at, in_reply_to, answered, pictures)
        self._posts.append(post)
        self._written.append((at, account_id, _comparable(written)))
        return post

    def is_duplicate(self, account_id: str, written: str, at: datetime) -> bool:
        """Whether the account wrote the same lately, deleted or not."""
        same = _comparable(written)
        return any(who == account_id and text == same and at - then < self._window for then, who, text in self._written)

    def find(self, post_id: str) -> Post | None:
        return next((post for post in self._posts if post.id == post_id), None)

    def remove(self, post: Post) -> None:
        self._posts.remove(post)

    def newest(self, account_id: str) -> list[Post]:
        """Newest first."""
        return [post for post in reversed(self._posts) if post.account_id == account_id]

    def _next_id(self, at: datetime) -> str:
        stamp = (int(at.timestamp() * 1000) - _EPOCH_MS) << 22
        self._last_id = max(stamp, self._last_id + 1)
        return str(self._last_id)


def wrapped(written: str) -> tuple[str, tuple[Link, ...]]:
    """The text as X returns it: every link a t.co link, and `&`, `<`, `>` as HTML references."""
    text, links, at = "", [], 0
    for start, end in measure.urls(written):
        text += html.escape(written[at:start], quote=False)
        link = _link(len(text), written[start:end])
        text, at = text + link.short, end
        links.append(link)
    return text + html.escape(written[at:], quote=False), tuple(links)


def _link(start: int, url: str) -> Link:
    expanded = url if "://" in url else f"http://{url}"
    short = f"https://t.co/{hashlib.sha256(expanded.encode()).hexdigest()[:10]}"
    return Link(start, start + len(short), short, expanded)


def _with_media(text: str, links: Sequence[Link], address: str, first: Upload) -> tuple[str, tuple[Link, ...]]:
    """The text ends with a link to the pictures, as X ends it."""
    start = len(text) + 1
    link = replace(_link(start, address), media_key=first.key)
    return f"{text} {link.short}", (*links, link)


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def segments(post: Post) -> list[Mapping[str, str]]:
    """The text as a reader sees it: runs of `text`, some with an `href`."""
    runs: list[Mapping[str, str]] = []
    at = 0
    for link in post.links:
        if link.media_key:  # shown as the pictures themselves
            return [*runs, {"text": html.unescape(post.text[at : link.start]).rstrip()}]
        runs.append({"text": html.unescape(post.text[at : link.start])})
        runs.append({"text": link.display, "href": link.expanded})
        at = link.end
    return [*runs, {"text": html.unescape(post.text[at:])}]
