"""What freezing real announcements means for approvals: which bytes change with which edit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from publisher import registry
from publisher.app import TEMPLATES
from publisher.channel import Target
from publisher.content.source import read
from publisher.release.freeze import Frozen, freeze
from publisher.release.policy import policy_of
from publisher.rendering.brand import Brand
from publisher.rendering.render import Renderer

BRAND = Brand("Example Exchange", "https://example.com", "1 Example Square, Singapore", "https://example.com/support")
ADDRESSES: Mapping[str, str] = {
    "website": "https://example.com",
    "email": "news@example.com",
    "telegram": "@example_exchange",
    "x": "ExampleExchange",
}
TARGETS = [
    Target(name, name, name, address, locale) for name, address in ADDRESSES.items() for locale in ("en-US", "zh-CN")
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    [sample] = (TEMPLATES.parent / "announcements").glob("*-ethereum-network-upgrade")
    return Path(shutil.copytree(sample, tmp_path / "announcement"))


@pytest.fixture(scope="module")
def frozen() -> Callable[[Path], Frozen]:
    composers = {name: channel.composer for name, channel in registry.load().types.items()}
    renderer = Renderer(TEMPLATES, BRAND, composers)

    def freeze_folder(folder: Path) -> Frozen:
        revision, findings = read(folder)
        assert revision is not None, findings
        return freeze(revision, policy_of(revision), renderer.editions(revision, TARGETS))

    return freeze_folder


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_freezing_twice_gives_the_same_hashes(folder: Path, frozen: Callable[[Path], Frozen]) -> None:
    assert frozen(folder) == frozen(folder)


def test_a_typo_changes_its_language_only(folder: Path, frozen: Callable[[Path], Frozen]) -> None:
    before = frozen(folder)
    edit(folder / "zh-CN.md", "。", "！")
    after = frozen(folder)

    assert after.common_hash == before.common_hash
    assert after.locale_hashes["en-US"] == before.locale_hashes["en-US"]
    assert after.locale_hashes["zh-CN"] != before.locale_hashes["zh-CN"]
    assert after.root_hash != before.root_hash


def test_a_fact_changes_what_all_languages_share(folder: Path, frozen: Callable[[Path], Frozen]) -> None:
    before = frozen(folder)
    edit(folder / "announcement.toml", "12:00:00", "12:30:00")
    after = frozen(folder)

    assert after.common_hash != before.common_hash
    assert after.locale_hashes.keys() == before.locale_hashes.keys()
    assert all(after.locale_hashes[locale] != before.locale_hashes[locale] for locale in after.locale_hashes)


def test_moving_the_folder_changes_nothing(folder: Path, frozen: Callable[[Path], Frozen]) -> None:
    before = frozen(folder)

    assert frozen(folder.rename(folder.with_name("renamed"))) == before
