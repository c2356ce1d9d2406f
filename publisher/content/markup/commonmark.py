"""Markdown -> the parser's tree: CommonMark with tables, without HTML, of bounded depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

Lines: TypeAlias = "Sequence[int] | None"
"""First line and the one past the last, from 0."""

MAX_SYNTAX = 20_000
"""Lines and characters with a meaning, in all languages of an announcement: what reading and rendering cost, about two
seconds at most. A page that is light enough to be published has a tenth of it.
"""
_SYNTAX = "\n[]!*_`|#>-<{"
_MAX_INLINE_DEPTH = 12
_PARSER_DEPTH = 30  # two for a list in a list; beyond it the parser drops content, `reader.MAX_DEPTH` reports first


class _Markdown(MarkdownIt):
    """Keeps every link as written: a link that is not allowed shall be a finding, not silently text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 the parser's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url


# `entity` off: `&#xE000;` would bring in characters that were refused; `lheading` off: a line under a paragraph is a
# rule for everybody but Markdown.
_MARKDOWN = _Markdown("commonmark", {"html": False, "maxNesting": _PARSER_DEPTH})
_MARKDOWN.enable("table").disable(["entity", "lheading", "html_block", "html_inline"])


def syntax(text: str) -> int:
    """How many lines and characters with a meaning it has."""
    return sum(map(text.count, _SYNTAX))


def tree(text: str) -> tuple[SyntaxTreeNode, Sequence[Lines]]:
    """The parser's tree, and the lines where emphasis and links are nested so deep that they stay plain text."""
    tokens = _MARKDOWN.parse(text)
    deep = [token for token in tokens if any(child.level > _MAX_INLINE_DEPTH for child in token.children or ())]
    for token in deep:
        token.children = [Token("text", "", 0, content=token.content)]
    return SyntaxTreeNode(tokens), [token.map for token in deep]
