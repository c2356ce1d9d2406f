"""Every edition as its readers will see it, beside its exact bytes: one HTML page without scripts.

Drawn from the frozen payloads, not from the sections they were composed of: what is shown is what is sent.
"""

from __future__ import annotations

import base64
import email.policy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.parser import Parser
from itertools import groupby
from pathlib import Path

import nh3
from markupsafe import Markup, escape
from pydantic import ValidationError

from publisher import measure
from publisher.channel import (
    PICTURES,
    SLOT_MARKER,
    SLOTS,
    Finding,
    Format,
    Part,
    Picture,
    Piece,
    Record,
    fill_text,
    slot,
)
from publisher.rendering.edition import DIGEST, Edition
from publisher.rendering.environments import Environments
from publisher.rendering.formats import discord
from publisher.rendering.fragment import FRAGMENT, Fragment, drawn
from publisher.rendering.locale import written_in
from publisher.rendering.plan import ANNOUNCE

_SAMPLES = {name: kind.sample for name, kind in SLOTS.items()}
_TAG = re.compile(r"(<[^>]*>)")
_ID = re.compile(r'\sid="[^"]*"')
_ALLOWED = {"b", "i", "u", "s", "code", "pre", "a", "blockquote"}


@dataclass(frozen=True, slots=True)
class View:
    """One thing a reader sees. `look` is how: `page`, `mail`, `lines` or `post`."""

    look: str
    name: str
    content: str
    lengths: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition on the page."""

    edition: Edition
    direction: str
    views: tuple[View, ...]
    findings: tuple[Finding, ...]
    bytes: Markup


def preview_html(
    editions: Sequence[Edition],
    templates: Path,
    findings: Sequence[Finding] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> str:
    """The page; `findings` (of `Renderer.check`) stand beside the editions they are about.

    `pictures` (`sha256` -> bytes) are drawn into the page, which loads nothing.
    """
    inside = _inside(editions, pictures or {})
    shown = [_shown(edition, findings, inside) for edition in editions]
    stages = [(stage, list(group)) for stage, group in groupby(shown, key=_stage)]
    context = {"stages": stages, "findings": [finding for finding in findings if not finding.about]}
    return Environments(templates).render(Format.WEB_HTML, ["_base/preview.html.j2"], context)


def _stage(shown: Shown) -> str:
    edition = shown.edition
    return edition.stage if edition.stage in (ANNOUNCE, DIGEST) else f"{edition.stage} ({edition.operation})"


def _inside(editions: Iterable[Edition], pictures: Mapping[str, bytes]) -> Mapping[str, str]:
    """Public address of a picture -> an address that holds it."""
    listed = (picture for edition in editions for part in edition.payload.parts for picture in _pictures(part))
    return {
        each.url: f"data:{each.media_type};base64,{base64.b64encode(pictures[each.sha256]).decode()}"
        for each in listed
        if each.sha256 in pictures
    }


def _pictures(part: Part) -> Sequence[Picture]:
    listed = part.content.get(PICTURES, ())
    return [Picture.model_validate(each) for each in listed] if isinstance(listed, Sequence) else []


def _shown(edition: Edition, findings: Iterable[Finding], inside: Mapping[str, str]) -> Shown:
    views = tuple(_with_pictures(view, inside) for part in edition.payload.parts for view in _views(part))
    about = tuple(finding for finding in findings if finding.about == edition.name)
    direction = written_in(edition.locale).text_direction
    return Shown(edition, direction, views, about, highlighted(edition.payload.to_json()))


def _views(part: Part) -> Iterator[View]:
    """What a part's content looks like; a part that readers do not see (a pin) has none."""
    for picture in _pictures(part) if "article" not in part.content else ():
        image = Markup('<img src="{}" alt="{}" width="{}" height="{}">')
        drawn = image.format(picture.url, picture.alt, picture.width, picture.height)
        yield View("picture", f"Picture: {picture.alt}", drawn)
    for field, draw in _DRAWN.items():
        content = part.content.get(field)
        if isinstance(content, str):
            yield from draw(content, part.content)
    if isinstance(told := part.content.get(FRAGMENT), Mapping):
        yield from _fragment(told)


def _with_pictures(view: View, inside: Mapping[str, str]) -> View:
    if view.look == "lines":
        return view
    content = str(view.content)  # a Markup would escape what it puts in
    for address, held in inside.items():
        content = content.replace(f'src="{address}"', f'src="{held}"')
    return replace(view, content=Markup(content) if isinstance(view.content, Markup) else content)  # noqa: S704


def _article(article: str, content: Mapping[str, object]) -> Iterator[View]:
    yield View("page", str(content.get("title", "")), _marked_html(article))
    if told := _differences(content.get("record")):
        yield View("lines", "What the page tells of the change", Markup("<br>").join(told))


def _differences(record: object) -> Sequence[Markup]:
    """One line for each; empty for a first publication."""
    try:
        changed = Record.model_validate(record).differences
    except ValidationError:
        return ()  # the channel's own check says so
    return [Markup("{}: ").format(each.where) + Markup().join(map(_piece, each.pieces)) for each in changed]


def _piece(piece: Piece) -> Markup:
    """Gone before new, with a space between the two."""
    return _SORTS[piece.sort].format(piece.text)


_SORTS = {"same": Markup("{}"), "gone": Markup("<del>{}</del> "), "new": Markup("<ins>{}</ins>")}


def _message(message: str, content: Mapping[str, object]) -> Iterator[View]:
    parsed = parse_message(message)
    html, plain = parsed.get_body(("html",)), parsed.get_body(("plain",))
    if html is not None:
        yield View("mail", f"{parsed['From']}: {parsed['Subject']}", _marked_html(_slots_back(html.get_content())))
    if plain is not None:
        yield View("lines", "Text part", highlighted(_slots_back(plain.get_content())))


def _text(text: str, content: Mapping[str, object]) -> Iterator[View]:
    is_html = str(content.get("parse_mode", "")).upper() == "HTML"
    drawn = _marked_html(nh3.clean(text, tags=_ALLOWED, link_rel=None)) if is_html else highlighted(text)
    yield View("post", "", drawn, "" if is_html else _lengths(text))


def _push(body: str, content: Mapping[str, object]) -> Iterator[View]:
    yield View("post", str(content.get("push_title", "")), highlighted(body))


def _markdown(content: str, part: Mapping[str, object]) -> Iterator[View]:
    yield View("post", "", _marked_html(discord.preview(content)), _lengths(content))


def _fragment(content: Mapping[str, object]) -> Iterator[View]:
    """Its times are those of the announcement's zone; each reader sees their own."""
    try:
        told = Fragment.model_validate(content)
    except ValidationError:
        return
    yield View("page", told.title, drawn(told))


_DRAWN: Mapping[str, Callable[[str, Mapping[str, object]], Iterator[View]]] = {
    "article": _article,
    "message": _message,
    "text": _text,
    "caption": _text,
    "push_body": _push,
    "content": _markdown,
}


def highlighted(text: str) -> Markup:
    """Plain text with its slots marked by name."""
    return Markup(SLOT_MARKER.sub(_marked, str(escape(text))))  # noqa: S704 escaped here


def _marked_html(html: str) -> Markup:
    """Markup with its slots marked; those inside a tag (an address) hold a sample."""
    pieces = (_tag(piece) if piece.startswith("<") else SLOT_MARKER.sub(_marked, piece) for piece in _TAG.split(html))
    return Markup("".join(pieces))  # noqa: S704 made by our templates, or cleaned by nh3, or in a frame of its own


def _tag(tag: str) -> str:
    """Without its id: several languages of one text stand on this page."""
    return _ID.sub("", fill_text(tag, _SAMPLES))


def _marked(found: re.Match[str]) -> str:
    return f'<mark style="background:#ffe08a;color:#14171c">{found[1]}</mark>'


def _lengths(text: str) -> str:
    filled = fill_text(text, _SAMPLES)
    return f"{measure.weighted(filled)} weighted characters, {measure.utf16(filled)} UTF-16 units"


# --- mail -----------------------------------------------------------------------------------------------------

_STAND_IN = re.compile("xSLOTx([a-z_.]+)xTOLSx")


def parse_message(message: str) -> EmailMessage:
    """The MIME structure of a frozen message; its slots are letters while it is parsed."""
    plain = SLOT_MARKER.sub(lambda found: f"xSLOTx{found[1]}xTOLSx", message)
    return Parser(_class=EmailMessage, policy=email.policy.default).parsestr(plain)


def _slots_back(text: str) -> str:
    return _STAND_IN.sub(lambda found: slot(found[1]), text)
