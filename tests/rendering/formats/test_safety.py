"""No text of staff ever becomes markup: what a parser sees does not depend on what they wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from markupsafe import escape

from publisher.channel import Format
from publisher.content.document import Block, Code, Document, Paragraph, Placeholder, Run
from publisher.rendering.formats import WRITERS
from publisher.rendering.formats.html import HtmlWriter
from publisher.rendering.formats.value import Value
from publisher.rendering.mjml import email_html
from publisher.rendering.render import Renderer
from tests.rendering import builders
from tests.rendering.formats import trees

settings.register_profile("rendering", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
quick = settings.get_profile("rendering")
MARKUP = [Format.WEB_HTML, Format.EMAIL_HTML, Format.TELEGRAM_HTML]
TELEGRAM_TAGS = {"b", "i", "code", "pre", "a"}


def sharp(_: Placeholder) -> Value:
    return Value("</p><b>&amp;\"'", None)


def calm(_: Placeholder) -> Value:
    return Value("x", None)


@settings(quick)
@given(blocks=trees.blocks)
def test_structure_does_not_depend_on_text(blocks: tuple[Block, ...]) -> None:
    for format in MARKUP:
        written = WRITERS[format](sharp, trees.show).blocks(blocks)
        harmless = WRITERS[format](calm, trees.show).blocks(trees.calm(blocks))

        assert trees.outline(written) == trees.outline(harmless)
        assert format is not Format.TELEGRAM_HTML or _telegram_takes(trees.outline(written))


@pytest.mark.parametrize("format", MARKUP)
@settings(quick)
@given(text=trees.texts)
def test_readers_see_the_characters_that_were_written(format: Format, text: str) -> None:
    written = WRITERS[format](calm).blocks([Paragraph((Run(text), Code(text)))])

    assert trees.characters(written) == text + text


@settings(quick)
@given(text=trees.texts)
def test_plain_text_is_left_alone(text: str) -> None:
    assert WRITERS[Format.PLAIN](calm).inline([Run(text)]) == text


@pytest.mark.parametrize("format", [Format.WEB_HTML, Format.EMAIL_HTML])
@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<iframe src=https://example.com></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<p onclick=alert(1)>x</p>",
        "<!-- comment -->",
    ],
)
def test_the_second_lock_holds_even_without_escaping(format: Format, attack: str) -> None:
    writer = WRITERS[format](calm)
    assert isinstance(writer, HtmlWriter)

    locked = writer.lock.clean(attack).lower()

    assert not re.search(r"script|iframe|svg|<!--|\bon\w+=|javascript:|data:", locked)


@settings(quick, max_examples=15)
@given(document=trees.documents)
def test_whole_templates_keep_their_structure(renderer: Renderer, document: Document) -> None:
    calm_document = trees.calm(document)

    for channel, section in [("website", "article"), ("email", "html"), ("telegram", "text")]:
        assert trees.outline(_rendered(renderer, document, channel, section)) == trees.outline(
            _rendered(renderer, calm_document, channel, section)
        )


@settings(quick)
@given(text=trees.texts)
def test_mjml_keeps_text_and_attributes_as_they_are(text: str) -> None:
    source = f'<mj-raw><a title="{escape(text)}">{escape(text)}</a></mj-raw>'

    compiled = email_html(f"<mjml><mj-head></mj-head><mj-body>{source}</mj-body></mjml>")

    assert trees.titles(compiled) == [text]
    assert trees.characters(compiled).strip().endswith(text)


def _rendered(renderer: Renderer, document: Document, channel: str, section: str) -> str:
    [edition, *_] = renderer.editions(builders.with_document(document), [builders.target(channel)])
    return str(edition.payload.parts[0].content[section])


def _telegram_takes(outline: list[tuple[str, ...]]) -> bool:
    return {tag[0].lstrip("/") for tag in outline} <= TELEGRAM_TAGS and _balanced(outline)


def _balanced(outline: list[tuple[str, ...]]) -> bool:
    open_tags: list[str] = []
    for tag, *_ in outline:
        if not tag.startswith("/"):
            open_tags.append(tag)
        elif not open_tags or open_tags.pop() != tag[1:]:
            return False
    return not open_tags
