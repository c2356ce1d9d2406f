"""What a reader on Discord sees of what staff wrote: the same characters, and never a mark, mention or link of theirs.

Read by the sandbox, which knows the rules of Discord's own programs and nothing of how the text was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import copytree
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from publisher.channel import SLOTS, Format, slot, slot_names
from publisher.content.document import Block, Code, CodeBlock, Heading, Paragraph, Placeholder, Run, Strong
from publisher.rendering.formats import WRITERS
from publisher.rendering.formats.discord import escaped, preview
from publisher.rendering.formats.value import Value
from publisher.sandbox.discord.markdown import Piece, read
from tests.rendering import builders
from tests.rendering.formats import trees

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
OURS = {"bold", "code", "pre", "quote", "bullet"}
HOSTILE = st.sampled_from([
    "*", "**", "***", "_", "__", "~~", "||", "`", "``", "```", "\\", "@everyone", "@here", "@", "<@1>", "<@&1>", "<#1>",
    "<t:1>", "</a:1>", "<:a:1>", "<id:guide>", ":fire:", ":", ":100:", "# ", "## ", "-# ", "- ", "+ ", "1. ", "1", ".",
    "> ", ">>> ", "https://evil.example/", "http://", "<https://evil.example>", "[a](https://evil.example)", "[", "](",
    ")", "a", " ", "10:00", "steam://x", "www.evil.example", "中", "🛠",
])  # fmt: skip
hostile = st.lists(HOSTILE, min_size=1, max_size=8).map("".join)


def sharp(_: Placeholder) -> Value:
    return Value("**@everyone** <https://evil.example> :fire:", None)


def seen(pieces: Iterable[Piece]) -> str:
    """The characters, without those that nobody sees, the marks of a quote, and what stands around an address."""
    return re.sub(r"[\s>()\u200b]", "", unquote("".join(piece.text for piece in pieces)))


def plain(blocks: Iterable[Block]) -> str:
    return re.sub(r"[\s>()\u200b]", "", unquote(WRITERS[Format.PLAIN](sharp, trees.show).blocks(blocks)))


def nodes(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, tuple):
        for each in node:
            yield from nodes(each)
    elif hasattr(node, "__dataclass_fields__"):
        for name in node.__dataclass_fields__:
            yield from nodes(getattr(node, name))


@quick
@given(blocks=trees.blocks)
def test_any_tree_reads_as_it_was_written(blocks: tuple[Block, ...]) -> None:
    pieces = read(WRITERS[Format.DISCORD_MARKDOWN](sharp, trees.show).blocks(blocks))

    assert seen(pieces) == plain(blocks)
    assert {style for piece in pieces for style in piece.styles} <= OURS
    assert sum(bool(piece.href) for piece in pieces) == plain(blocks).count("https://example.com/")
    strong = any(isinstance(node, Strong | Heading) for node in nodes(blocks))
    assert strong or not any("bold" in piece.styles for piece in pieces)


@quick
@given(one=hostile, two=hostile, code=hostile)
@example(one="1", two=". a", code="`")
@example(one="a*", two="*b", code="**")
def test_pieces_that_meet_make_no_mark_either(one: str, two: str, code: str) -> None:
    inside = (Run(one), Strong((Run(two),)), Code(code), Run(two), Placeholder(("x",)), Run(one), Code(code), Code(one))
    said = [Paragraph(inside)]

    pieces = read(WRITERS[Format.DISCORD_MARKDOWN](sharp, trees.show).blocks(said))

    assert seen(pieces) == plain(said)
    assert {style for piece in pieces for style in piece.styles} <= {"bold", "code"}
    assert not any(piece.href for piece in pieces)


@quick
@given(code=hostile)
def test_a_block_of_code_stays_one_or_becomes_plain(code: str) -> None:
    pieces = read(WRITERS[Format.DISCORD_MARKDOWN](sharp).blocks([CodeBlock(code)]))

    assert seen(pieces) == plain([CodeBlock(code)])
    assert {style for piece in pieces for style in piece.styles} <= {"pre"}


@quick
@given(text=hostile)
def test_the_preview_shows_what_a_reader_sees(text: str) -> None:
    shown = preview(escaped(text)).striptags()

    assert re.sub(r"[\s\u200b]", "", shown) == re.sub(r"[\s\u200b]", "", text)


@pytest.mark.parametrize("name", SLOTS)
def test_a_slot_survives_the_escaping(name: str) -> None:
    assert escaped(f"*at_* {slot(name)} _x_") == f"\\*at\\_\\* {slot(name)} \\_x\\_"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3 Dec 2026, 10:00-12:00 (UTC+8)", "3 Dec 2026, 10:00-12:00 (UTC+8)"),
        ("0.10% → 0.08%", "0.10% → 0.08%"),
        ("-5% within an hour: sell", "-5% within an hour: sell"),
        ("时间：10:00 起", "时间：10:00 起"),
        ("ann_2026 costs $5 * 2", "ann\\_2026 costs $5 \\* 2"),
    ],
)
def test_what_means_nothing_is_left_alone(text: str, wanted: str) -> None:
    assert escaped(text) == wanted


def test_values_are_escaped_in_templates_and_markup_is_not(tmp_path: Path) -> None:
    templates = copytree(builders.TEMPLATES, tmp_path / "templates")
    (templates / "maintenance" / "discord.text.j2").write_text(
        "{% macro twice(value) %}{{ value }} {{ value }}{% endmacro %}\n"
        "**{{ facts.network }}** {{ title }} {{ twice(facts.network) }} {{ slot('published_at') }}"
    )
    revision = builders.saying("# Title_ **bold**\n\nSummary.", network="*a* & <@1>")

    [edition, *_] = builders.renderer(templates).editions(revision, [builders.target("discord")])

    text = str(edition.payload.parts[0].content["text"])
    said = "\\*a\\* & \\<@1>"
    assert text == f"**{said}** Title\\_ **bold** {said} {said} {slot('published_at')}"
    assert slot_names(text) == {"published_at"}
