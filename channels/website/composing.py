"""What the website publishes: one part, an article's fragment of HTML with its record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from publisher.channel import (
    PICTURES,
    SLOT_MARKER,
    SLOTS,
    Capabilities,
    Finding,
    Format,
    Limit,
    Part,
    Parts,
    Record,
    Rendered,
    Target,
    Unit,
)

PAGE_BYTES = 60_000
"""A page with all that it loads from us but the author's pictures, which come as readers reach them."""
CHROME_BYTES = 24_000
"""What header, footer and style sheet take of it; a test holds the site to that."""


class WebsiteComposer:
    capabilities = Capabilities(
        sections={"title": Format.PLAIN, "article": Format.WEB_HTML, "record": Format.JSON},
        limits={"article": Limit(Unit.BYTES, PAGE_BYTES - CHROME_BYTES)},
        wave=1,
        amends=True,
        retracts=True,
        repeatable=True,
        probes=True,
        links_to_site=False,
        gateable=True,
    )

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """One part, `page`; raises ValueError when the section `record` is not JSON."""
        record = json.loads(rendered["record"].text)
        content = {
            "locale": target.locale,
            "title": rendered["title"].text.strip(),
            "article": rendered["article"].text,
            "record": record,
        }
        pictures = {PICTURES: record["pictures"]} if record.get("pictures") else {}
        return (Part("page", content | pictures),)

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts for finding in _findings(part)]


def _findings(part: Part) -> Iterator[Finding]:
    if not part.content["title"]:
        yield Finding("website.no_title", "the page has no title", "write the heading line of this language")
    yield from _weight(part)
    yield from _record(part)


def _weight(part: Part) -> Iterator[Finding]:
    size, limit = longest_bytes(str(part.content["article"])) + _told(part), PAGE_BYTES - CHROME_BYTES
    if size > limit:
        yield Finding(
            "website.too_heavy",
            f"the article has {size:,} bytes; at most {limit:,} keep its page under {PAGE_BYTES:,}",
            "shorten the text or link to a document",
        )


def _told(part: Part) -> int:
    """Bytes of what the page tells of a correction."""
    try:
        return sum(change.weight for change in Record.model_validate(part.content["record"]).differences)
    except ValidationError:
        return 0  # said by `_record`


def _record(part: Part) -> Iterator[Finding]:
    try:
        record = Record.model_validate(part.content["record"])
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = ".".join(str(step) for step in problem["loc"])
            yield Finding("website.record", f"record: {where}: {problem['msg']}", "correct the template or the kind")
        return
    if (record.locale, record.title) != (part.content["locale"], part.content["title"]):
        yield Finding("website.record", "locale or title of page and record differ", "correct the template")


def longest_bytes(text: str) -> int:
    """UTF-8 bytes of `text` with every slot at its greatest length."""
    return len(SLOT_MARKER.sub(lambda found: "x" * SLOTS[found[1]].max_bytes, text).encode())
