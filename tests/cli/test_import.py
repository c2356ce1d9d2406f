"""`publisher import`: announcements from before become pages, in their places, and nobody is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.desk import Desk

FILES = {
    "2022-03-01-node-upgrade.md": "# Node upgrade\n\nThe node was upgraded.\n",
    "2023-05-01-fees.en-US.md": "---\ntitle: Fees fall\nkind: rule_change\nurl: https://example.com/blog/fees\n---\nFees.\n",
    "2023-05-01-fees.zh-CN.md": "---\ntitle: 手续费下调\nkind: rule_change\n---\n手续费下调说明。\n",
    "2021-12-31-oldest.md": "# Oldest\n\n<script>alert(1)</script>[Click](javascript:alert(1))\n",
    "nameless.md": "Nothing is known of this.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "old"
    made.mkdir()
    for name, text in FILES.items():
        (made / name).write_text(text)
    return made


def titles(desk: Desk, page: str = "en-US/index.html") -> list[str]:
    return re.findall(r'<h2><a href="[^"]+">(.+?)</a>', (desk.root / "site" / page).read_text())


def test_a_folder_becomes_pages_in_order_of_date(desk: Desk, folder: Path) -> None:
    said = desk.tried("import", "markdown", folder)
    assert said.code == 1
    assert "nameless.md: refused: it has no date" in said.err
    assert "4 new, 0 changed, 0 unchanged, 1 refused; nothing was sent" in said.out
    assert titles(desk) == ["Fees fall", "Node upgrade", "Oldest"]
    assert titles(desk, "zh-CN/index.html") == ["手续费下调"]
    assert "手续费下调说明" in (desk.root / "site/zh-CN/ANN-2023-00001.html").read_text()
    assert '<time datetime="2021-12-31T00:00:00Z">' in (desk.root / "site/en-US/ANN-2021-00001.html").read_text()
    oldest = (desk.root / "site/en-US/ANN-2021-00001.html").read_text()
    assert "<script>alert" not in oldest
    assert 'href="javascript' not in oldest


def test_a_second_time_changes_no_byte(desk: Desk, folder: Path) -> None:
    desk.tried("import", "markdown", folder)
    before = {file: file.read_bytes() for file in (desk.root / "site").rglob("*") if file.is_file()}
    said = desk.tried("import", "markdown", folder)
    assert "0 new, 0 changed, 4 unchanged, 1 refused" in said.out
    assert {file: file.read_bytes() for file in (desk.root / "site").rglob("*") if file.is_file()} == before


def test_a_dry_run_writes_nothing_and_numbers_nothing(desk: Desk, folder: Path) -> None:
    said = desk.tried("import", "markdown", folder, "--dry-run")
    assert "4 new, 0 changed, 0 unchanged, 1 refused; nothing was written" in said.out
    assert not (desk.root / "site/en-US").exists()


def test_a_corrected_text_keeps_its_address(desk: Desk, folder: Path) -> None:
    desk.tried("import", "markdown", folder)
    (folder / "2022-03-01-node-upgrade.md").write_text("# Node upgrade\n\nThe node was upgraded twice.\n")
    taken = {each["where"]: each for each in desk.tried("import", "markdown", folder, "--json").json}
    changed = taken["2022-03-01-node-upgrade.md"]
    assert (changed["state"], changed["reference"]) == ("changed", "ANN-2022-00001")
    assert "upgraded twice" in (desk.root / "site/en-US/ANN-2022-00001.html").read_text()


def test_the_old_address_leads_to_the_new_one(desk: Desk, folder: Path) -> None:
    settings = desk.root / "publisher.toml"
    settings.write_text(re.sub(r"(?m)^#? ?domains = .*$", "", settings.read_text()))
    desk.tried("import", "markdown", folder)
    moved = (desk.root / "site/blog/fees.html").read_text()
    assert '<meta http-equiv="refresh" content="0; url=' in moved
    assert moved.count("/en-US/ANN-2023-00001") == 3
    desk("site", "rebuild")
    assert (desk.root / "site/blog/fees.html").read_text() == moved


def test_later_ones_go_to_their_places_between_the_others(desk: Desk, folder: Path) -> None:
    desk.tried("import", "markdown", folder)
    feed = {"items": [{"id": "x", "title": "Between", "date_published": "2022-09-01", "content_text": "Text",
                       "tags": ["New coins"]}]}  # fmt: skip
    file = folder / "feed.json"
    file.write_text(json.dumps(feed))
    [taken] = desk("import", "feed", file, "--map", "New coins=listing", "--json").json
    assert (taken["kind"], taken["reference"]) == ("listing", "ANN-2022-00002")
    assert titles(desk) == ["Fees fall", "Between", "Node upgrade", "Oldest"]
    assert titles(desk, "en-US/listing/index.html") == ["Between"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("feed", "none.xml"), "none.xml: No such file or directory"),
        (("markdown", "none"), "none: there is no such folder"),
        (("feed", "none.xml", "--kind", "gossip"), "there is no kind 'gossip'"),
        (("feed", "none.xml", "--map", "coins"), "--map 'coins' is not CATEGORY=KIND"),
        (("feed", "http://127.0.0.1:1/feed.atom"), "http://127.0.0.1:1/feed.atom cannot be read"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(desk: Desk, arguments: tuple[str, ...], reason: str) -> None:
    said = desk.tried("import", *arguments)
    assert said.code == 1
    assert reason in said.err
