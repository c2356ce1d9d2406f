"""What readers get, word for word. After a wanted change: `pytest tests/rendering --update-golden`, then read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.channel import SLOT_MARKER
from publisher.content.kinds import KINDS
from publisher.content.kinds.languages import locales
from publisher.rendering.render import Renderer
from tests.rendering import builders

GOLDEN = Path(__file__).parent / "golden"
SHORT = {
    "x.text",
    "telegram.text",
    "telegram.reply",
    "email.subject",
    "webhook.push_title",
    "webhook.push_body",
    "discord.text",
}
"""What differs most between stages; the rest is kept for the first publication only."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", locales())
def test_golden(renderer: Renderer, kind: str, locale: str, request: pytest.FixtureRequest) -> None:
    folder = GOLDEN / kind / locale
    rendered = dict(_sections(renderer, kind, locale))
    if request.config.getoption("--update-golden", default=False):
        _write(folder, rendered)

    assert rendered == {file.name: file.read_text() for file in folder.iterdir()}


def _sections(renderer: Renderer, kind: str, locale: str) -> Iterator[tuple[str, str]]:
    """File name -> text, slots in visible brackets."""
    for edition in renderer.editions(builders.revision(kind), builders.targets(locales=[locale])):
        for name, text in edition.payload.parts[0].content.items():
            section = f"{edition.channel}.{name}"
            if text and (edition.stage == "announce" or section in SHORT):
                yield f"{edition.stage}.{edition.operation}.{section}", SLOT_MARKER.sub(r"⟦\1⟧", str(text)) + "\n"


def _write(folder: Path, rendered: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, text in rendered.items():
        (folder / name).write_text(text)
