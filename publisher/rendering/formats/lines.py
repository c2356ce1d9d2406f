"""Document tree -> lines of text: plain, and with the few tags that Telegram takes. Discord's Markdown builds on it.

All say the same in the same order: lists are lines with a leading `- `, a table's row is a line that repeats the
headings, so that it can be read aloud and on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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

Wrap = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Marks:
    """How a format writes what is more than characters. `plain` and the codes take raw text."""

    plain: Wrap
    strong: Wrap
    emphasis: Wrap
    code: Wrap
    code_block: Wrap
    quote: Wrap
    link: Callable[[str, str], str]
    """(written text, raw address)."""


@dataclass(frozen=True, slots=True)
class LineWriter:
    say: Say
    marks: Marks
    show: Show = no_pictures

    def inline(self, children: Iterable[Inline]) -> str:
        """One line, except for the author's own line breaks."""
        return "".join(map(self._inline, children))

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Blocks with an empty line between them; a heading stands on its text."""
        pieces: list[str] = []
        for node in blocks:
            pieces += [self._block(node), "\n" if isinstance(node, Heading) else "\n\n"]
        return "".join(pieces[:-1])

    def _inline(self, node: Inline) -> str:
        marks = self.marks
        match node:
            case Run(text):
                return marks.plain(text)
            case Placeholder():
                value = self.say(node)
                return value.mark + marks.plain(value.text)
            case Strong(children):
                return marks.strong(self.inline(children))
            case Emphasis(children):
                return marks.emphasis(self.inline(children))
            case Code(text):
                return marks.code(text)
            case Link(href, children):
                return marks.link(self.inline(children), href)
            case Image(src, alt):
                return marks.link(marks.plain(alt), self.show(src).url)
            case Break():
                return "\n"

    def _block(self, node: Block) -> str:
        match node:
            case Heading(_, children):
                return self.marks.strong(self.inline(children))
            case Paragraph(children):
                return self.inline(children)
            case Listing(items, start):
                return "\n".join(self._items(items, start))
            case Quote(children):
                return self.marks.quote(self.blocks(children))
            case CodeBlock(text):
                return self.marks.code_block(text.rstrip("\n"))
            case Table():
                return "\n".join(self._rows(node))
            case Rule():
                return "---"

    def _items(self, items: Sequence[Sequence[Block]], start: int | None) -> Iterable[str]:
        for position, item in enumerate(items):
            bullet = "- " if start is None else f"{start + position}. "
            yield bullet + self._tight(item).replace("\n", "\n" + " " * len(bullet))

    def _tight(self, item: Iterable[Block]) -> str:
        return "\n".join(map(self._block, item))

    def _rows(self, table: Table) -> Iterable[str]:
        """`- VIP 1: Before 0.10%, After 0.08%`."""
        names = [self.inline(cell) for cell in table.header]
        for row in table.rows:
            first, *rest = (self.inline(cell) for cell in row)
            pairs = ", ".join(f"{name} {cell}".strip() for name, cell in zip(names[1:], rest, strict=True))
            yield f"- {first}: {pairs}" if pairs else f"- {first}"


def _same(text: str) -> str:
    return text


def _plain_link(text: str, address: str) -> str:
    shown = address.removeprefix("mailto:")
    return shown if text in (address, shown) else f"{text} ({shown})"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


_PLAIN = Marks(_same, _same, _same, _same, _same, _quoted, _plain_link)


def plain(say: Say, show: Show = no_pictures) -> LineWriter:
    """Plain text; a link is `text (URL)`."""
    return LineWriter(say, _PLAIN, show)


def _tag(name: str) -> Wrap:
    def wrap(text: str) -> str:
        return f"<{name}>{text}</{name}>" if text.strip() else text

    return wrap


def _escaped(text: str) -> str:
    return str(escape(text))


def _escaped_tag(name: str) -> Wrap:
    wrap = _tag(name)
    return lambda text: wrap(_escaped(text))


def _telegram_link(text: str, address: str) -> str:
    """Telegram drops links that are not http(s) and keeps their text, so a mail address is written out."""
    if address.startswith("mailto:"):
        return _plain_link(text, _escaped(address))
    return f'<a href="{escape(address)}">{text.strip() or escape(address)}</a>'


def _telegram_quote(text: str) -> str:
    """Marked line by line: Telegram refuses a quotation inside a quotation."""
    return "\n".join(f"&gt; {line}".rstrip() for line in text.split("\n"))


_TELEGRAM = Marks(
    _escaped, _tag("b"), _tag("i"), _escaped_tag("code"), _escaped_tag("pre"), _telegram_quote, _telegram_link
)


def telegram_html(say: Say, show: Show = no_pictures) -> LineWriter:
    """Text with Telegram's tags (Bot API, "HTML style"): b, i, code, pre, a."""
    return LineWriter(say, _TELEGRAM, show)
