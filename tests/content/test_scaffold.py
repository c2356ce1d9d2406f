"""`publisher new` writes what can be checked and published as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.content.kinds import KINDS
from publisher.content.scaffold import ScaffoldError, new_id, scaffold
from publisher.content.source import read
from publisher.content.source.header import Header
from tests.content.folders import TOML, Folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_has_no_mistake(kind: str, tmp_path: Path) -> None:
    scaffold(KINDS[kind], tmp_path / "a" / "new")

    revision, findings = read(tmp_path / "a" / "new")

    assert findings == []
    assert revision is not None
    assert revision.kind is KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_and_fact_is_shown(kind: str, tmp_path: Path) -> None:
    text = Folder.of(kind, tmp_path / "new").text(TOML)

    for name in (*Header.model_fields, *KINDS[kind].facts.model_fields):
        assert re.search(rf"^(# )?{name} = ", text, re.MULTILINE), name


def test_ids_are_random() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(re.fullmatch("a-[a-z2-7]{10}", each) for each in ids)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(ScaffoldError, match="is not an empty folder"):
        scaffold(KINDS["listing"], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_wording_that_was_approved_before(tmp_path: Path) -> None:
    scaffold(KINDS["incident"], tmp_path / "new", wording="resolved")

    revision, findings = read(tmp_path / "new")

    assert findings == []
    assert revision is not None
    assert revision.facts.model_dump()["status"] == "resolved"
    assert "working again since" in revision.texts["en-US"].source


@pytest.mark.parametrize(("kind", "known"), [("incident", "it has delayed, suspended, resolved"), ("listing", "none")])
def test_a_wording_that_nobody_approved(kind: str, known: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=known):
        scaffold(KINDS[kind], tmp_path / "new", wording="panic")

    assert not (tmp_path / "new").exists()


def test_a_language_without_a_sample_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="no sample in fr-FR; it has en-US, zh-CN"):
        scaffold(KINDS["listing"], tmp_path / "new", ["fr-FR"])

    assert not (tmp_path / "new").exists()
