"""Every kind says everything in every language, and a broken file is named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind
from publisher.content.kinds.languages import BrokenText, locales
from publisher.content.scaffold import scaffold
from publisher.content.source import read
from publisher.content.toml_text import toml

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@every_kind
def test_every_kind_speaks_every_language(kind: Kind) -> None:
    assert set(kind.titles) == set(kind.sample_texts) == set(locales())


@pytest.mark.parametrize(("kind", "wording"), [(kind, name) for kind in KINDS.values() for name in kind.preapproved])
def test_what_was_agreed_on_was_agreed_on_in_every_language(kind: Kind, wording: str, tmp_path: Path) -> None:
    scaffold(kind, tmp_path / "new", locales(), wording)

    revision, findings = read(tmp_path / "new")

    assert findings == []
    assert revision is not None
    assert revision.is_preapproved


@every_kind
def test_the_sample_has_no_mistake_in_any_language(kind: Kind, tmp_path: Path) -> None:
    scaffold(kind, tmp_path / "new", locales())

    revision, findings = read(tmp_path / "new")

    assert findings == []
    assert revision is not None
    assert set(revision.texts) == set(locales())


@every_kind
@pytest.mark.parametrize("locale", locales())
def test_every_language_uses_the_same_facts(kind: Kind, locale: str) -> None:
    assert _names(kind.sample_texts[locale]) == _names(kind.sample_texts["en-US"])
    assert _names(kind.titles[locale]) == _names(kind.titles["en-US"])
    for wording in kind.preapproved.values():
        assert _names(wording.texts[locale]) == _names(wording.texts["en-US"])


def test_only_the_languages_of_the_announcement_are_among_its_facts() -> None:
    sample = KINDS["risk_warning"].sample(["zh-CN"])

    assert sample["reason"] == {"zh-CN": "该项目的金库密钥可能已泄露。"}
    assert toml(sample["measures"]) == '[\n    { at = 2026-12-07T14:00:00, action = { zh-CN = "暂停充值" } },\n]'


@pytest.fixture
def kind(tmp_path: Path) -> Kind:
    """An incident whose texts may be broken."""
    known = KINDS["incident"]
    for locale in known.required_locales:
        (tmp_path / locale).mkdir()
        for file in (known.texts / locale).glob("incident*"):
            (tmp_path / locale / file.name).write_bytes(file.read_bytes())
    return replace(known, texts=tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("incident.md", b"No title\n\nText\n", "en-US/incident.md, line 1: begin the file with `# `"),
        ("incident.md", b"# \n\nText\n", "line 1: begin the file with `# `"),
        ("incident.md", b"# Title\n", "write the text below the title"),
        ("incident.md", b"# T\xff\n\nText\n", "en-US/incident.md is not UTF-8"),
        ("incident.delayed.md", b"# Other\n\nText\n", "write `# Incident: {{ services | join }}`"),
        ("incident.toml", b"reason = 1\n", "`reason` is no text"),
        ("incident.toml", b"reason = \n", "en-US/incident.toml is not TOML"),
    ],
)
def test_a_broken_file_is_named(kind: Kind, file: str, content: bytes, said: str) -> None:
    (kind.texts / "en-US" / file).write_bytes(content)

    with pytest.raises(BrokenText, match=re.escape(said)):
        assert kind.sample_texts


def test_a_required_language_that_is_missing_is_named(kind: Kind) -> None:
    (kind.texts / "zh-CN" / "incident.md").unlink()

    with pytest.raises(BrokenText, match="incident needs zh-CN; write "):
        assert kind.titles


def _names(text: str) -> set[str]:
    """The facts that a text takes."""
    return set(re.findall(r"\{\{ ([a-z_.]+)", text))
