"""Documentation that can be checked is checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from publisher.registry import BUILT_IN, load
from publisher.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting by its dotted name."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.parametrize("name", list(settings()))
def test_every_setting_is_documented(name: str) -> None:
    heading = rf"^#+ `\[?{re.escape(name)}[\].`]"
    assert re.search(heading, SETTINGS, re.MULTILINE), f"docs/settings.md lacks {name}"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_setting_of_a_channel_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "channels" / f"{name}.md").read_text(encoding="utf-8")
    channel = load({}).types[name]

    documented = set(re.findall(r"^### `(.+)`$", page, re.MULTILINE))
    assert documented == {*channel.Account.model_fields, *channel.Options.model_fields}
    assert f"(channels/{name}.md)" in (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"(?<![`!])!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:"):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_toml_are_toml(page: Path) -> None:
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        tomllib.loads(block)


def test_the_commented_settings_are_documented_and_valid() -> None:
    commented = (ROOT / "publisher" / "settings" / "commented.toml").read_text(encoding="utf-8")

    Settings(**tomllib.loads(commented))
