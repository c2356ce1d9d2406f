"""The pages for authors and for those who add a kind are complete, and their examples are followed literally."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind
from publisher.content.placeholders import CONTEXT, FILTERS
from publisher.content.scaffold import scaffold
from publisher.content.source import read, read_all
from publisher.content.source.header import Header
from tests.content.folders import TOML, Folder
from tests.content.test_kinds import fields

DOCS = Path(__file__).resolve().parents[2] / "docs"
AUTHORING = (DOCS / "authoring.md").read_text(encoding="utf-8")
ADDING = (DOCS / "how-to-add-a-kind.md").read_text(encoding="utf-8")


def examples(page: str) -> dict[str, str]:
    """Path -> content of every fenced block that names its file."""
    return dict(re.findall(r"^```[a-z]+ (\S+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


def section(heading: str) -> str:
    found = re.search(rf"^## {heading}\n(?P<text>.*?)(?=^## |\Z)", AUTHORING, re.DOTALL | re.MULTILINE)
    assert found, f"docs/authoring.md lacks `## {heading}`"
    return found["text"]


def explained(text: str) -> list[str]:
    """The names in the first column of a section's tables."""
    return re.findall(r"^\| `([a-z_.]+)` \| \S", text, re.MULTILINE)


@pytest.mark.parametrize("name", KINDS)
def test_every_fact_is_explained_and_no_other(name: str) -> None:
    text = section(f"Facts of (?i:(an? )?{name.replace('_', ' ')})( notice)?")

    assert explained(text) == [fact for fact, _ in fields(KINDS[name].facts)]
    assert f"`{KINDS[name].titles['en-US']}`" in text
    assert all(f"{{#{anchor}}}" in text for anchor in KINDS[name].required_blocks)


def test_every_key_is_explained_and_no_other() -> None:
    assert explained(section(r"announcement\.toml")) == list(Header.model_fields)


def test_every_filter_and_name_is_explained_and_no_other() -> None:
    text = section("Placeholders")

    assert explained(text) == list(FILTERS)
    assert all(f"{{{{ {name} }}}}" in text for name in CONTEXT)


def test_the_announcements_on_the_page_are_right(tmp_path: Path) -> None:
    for name, content in examples(AUTHORING).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    readings = read_all(tmp_path)

    assert {path.name: findings for path, (_, findings) in readings.items() if findings} == {}
    assert [revision.kind.name for revision, _ in readings.values() if revision] == ["maintenance", "listing"]


def test_the_list_of_tables_on_the_page_is_right(risk_warning: Folder) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", AUTHORING, re.DOTALL)
    before = risk_warning.text(TOML)

    risk_warning.write(TOML, re.sub(r"^measures = \[\n.*?^\]\n", "", before, flags=re.DOTALL | re.MULTILINE) + block)

    assert risk_warning.text(TOML) != before
    assert risk_warning.errors() == []


TEXTS = "publisher/content/kinds/texts/"


@pytest.fixture
def reserves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kind:
    """The kind of the recipe with its texts, listed in the table as the recipe says."""
    files = examples(ADDING)
    for name in [name for name in files if name.startswith(TEXTS)]:
        text = tmp_path / "texts" / name.removeprefix(TEXTS)
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(files.pop(name), encoding="utf-8")
    ((path, code),) = files.items()
    module = ModuleType(Path(path).stem)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, path, "exec"), module.__dict__)
    made = module.__dict__["proof_of_reserves"]
    assert isinstance(made, Kind)
    kind = replace(made, texts=tmp_path / "texts")
    monkeypatch.setitem(KINDS, kind.name, kind)
    return kind


def test_the_recipe_makes_a_kind_that_can_be_written(reserves: Kind, tmp_path: Path) -> None:
    scaffold(reserves, tmp_path / "new")

    revision, findings = read(tmp_path / "new")

    assert findings == []
    assert revision is not None
    assert revision.kind is reserves


def test_a_mistake_in_the_new_kind_is_found(reserves: Kind, tmp_path: Path) -> None:
    folder = Folder.of(reserves.name, tmp_path / "new")

    error = folder.replace(TOML, 'method = "merkle"', 'method = "guess"').error()

    assert (error.code, error.place) == ("wrong_value", folder.place(TOML, '"guess"'))
