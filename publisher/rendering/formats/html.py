"""Document tree -> HTML, for the site and for mail.

Every character of staff passes through `escape` exactly once; nh3 with a closed list of tags is the second lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import nh3
from markupsafe import escape

from publisher.content.document import (
    Block,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Image,
    Inline,
    Link,
    Listing,
    Paragraph,
    Placeholder,
    Quote,
    Rule,
    Run,
    Strong,
    Table,
)
from publisher.rendering.formats.value import Say, Show, no_pictures

_TEXT = {"a", "bdi", "br", "code", "em", "img", "strong", "time"}
_BLOCKS = {"blockquote", "div", "figure", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_ATTRIBUTES = {
    "a": {"href", "rel"},
    "div": {"class", "role", "tabindex"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ol": {"start"},
    "th": {"scope"},
    "time": {"datetime"},
} | {name: {"id"} for name in ("h2", "h3", "h4")}


@dataclass(frozen=True, slots=True)
class HtmlWriter:
    """Writes the inside of a page or mail. `styles` holds inline CSS by tag, for mail; empty for the site."""

    say: Say
    styles: Mapping[str, str]
    lock: nh3.Cleaner
    show: Show = no_pictures
    widest: int | None = None
    """Pixels that a picture may take; None where the style sheet sees to it."""

    def inline(self, children: Iterable[Inline]) -> str:
        """Phrasing content."""
        return self.lock.clean("".join(map(self._inline, children)))

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Flow content."""
        return self.lock.clean("\n".join(map(self._block, blocks)))

    def _inline(self, node: Inline) -> str:
        match node:
            case Run(text):
                return str(escape(text))
            case Placeholder():
                return self._value(node)
            case Strong(children):
                return self._tag("strong", self._inlines(children))
            case Emphasis(children):
                return self._tag("em", self._inlines(children))
            case Code(text):
                return self._tag("code", str(escape(text)))
            case Link(href, children):
                return self._tag("a", self._inlines(children), href=href, rel="noopener")
            case Image(src, alt):
                return self._image(src, alt)
            case Break():
                return "<br>"

    def _block(self, node: Block) -> str:
        match node:
            case Heading(level, children, anchor):
                return self._tag(f"h{level}", self._inlines(children), **({"id": anchor} if anchor else {}))
            case Paragraph((Image(src, alt),)):
                return self._tag("figure", self._image(src, alt))
            case Paragraph(children):
                return self._tag("p", self._inlines(children))
            case Listing(items, start):
                return self._listing(items, start)
            case Quote(children):
                return self._tag("blockquote", self._blocks(children))
            case CodeBlock(text):
                return self._tag("pre", self._tag("code", str(escape(text))))
            case Table():
                return self._table(node)
            case Rule():
                return self._tag("hr")

    def _value(self, placeholder: Placeholder) -> str:
        value = self.say(placeholder)
        text = str(escape(value.text))
        text = self._tag("bdi", text) if value.is_foreign or value.mark else text
        return self._tag("time", text, datetime=value.iso) if value.iso else text

    def _image(self, src: str, alt: str) -> str:
        shown = self.show(src)
        width = min(shown.width, self.widest or shown.width)
        height = round(shown.height * width / shown.width)
        # A mail's column grows to a picture that only has a greatest width: it would not fit a narrow screen.
        style = f"{self.styles['img']};max-width:{width}px" if "img" in self.styles else ""
        size = {
            "width": str(width),
            "height": str(height),
        }  # the text does not jump when it arrives; Outlook needs both
        return self._tag("img", src=shown.url, alt=alt, **size, loading="lazy", **({"style": style} if style else {}))

    def _listing(self, items: Iterable[Sequence[Block]], start: int | None) -> str:
        entries = "".join(self._tag("li", self._item(item)) for item in items)
        if start is None:
            return self._tag("ul", entries)
        return self._tag("ol", entries, **({"start": str(start)} if start != 1 else {}))

    def _item(self, item: Sequence[Block]) -> str:
        """A lone paragraph stands in its item without `<p>`, so that short lists stay tight."""
        match item:
            case (Paragraph(children),):
                return self._inlines(children)
            case _:
                return self._blocks(item)

    def _table(self, table: Table) -> str:
        head = "".join(self._tag("th", self._inlines(cell), scope="col") for cell in table.header)
        rows = "".join(self._tag("tr", "".join(self._cells(row))) for row in table.rows)
        content = self._tag("thead", self._tag("tr", head)) + self._tag("tbody", rows)
        # A wide table scrolls by itself; reachable by keyboard, or its right side is lost to those without a mouse.
        return self._tag("div", self._tag("table", content), class_="table", tabindex="0")

    def _cells(self, row: Iterable[Iterable[Inline]]) -> Iterable[str]:
        return (self._tag("td", self._inlines(cell)) for cell in row)

    def _inlines(self, children: Iterable[Inline]) -> str:
        return "".join(map(self._inline, children))

    def _blocks(self, blocks: Iterable[Block]) -> str:
        return "".join(map(self._block, blocks))

    def _tag(self, name: str, content: str | None = None, **attributes: str) -> str:
        """An element; without content a void one."""
        style = self.styles.get(name)
        pairs = attributes | ({"style": style} if style and "style" not in attributes else {})
        opening = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in pairs.items())
        return f"<{name}{opening}>" if content is None else f"<{name}{opening}>{content}</{name}>"


def _lock(styles: Mapping[str, str]) -> nh3.Cleaner:
    styled = {tag: _ATTRIBUTES.get(tag, set()) | {"style"} for tag in styles}
    schemes = {"http", "https", "mailto"}
    return nh3.Cleaner(
        tags=_TEXT | _BLOCKS | _TABLES, attributes=_ATTRIBUTES | styled, url_schemes=schemes, link_rel=None
    )


_WEB_LOCK = _lock({})


def web_html(say: Say, show: Show = no_pictures) -> HtmlWriter:
    """For the site, which has a style sheet."""
    return HtmlWriter(say, {}, _WEB_LOCK, show)


_LINE = "#dfe3e8"
_MAIL_WIDTH = 552
"""Of the prose, in pixels."""
_MAIL_STYLES = {
    "a": "color:#0b5cd5;text-decoration:underline",
    "blockquote": f"margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid {_LINE}",
    "code": "font:14px ui-monospace,Consolas,Menlo,monospace;word-break:break-all;unicode-bidi:isolate",
    "div": "overflow-x:auto",
    "figure": "margin:0 0 16px",
    "h2": "margin:24px 0 8px;font-size:19px;line-height:1.4;font-weight:600",
    "h3": "margin:20px 0 8px;font-size:16px;line-height:1.5;font-weight:600",
    "h4": "margin:16px 0 8px;font-size:16px;line-height:1.5;font-weight:600",
    "hr": f"margin:24px 0;border:0;border-top:1px solid {_LINE}",
    "img": "display:block;width:100%;height:auto;border:0",
    "li": "margin:0 0 8px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "p": "margin:0 0 16px",
    "pre": "margin:0 0 16px;white-space:pre-wrap",
    "table": "width:100%;margin:0 0 16px;border-collapse:collapse;font-size:15px",
    "td": f"padding:8px 8px 8px 0;border-bottom:1px solid {_LINE};text-align:left;vertical-align:top",
    "th": f"padding:8px 8px 8px 0;border-bottom:1px solid {_LINE};text-align:left;font-weight:600",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
}
_MAIL_LOCK = _lock(_MAIL_STYLES)


_FOUR_SIDES = re.compile(r"(?<=:)([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+)")
_MIRRORED = {
    tag: _FOUR_SIDES.sub(r"\1 \4 \3 \2", style).replace("left", "right") for tag, style in _MAIL_STYLES.items()
}
"""From right to left. Logical properties (`padding-inline-start`) would do it, but few mail programs know them."""


def email_html(say: Say, show: Show = no_pictures, direction: str = "ltr") -> HtmlWriter:
    """For mail, where many readers' programs keep only inline styles."""
    return HtmlWriter(say, _MIRRORED if direction == "rtl" else _MAIL_STYLES, _MAIL_LOCK, show, _MAIL_WIDTH)
