"""docs/how-to-add-a-language.md: a language is files, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content.kinds import KINDS
from publisher.content.scaffold import scaffold
from publisher.content.source import read
from publisher.rendering.render import Renderer
from publisher.site.pages import Pages
from tests.rendering import builders

NEW = "de-DE"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """The product's, with the words of one more language."""
    folder = tmp_path / "templates"
    shutil.copytree(builders.TEMPLATES, folder)
    for words in (folder / "locale", folder / "_site" / "locale"):
        text = (words / "en-US.po").read_text(encoding="utf-8").replace("Language: en_US", "Language: de_DE")
        (words / f"{NEW}.po").write_text(text.replace('msgstr "Scheduled"', 'msgstr "Geplant"'), encoding="utf-8")
    return folder


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the kinds say, with one more language."""
    known = KINDS["maintenance"]
    folder = tmp_path / "texts"
    shutil.copytree(known.texts, folder)
    shutil.copytree(folder / "en-US", folder / NEW)
    monkeypatch.setitem(KINDS, known.name, replace(known, texts=folder))
    return folder


@pytest.mark.usefixtures("texts")
def test_a_new_language_is_files(templates: Path, tmp_path: Path) -> None:
    scaffold(KINDS["maintenance"], tmp_path / "new", [NEW])
    revision, findings = read(tmp_path / "new")
    assert (findings, revision is None) == ([], False)
    assert revision is not None

    renderer = Renderer(templates, builders.BRAND, builders.composers())
    editions = renderer.editions(revision, builders.targets(locales=[NEW]))

    assert {edition.channel for edition in editions} == set(builders.SECTIONS)
    text = str(editions[0].payload.parts[0].content["record"])
    assert '"locale": "de-DE"' in text
    assert "Geplant" in str(Pages(builders.BRAND, templates, ["en-US", NEW]).words[NEW]("site.state.scheduled"))


def test_a_language_without_a_file_is_named(tmp_path: Path) -> None:
    scaffold(KINDS["maintenance"], tmp_path / "new")
    (tmp_path / "new" / f"{NEW}.md").write_text("# x\n", encoding="utf-8")

    _, findings = read(tmp_path / "new")

    assert [finding.code for finding in findings] == ["unknown_locale"]
    assert f"{NEW}.md is not a language of this kind" in findings[0].message
