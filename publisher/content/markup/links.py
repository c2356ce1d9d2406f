"""Where a link may lead: a whole http(s) or mailto address that hides nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from publisher.content.markup.marks import OPEN


def shown(href: str) -> str:
    """The address up to the first placeholder: what can be found in the author's line."""
    return href.split(OPEN)[0]


def link_problem(href: str) -> tuple[str, str] | None:
    """What is wrong with it and the fix; None for a good one."""
    if OPEN in href:
        return "holds a placeholder", "write the whole address"
    if not href.isprintable() or " " in href:
        return "has spaces or invisible characters", "write them percent-encoded, such as %20"
    try:
        url = urlsplit(href)
        host = url.hostname
    except ValueError:
        return "is not an address", "write it like https://example.com/page"
    if url.scheme == "mailto":
        return None if "@" in url.path else ("has no address", "write it like mailto:help@example.com")
    if url.scheme not in ("http", "https") or not host:
        return "is not absolute", "write it whole, like https://example.com/page"
    return ("hides its host behind a name", "leave out what stands before @") if url.username is not None else None
