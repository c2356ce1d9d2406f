"""The parser's tree -> `Document`, with a finding for everything that would not be shown as it was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_block.table import escapedSplit
from markdown_it.tree import SyntaxTreeNode

from publisher.channel import Finding, Place, Severity
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
from publisher.content.markup.commonmark import Lines
from publisher.content.markup.links import link_problem, shown
from publisher.content.markup.marks import ANCHOR, OPEN, Marked

MAX_DEPTH = 6
"""Lists and quotes inside each other."""

_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?/?>|<!--|<!\[CDATA\[")
_ENTITY = re.compile(r"&(#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60"
_SOFT_BREAK = re.compile(f"(?<=[{_WIDE}])\n(?=[{_WIDE}])|(\n)")


@dataclass
class Reader:
    """Reads one text; `findings` and what else was met fill up on the way."""

    file: str
    lines: Sequence[str]
    marked: Marked
    title_place: Place
    findings: list[Finding]
    images: list[tuple[Image, Place]] = field(default_factory=list)
    anchors: list[tuple[str, Place]] = field(default_factory=list)

    # --- blocks

    def document(self, root: SyntaxTreeNode) -> Document:
        nodes = list(root.children)
        title: tuple[Inline, ...] = ()
        if nodes and nodes[0].type == "heading" and nodes[0].tag == "h1":
            self.title_place = self._place(nodes[0].map)
            title = self._children(nodes.pop(0))
        if not title:
            self.report("missing_title", "the text has no title", "begin with `# ` and the title", (0, 1))
        summary: tuple[Inline, ...] = ()
        if nodes and nodes[0].type == "paragraph":
            summary = self._children(nodes.pop(0))
        if not any(isinstance(inline, Placeholder) or _words(inline) for inline in summary):
            fix = "write one paragraph that says it all below the title"
            self.report("missing_summary", "the text has no summary", fix, nodes[0].map if nodes else None)
        return Document(title, summary, tuple(self._blocks(nodes)))

    def _blocks(self, nodes: Iterable[SyntaxTreeNode], depth: int = 0) -> Iterator[Block]:
        for node in nodes:
            yield self._block(node, depth)

    def _block(self, node: SyntaxTreeNode, depth: int) -> Block:
        match node.type:
            case "heading":
                return self._heading(node)
            case "bullet_list" | "ordered_list":
                return self._list(node, depth + 1)
            case "blockquote":
                self._check_depth(node, depth + 1)
                return Quote(tuple(self._blocks(node.children, depth + 1)))
            case "fence" | "code_block":
                return CodeBlock(self._literal(node.content, node.map))
            case "table":
                return self._table(node)
            case "hr":
                return Rule()
        return Paragraph(self._children(node))

    def _heading(self, node: SyntaxTreeNode) -> Heading:
        level = int(node.tag[1])
        if level == 1:
            self.report("second_title", "a text has one title", "use `##` for a section", node.map)
        if level > 4:
            self.report("heading_level", "headings end at level 4", "use `##` to `####`", node.map)
        children, anchor = self._children(node), ""
        if children and isinstance(last := children[-1], Run) and (found := ANCHOR.search(last.text)):
            anchor, rest = found[1], last.text[: found.start()].rstrip()
            children = (*children[:-1], Run(rest)) if rest else children[:-1]
            self._anchor(anchor, self._place(node.map, "{#" + anchor))
        return Heading(min(max(level, 2), 4), children, anchor)

    def _anchor(self, name: str, place: Place) -> None:
        if name in {known for known, _ in self.anchors}:
            self.findings.append(
                Finding("anchor", f"two headings are `{{#{name}}}`", "rename one of them", place=place)
            )
        self.anchors.append((name, place))

    def _list(self, node: SyntaxTreeNode, depth: int) -> Listing:
        self._check_depth(node, depth)
        items = tuple(tuple(self._blocks(item.children, depth)) for item in node.children)
        return Listing(items, int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None)

    def _check_depth(self, node: SyntaxTreeNode, depth: int) -> None:
        if depth == MAX_DEPTH + 1:
            message = f"lists and quotes are nested more than {MAX_DEPTH} deep"
            self.report("nesting", message, "split it into sections", node.map)

    def _table(self, node: SyntaxTreeNode) -> Table:
        rows = [row for part in node.children for row in part.children]
        for row in rows[1:]:
            self._check_cells(row, len(rows[0].children))
        header, *body = (tuple(self._children(cell) for cell in row.children) for row in rows)
        return Table(header, tuple(body))

    def _check_cells(self, row: SyntaxTreeNode, wanted: int) -> None:
        """The parser drops cells that the header does not have."""
        line = row.map[0] if row.map else 0
        written = len(escapedSplit(self.marked.lines[line].strip().removeprefix("|").removesuffix("|")))
        if written != wanted:
            message = f"this row has {written} cells and the header {wanted}"
            self.report("table_row", message, "separate as many cells by `|` as the header has", (line, line + 1))

    # --- inlines

    def _children(self, node: SyntaxTreeNode) -> tuple[Inline, ...]:
        lines = node.map
        pieces = [piece for inline in node.children for piece in self._inlines(inline.children, lines or inline.map)]
        return self._joined(pieces, lines)

    def _inlines(self, nodes: Iterable[SyntaxTreeNode], lines: Lines) -> Iterator[Inline]:
        for node in nodes:
            match node.type:
                case "softbreak":
                    yield Run("\n")
                case "hardbreak":
                    yield Break()
                case "strong":
                    yield Strong(self._joined(self._inlines(node.children, lines), lines))
                case "em":
                    yield Emphasis(self._joined(self._inlines(node.children, lines), lines))
                case "code_inline":
                    yield Code(self._literal(node.content, lines))
                case "link":
                    yield self._link(node, lines)
                case "image":
                    yield self._image(node, lines)
                case _:
                    yield from (Run(piece) if isinstance(piece, str) else piece for piece in self._split(node.content))

    def _split(self, text: str) -> Iterator[str | Placeholder]:
        return (piece for piece in self.marked.split(text) if piece)

    def _joined(self, inlines: Iterable[Inline], lines: Lines) -> tuple[Inline, ...]:
        """Neighbouring runs as one; a line end is a space, but nothing between two wide (Chinese ...) characters."""
        joined: list[Inline] = []
        for inline in inlines:
            if isinstance(inline, Run) and joined and isinstance(before := joined[-1], Run):
                joined[-1] = Run(before.text + inline.text)
            else:
                joined.append(inline)
        return tuple(self._run(inline, lines) if isinstance(inline, Run) else inline for inline in joined)

    def _run(self, run: Run, lines: Lines) -> Run:
        for pattern, code, message, fix in _VISIBLE:
            if found := pattern.search(run.text):
                finding = Finding(code, f"`{found[0]}` {message}", fix, Severity.WARNING, self._place(lines, found[0]))
                self.findings.append(finding)
        return Run(_one_line(run.text))

    def _link(self, node: SyntaxTreeNode, lines: Lines) -> Link:
        href = str(node.attrs.get("href", ""))
        if problem := link_problem(href):
            self.report("link", f"the link `{shown(href)}` {problem[0]}", problem[1], lines, shown(href))
        children = self._joined(self._inlines(node.children, lines), lines)
        if not children:
            self.report("link", "a link has no words", "write `[what is there](https://...)`", lines, "[](")
        return Link(normalizeLink(href), children)

    def _image(self, node: SyntaxTreeNode, lines: Lines) -> Image:
        src = self._literal(str(node.attrs.get("src", "")), lines)
        pieces = (
            "\n" if child.type in ("softbreak", "hardbreak") else child.content
            for child in node.walk(include_self=False)
        )
        alt = self._literal(_one_line("".join(pieces)), lines).strip()
        if not alt:
            fix = f"say what it shows: `![what it shows]({src})`"
            self.report("image_alt", f"the image `{src}` has no text for those who cannot see it", fix, lines, "![")
        image = Image(src, alt)
        self.images.append((image, self._place(lines, src)))
        return image

    def _literal(self, text: str, lines: Lines) -> str:
        """`text` of code, an image or its description: no placeholder is filled there."""
        if OPEN in text:
            fix = "write the placeholder in plain text"
            self.report("placeholder_place", "placeholders are not filled in code and images", fix, lines, "{{")
        return text

    # --- places

    def report(self, code: str, message: str, fix: str, lines: Lines = None, near: str = "") -> None:
        self.findings.append(Finding(code, message, fix, place=self._place(lines, near)))

    def _place(self, lines: Lines, near: str = "") -> Place:
        """Where `near` first stands in `lines` (first, one past the last; from 0), else their beginning."""
        if lines is None:
            return Place(self.file)
        first, end = lines[0], lines[1]
        for number in range(first, min(end, len(self.lines))):
            if (column := self.lines[number].find(near)) >= 0:
                return Place(self.file, number + 1, column + 1)
        return Place(self.file, first + 1, 1)


_VISIBLE = (
    (_HTML, "html", "is shown as text: HTML is not understood", "use Markdown, or ` around it to show it as code"),
    (_ENTITY, "entity", "is shown as text: HTML entities are not understood", "write the character itself"),
    (
        re.compile(r"\*\*"),
        "emphasis",
        "is shown as text: bold does not begin or end beside this punctuation",
        "put the punctuation outside the asterisks",
    ),
)


def _one_line(text: str) -> str:
    return _SOFT_BREAK.sub(lambda found: " " if found[1] else "", text)


def _words(inline: Inline) -> bool:
    return not isinstance(inline, Run | Break | Image) or (isinstance(inline, Run) and bool(inline.text.strip()))
