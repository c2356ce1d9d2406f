"""What is posted on X: one text, or the parts of a thread, numbered before anything is frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from channels.x.settings import Options
from channels.x.threads import numbered
from publisher import measure
from publisher.channel import (
    EARLIER,
    PICTURES,
    SLOT_MARKER,
    SLOTS,
    Capabilities,
    Finding,
    Format,
    Json,
    Limit,
    Part,
    Parts,
    Rate,
    Rendered,
    Severity,
    Target,
    Unit,
    fill_text,
    record_of,
    slot,
)

POST = "post"
MOST_PICTURES = 4
_WITH_CASHTAG = "listing"
_HASHTAG = re.compile(r"(?<![\w&/])[#＃]\w*[^\W\d_]\w*")
LONGEST: Mapping[str, str] = {name: kind.sample.ljust(kind.max_bytes, "0") for name, kind in SLOTS.items()}
"""Every slot at its greatest length. A link weighs 23 however long it is."""


class XComposer:
    capabilities = Capabilities(
        sections={"text": Format.PLAIN, "record": Format.JSON},
        limits={"text": Limit(Unit.WEIGHTED, 280)},
        when_kept="The post stays as it is and links to the page, which has the new text.",
        reposts=True,
        retracts=True,
        probes=True,
        # Documented for POST /2/tweets per user; what the account may really do is told by the headers.
        account_rate=Rate(100, 900),
    )

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """`post`, or `post-1`, `post-2` ... where the destination wants threads and the text is too long for one post.

        Of what must not go unnoticed they are new, and `earlier` deletes the first. Raises ValueError for options it
        does not know.
        """
        options, record = Options.model_validate(dict(target.options)), record_of(rendered)
        text = rendered["text"].text.strip()
        pictures = record.pictures[:MOST_PICTURES] if record and options.pictures else ()
        shown: dict[str, Json] = {PICTURES: [each.model_dump() for each in pictures]} if pictures else {}
        about: dict[str, Json] = {"limit": options.limit}
        if record is not None and record.kind != _WITH_CASHTAG:
            about["cashtags"] = 0
        told = record is not None and record.correction is not None and record.correction.is_news
        posts = _posts(text, options, about, shown)
        if not told:
            return posts
        # First the new one: between the two readers have one post too many, never none.
        return [*(replace(post, act="publish") for post in posts), Part(EARLIER, {}, act="retract")]

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts if part.name != EARLIER for finding in _findings(part)]


def _posts(text: str, options: Options, about: Mapping[str, Json], shown: Mapping[str, Json]) -> Sequence[Part]:
    if not options.thread or _fits(text, options.limit):
        return (Part(POST, {"text": text, **about, **shown}),)
    posts = numbered(text, lambda post: _fits(post, options.limit))
    parts = [_thread_part(number, post, about) for number, post in enumerate(posts, 1)]
    return [replace(parts[0], content={**parts[0].content, **shown}), *parts[1:]]


def _thread_part(number: int, text: str, about: Mapping[str, Json]) -> Part:
    content: dict[str, Json] = {"text": text, **about}
    if number > 1:
        content["in_reply_to"] = slot("previous.id")
    return Part(f"{POST}-{number}", content)


def _fits(text: str, limit: int) -> bool:
    return measure.weighted(fill_text(text, LONGEST)) <= limit


def _findings(part: Part) -> Iterator[Finding]:
    text, limit = str(part.content["text"]), part.content["limit"]
    assert isinstance(limit, int)
    full = fill_text(text, LONGEST)
    if not full.strip():
        yield Finding("x.empty", "the post has no text", "write a title")
    if (weight := measure.weighted(full)) > limit:
        message = f"{part.name} is {weight - limit} longer than the {limit} that X takes"
        yield Finding("x.too_long", message, "shorten it, or set `thread = true` in the destination's options")
    if any(character in full for character in measure.INVALID):
        yield Finding("x.invalid", "the post holds a character that X refuses (U+FEFF, U+FFFE, U+FFFF)", "remove it")
    if (tags := measure.cashtags(full)) and part.content.get("cashtags") == 0:
        message = f"{', '.join(tags)}: a cashtag belongs to the posts of a listing only"
        yield Finding("x.cashtags", message, "leave out the $")
    elif len(tags) > 1:
        message = f"X takes one cashtag per post, {part.name} has {len(tags)}: {', '.join(tags)}"
        yield Finding("x.cashtags", message, "leave out the $ of all but one")
    if hashtags := _HASHTAG.findall(full):
        fix = "leave out the #: readers of an exchange's notices do not follow topics"
        yield Finding("x.hashtags", f"X makes topics of {', '.join(hashtags)}", fix, Severity.WARNING)
    yield from _link_findings(text, full)


def _link_findings(text: str, full: str) -> Iterator[Finding]:
    links = measure.urls(full)
    for start, end in _filled_links(text):
        if (start, end) not in links:
            message = "the announcement's link runs into the text around it"
            yield Finding("x.link", message, "put a space or a line break before and after it")
    for word in (full[start:end] for start, end in links):
        if not word.lower().startswith(("http://", "https://")):
            message = f"X makes a link of {word!r}, which counts 23 and sends readers there"
            fix = "write it differently, or as a full address if it is meant to be a link"
            yield Finding("x.unintended_link", message, fix, Severity.WARNING)


def _filled_links(text: str) -> Iterator[tuple[int, int]]:
    """Where the slot `url` stands once every slot is filled."""
    grown = 0
    for marker in SLOT_MARKER.finditer(text):
        value = LONGEST[marker[1]]
        start = marker.start() + grown
        grown += len(value) - len(marker[0])
        if marker[1] == "url":
            yield start, start + len(value)
