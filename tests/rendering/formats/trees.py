"""Any document tree that staff could write, and what an HTML parser makes of what we write."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TypeVar

from hypothesis import strategies as st

from publisher.content.document import (
    Block,
    Break,
    Code,
    CodeBlock,
    Document,
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
from publisher.rendering.formats.value import Shown

T = TypeVar("T")

# What content.source lets through: no control, private-use or surrogate characters.
_CHARACTERS = st.characters(exclude_categories=("Cc", "Co", "Cs"))
_SHARP = st.sampled_from(["<", ">", "&", '"', "'", "`", "\\", "/", "=", "{{", "}}", "{%", "<!--", "-->", "]]>", "&lt;"])
_MARKUP = st.sampled_from(
    ["<b>", "</p>", "<script>", "</style>", "<img src=x>", "<mj-raw>", "&#60;", "javascript:", "* "]
)

texts = st.lists(_CHARACTERS | _SHARP | _MARKUP, min_size=1, max_size=8).map("".join).map(lambda text: f"t{text}t")
_addresses = texts.map(lambda text: "https://example.com/" + "".join(text.split()))
placeholder = Placeholder(("network",))


def _inlines(children: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    several = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.builds(Strong, several) | st.builds(Emphasis, several) | st.builds(Link, _addresses, several)


_leaves: st.SearchStrategy[Inline] = (
    st.builds(Run, texts)
    | st.builds(Code, texts)
    | st.builds(Image, _addresses, texts)
    | st.just(Break())
    | st.just(placeholder)
)
inlines: st.SearchStrategy[tuple[Inline, ...]] = st.lists(
    st.recursive(_leaves, _inlines, max_leaves=4), min_size=1, max_size=3
).map(tuple)


def _tables(columns: int) -> st.SearchStrategy[Block]:
    row = st.lists(inlines, min_size=columns, max_size=columns).map(tuple)
    return st.builds(Table, row, st.lists(row, max_size=2).map(tuple))


_flat: st.SearchStrategy[Block] = (
    st.builds(Paragraph, inlines)
    | st.builds(Heading, st.integers(2, 4), inlines, st.sampled_from(["", "risk"]))
    | st.builds(CodeBlock, texts)
    | st.just(Rule())
    | st.integers(1, 3).flatmap(_tables)
)


def _nested(children: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(children, min_size=1, max_size=3).map(tuple)
    lists = st.builds(Listing, st.lists(several, min_size=1, max_size=3).map(tuple), st.none() | st.integers(0, 9))
    return lists | st.builds(Quote, several)


blocks: st.SearchStrategy[tuple[Block, ...]] = st.lists(
    st.recursive(_flat, _nested, max_leaves=4), min_size=1, max_size=3
).map(tuple)
documents = st.builds(Document, inlines.map(lambda title: (Run("title"), *title)), inlines, blocks)


def harmless(node: object) -> object:
    """The same tree with harmless letters for every text."""
    match node:
        case tuple():
            return tuple(map(harmless, node))
        case Run() | Code() | CodeBlock():
            return replace(node, text="x")
        case Image():
            return Image("https://example.com/x", "x")
        case Link(_, children):
            return Link("https://example.com/x", calm(children))
        case Table(header, rows):
            return Table(calm(header), calm(rows))
        case Listing(items):
            return replace(node, items=calm(items))
        case Document(title, summary, inner):
            return Document(calm(title), calm(summary), calm(inner))
        case Strong() | Emphasis() | Heading() | Paragraph():
            return replace(node, children=calm(node.children))
        case Quote(quoted):
            return Quote(calm(quoted))
        case _:
            return node


def calm(part: T) -> T:
    changed = harmless(part)
    assert isinstance(changed, type(part))
    return changed


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.text: list[str] = []
        self.titles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *sorted(name for name, _ in attrs)))
        self.titles += [value or "" for name, value in attrs if name == "title"]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("!--",))

    def handle_decl(self, decl: str) -> None:
        self.tags.append((decl,))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(html: str) -> list[tuple[str, ...]]:
    """Every tag and comment with the names of its attributes, in order."""
    return _parsed(html).tags


def characters(html: str) -> str:
    """What stands between the tags, references resolved."""
    return "".join(_parsed(html).text)


def titles(html: str) -> list[str]:
    """The values of all `title` attributes, references resolved."""
    return _parsed(html).titles


def _parsed(html: str) -> _Outline:
    parser = _Outline()
    parser.feed(html)
    parser.close()
    return parser


def show(src: str) -> Shown:
    """Every picture, by the name of its file."""
    return Shown(src, 64, 48)
