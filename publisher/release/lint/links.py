"""Where links lead, what they say, and what else in a text reads like a domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLinkText

from publisher.channel import Finding, Place
from publisher.content.document import (
    Block,
    Code,
    Document,
    Emphasis,
    Heading,
    Inline,
    Link,
    Listing,
    Paragraph,
    Quote,
    Run,
    Strong,
    Table,
)
from publisher.measure.top_level import top_level_domains
from publisher.release.lint.codes import mistake
from publisher.release.lint.domains import belongs, decoded, looks_like, resembles
from publisher.release.lint.passages import Passage

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\uffef"  # written without spaces, so no part of the domain beside them
_HOST = re.compile(
    rf"(?:(?<![\w@.\-/%=&])|(?<=[{_WIDE}]))(?:[^\W_{_WIDE}](?:[^\W_{_WIDE}]|-){{0,62}}\.){{1,8}}[^\W\d_{_WIDE}]{{2,24}}(?![a-zA-Z0-9\-])"
)
_ADDRESS = re.compile(r"(?i)(?<![`a-z])https?://([^\s/?#:()<>\[\]`\"',，。]+)")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as readers meet it."""

    href: str
    host: str
    says: str
    offset: int


def check(passage: Passage, linking: Iterable[Anchor], own: Iterable[str]) -> Iterator[Finding]:
    """Every link of the passage, then what the rest of it shows without linking it."""
    domains = tuple(own)
    linked: set[str] = set()
    for anchor in linking:
        linked.update((anchor.host, decoded(anchor.host)))
        place = passage.place(anchor.offset)
        yield from _unsafe(anchor.href, anchor.host, place)
        yield from _name(anchor.host, place, domains)
        yield from _promise(anchor, place)
    for found in _ADDRESS.finditer(passage.words):
        if (host := found[1].lower()) not in linked:
            yield from _unsafe(found[0], host, passage.place(found.start()))
    for found in _HOST.finditer(passage.words):
        if (host := found[0].lower()) not in linked and is_domain(host):
            yield from _name(host, passage.place(found.start()), domains)


def anchors(document: Document, passage: Passage) -> Iterator[Anchor]:
    """The web links of a document, in order, each where it stands in the passage."""
    text = passage.written.replace("\u0130", "i").lower()  # the only letter that is two in its small form
    after: dict[str, int] = {}
    for link in _links(document):
        if (host := _host(link.href)) is None:
            continue
        if (spelling := _spelling(link.href, host, text, after)) and (
            offset := text.find(spelling, after[spelling])
        ) >= 0:
            after[spelling] = offset + len(spelling)
            yield Anchor(link.href, host, _said(link.children), offset)


def _spelling(href: str, host: str, text: str, known: dict[str, int]) -> str:
    """How the author wrote the address, which the parser may have encoded; empty where it is beyond the text."""
    for spelling in (href.lower(), _decoded_link(href), decoded(host)):
        if spelling not in known:
            known[spelling] = text.find(spelling)
        if known[spelling] >= 0:
            return spelling
    return ""


def _decoded_link(href: str) -> str:
    return normalizeLinkText(href).lower() if "%" in href or "xn--" in href else href


def _host(href: str) -> str | None:
    """In small letters; None for mail and what content has refused already."""
    try:
        url = urlsplit(href)
        return url.hostname if url.scheme in ("http", "https") else None
    except ValueError:
        return None


def _unsafe(href: str, host: str, place: Place) -> Iterator[Finding]:
    if href.lower().startswith("http://"):
        message = f"the link `{_short(href)}` is not encrypted: anybody on the way can change the page"
        yield mistake("link.http", message, "write it with `https://`, or leave the link out", place)
    if is_ip(host):
        message = f"the link leads to the bare address {host}: no reader can tell whose it is"
        yield mistake("link.ip", message, "link to a page below a domain name", place)


def _name(host: str, place: Place, own: tuple[str, ...]) -> Iterator[Finding]:
    if is_ip(host) or any(belongs(host, domain) for domain in own):
        return
    shown = decoded(host)
    if domain := looks_like(shown, own):
        message = f"`{shown}` passes for your own `{domain}`"
        yield mistake("link.look_alike", message, f"write `{domain}`, or do not name it", place)
    elif domain := resembles(shown, own):
        fix = f"write `{domain}`, or add `{shown}` to exchange.domains when it is yours"
        yield mistake("link.resembles", f"`{shown}` is easily taken for your own `{domain}`", fix, place)
    elif not shown.isascii():
        message = f"the domain `{shown}` has letters that other letters pass for; browsers may show `{_ascii(host)}`"
        yield mistake("link.punycode", message, "link to a domain of plain letters, digits and hyphens", place)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _promise(anchor: Anchor, place: Place) -> Iterator[Finding]:
    """A link that shows a domain must lead there."""
    for found in _HOST.finditer(anchor.says.lower()):
        said = found[0].removeprefix("www.")
        if is_domain(said) and not belongs(anchor.host, said) and not belongs(said, anchor.host.removeprefix("www.")):
            message = f"the link says `{said}` and leads to `{anchor.host}`"
            yield mistake("link.other_domain", message, "say in words where it leads, or correct the address", place)
            return


def is_domain(name: str) -> bool:
    return decoded(name).rpartition(".")[2] in top_level_domains() or name.rpartition(".")[2] in top_level_domains()


def is_ip(host: str) -> bool:
    """Also in the short and numeric forms that browsers take: 127.1, 2130706433, 0x7f.0.0.1."""
    if re.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _short(href: str) -> str:
    return href if len(href) <= 60 else href[:57] + "..."


# --- the tree


def _links(document: Document) -> Iterator[Link]:
    for inlines in (document.title, document.summary, *_lines(document.blocks)):
        yield from _linked(inlines)


def _lines(blocks: Iterable[Block]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                yield block.children
            case Listing():
                for item in block.items:
                    yield from _lines(item)
            case Quote():
                yield from _lines(block.children)
            case Table():
                for row in (block.header, *block.rows):
                    yield from row


def _linked(inlines: Iterable[Inline]) -> Iterator[Link]:
    for inline in inlines:
        match inline:
            case Link():
                yield inline
            case Strong() | Emphasis():
                yield from _linked(inline.children)


def _said(inlines: Iterable[Inline]) -> str:
    parts = (
        inline.text if isinstance(inline, Run | Code) else _said(inline.children)
        for inline in inlines
        if isinstance(inline, Run | Code | Strong | Emphasis)
    )
    return "".join(parts)
