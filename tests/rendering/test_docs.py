"""docs/templates.md names everything that a template can use."""

from __future__ import annotations

import re

import pytest

from publisher.channel import Format
from publisher.content.placeholders import FILTERS
from publisher.rendering.brand import Brand, Handle
from publisher.rendering.context import template_context
from publisher.rendering.plan import Step
from publisher.rendering.render import Renderer
from tests.rendering import builders

DOCS = (builders.TEMPLATES.parent / "docs" / "templates.md").read_text()
NAMED = set(re.findall(r"`([a-z_]+)", DOCS))


def test_every_name_of_the_context(renderer: Renderer) -> None:
    [text] = renderer.texts(builders.revision(), [builders.target("x")]).values()

    context = template_context(Format.PLAIN, Step("announce", "publish"), text, builders.BRAND)

    assert context.keys() - NAMED == set()


@pytest.mark.parametrize("names", [FILTERS, Brand.__dataclass_fields__, Handle.__dataclass_fields__])
def test_every_filter_and_field(names: dict[str, object]) -> None:
    assert names.keys() - NAMED == set()


def test_every_section(renderer: Renderer) -> None:
    for channel, sections in builders.SECTIONS.items():
        [line] = [line for line in DOCS.split("\n") if line.startswith(f"| {channel} |")]
        assert set(re.findall(r"`([a-z_]+)` \(", line)) >= set(sections)
