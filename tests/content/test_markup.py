"""Markdown becomes a tree that says the same; hostile text does no harm and takes no time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.document import (
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
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
from publisher.content.markup import parse
from publisher.content.markup.commonmark import MAX_SYNTAX

NETWORK = Placeholder(("network",))
DATE = Placeholder(("starts_at",), (("date", ()),))


def paragraph(text: str) -> tuple[Inline, ...]:
    return parse(f"# Title\n\n{text}").document.summary


def block(text: str) -> object:
    (only,) = parse(f"# Title\n\nSummary\n\n{text}").document.blocks
    return only


def test_title_summary_and_the_rest() -> None:
    document = parse("# On {{ starts_at | date }}\n\nThe summary\n\nThe rest").document

    assert document.title == (Run("On "), DATE)
    assert document.summary == (Run("The summary"),)
    assert document.blocks == (Paragraph((Run("The rest"),)),)


@pytest.mark.parametrize(
    ("text", "inlines"),
    [
        ("a **{{ network }}**", (Run("a "), Strong((NETWORK,)))),
        ("*a* `b|c`", (Emphasis((Run("a"),)), Run(" "), Code("b|c"))),
        ("[to {{ network }}](https://example.com/a)", (Link("https://example.com/a", (Run("to "), NETWORK)),)),
        ("<https://example.com/b>", (Link("https://example.com/b", (Run("https://example.com/b"),)),)),
        ("[mail](mailto:help@example.com)", (Link("mailto:help@example.com", (Run("mail"),)),)),
        ("[路](https://example.com/路)", (Link("https://example.com/%E8%B7%AF", (Run("路"),)),)),
        ("a  \nb", (Run("a"), Break(), Run("b"))),
        ("a\nb", (Run("a b"),)),
        ("网络\n升级", (Run("网络升级"),)),
        ("网络\nETH", (Run("网络 ETH"),)),
        ("<b>x</b> &amp; \\*y\\*", (Run("<b>x</b> &amp; *y*"),)),
        ("{{network}}{{ starts_at|date }}", (NETWORK, DATE)),
    ],
)
def test_inlines(text: str, inlines: tuple[Inline, ...]) -> None:
    assert paragraph(text) == inlines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Open orders {#open_orders}", Heading(2, (Run("Open orders"),), "open_orders")),
        ("### Plain", Heading(3, (Run("Plain"),))),
        ("- a\n- b", Listing(((Paragraph((Run("a"),)),), (Paragraph((Run("b"),)),)))),
        ("3. a", Listing(((Paragraph((Run("a"),)),),), start=3)),
        ("> a", Quote((Paragraph((Run("a"),)),))),
        ("```\na < b\n```", CodeBlock("a < b\n")),
        ("---", Rule()),
        ("Text\n===", Paragraph((Run("Text ==="),))),
        (
            "| a | b |\n|---|---|\n| {{ starts_at | date }} | c |",
            Table(((Run("a"),), (Run("b"),)), (((DATE,), (Run("c"),)),)),
        ),
    ],
)
def test_blocks(text: str, expected: object) -> None:
    assert block(text) == expected


def test_a_filter_in_a_cell_does_not_split_it() -> None:
    table = block("| a |\n|---|\n| at {{ starts_at | date }} |")

    assert table == Table(((Run("a"),),), (((Run("at "), DATE),),))


def test_marks_cannot_be_typed() -> None:
    document = parse("# {{ network }}\n\n\uf8f00\uf8f1 and \uf8f099\uf8f1").document

    assert document.summary == (Run("\ufffd0\ufffd and \ufffd99\ufffd"),)


HOSTILE = {
    "10,000 headings": "## h\n" * 10_000,
    "1,000 lists in lists, by indentation": "".join("  " * depth + "- x\n" for depth in range(1_000)),
    "1,000 lists in lists, on one line": "- " * 1_000 + "x",
    "5,000 links": "[a](https://example.com/x) " * 5_000,
    "5,000 bad links": "[a](x) " * 5_000,
    "brackets": "[" * 20_000,
    "images": "![" * 10_000,
    "emphasis in emphasis": "*a **b " * 3_000 + "b** a* " * 3_000,
    "backticks": "".join("`" * count + " " for count in range(200)),
    "quotes": ">" * 19_000,
    "open placeholders": "{{ " * 15_000,
    "one long open placeholder": "{{" + "x" * 500_000,
    "placeholders": "{{ network }} " * 5_000,
    "parentheses": "{{ " + "(" * 50_000 + " }}",
    "attributes": "{{ a" + ".a" * 50_000 + " }}",
    "tabs before an anchor": "## a" + "\t" * 100_000 + "{#",
    "a wide table": "|a" * 1_000 + "|\n" + "|-" * 1_000 + "|\n" + ("|x" * 1_000 + "|\n") * 5,
    "a megabyte of words": ("word " * 20 + "\n") * 10_000,
    "a megabyte of syntax": "*[_" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_no_time(name: str) -> None:
    began = time.process_time()  # each takes a second at most; what backtracks or recurses takes minutes

    markup = parse(f"# Title\n\nSummary\n\n{HOSTILE[name]}")

    assert time.process_time() - began < 10
    assert markup.document.title == (Run("Title"),) or markup.findings[0].code == "too_large"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1,000 lists in lists, by indentation", "nesting"),
        ("1,000 lists in lists, on one line", "nesting"),
        ("emphasis in emphasis", "nesting"),
        ("quotes", "nesting"),
        ("a megabyte of syntax", "too_large"),
        ("parentheses", "placeholder_syntax"),
    ],
)
def test_what_the_parser_gives_up_is_said(name: str, code: str) -> None:
    assert code in {finding.code for finding in parse(f"# Title\n\nSummary\n\n{HOSTILE[name]}").findings}


def words(node: object) -> Iterator[str]:
    match node:
        case Run(text=text) | Code(text=text) | CodeBlock(text=text):
            yield text
        case tuple():
            for child in node:
                yield from words(child)
        case _ if hasattr(node, "__dataclass_fields__"):
            for name in node.__dataclass_fields__:
                yield from words(getattr(node, name))


@given(
    st.lists(
        st.sampled_from(
            ["# ", "\n", "\n\n", "- ", "**", "_", "`", "|", "[a](b)", "{{ x }}", "word", "> ", "1. ", "<b>"]
        )
    )
)
def test_no_word_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)

    markup = parse(f"# Title\n\nSummary\n\n{text}")

    document = markup.document
    kept = "".join(words((document.title, document.summary, document.blocks))).count("word")
    reported = {finding.code for finding in markup.findings} & {"nesting", "table_row"}
    assert kept == text.count("word") or reported


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert parse(text).document is not None


def test_the_limit_of_syntax_is_said_with_its_number() -> None:
    (finding,) = parse("*" * (MAX_SYNTAX + 1)).findings

    assert "20,000" in finding.message
