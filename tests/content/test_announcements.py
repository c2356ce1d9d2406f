"""The announcements that come with the project are right, and the demo names them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from publisher.content.kinds import KINDS
from publisher.content.kinds.languages import TEXTS, locales
from publisher.content.source import Reading, read_all

ROOT = Path(__file__).resolve().parents[2] / "announcements"


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return {path.name: reading for path, reading in read_all(ROOT).items()}


def test_none_has_a_mistake(readings: dict[str, Reading]) -> None:
    assert {name: findings for name, (_, findings) in readings.items() if findings} == {}


def test_the_demo_shows_the_four_most_common_kinds(readings: dict[str, Reading]) -> None:
    named = tomllib.loads((ROOT / "demo.toml").read_text(encoding="utf-8"))["announcements"]

    kinds = Counter(revision.kind.name for name in named if (revision := readings[name][0]))
    assert kinds == {"maintenance": 2, "listing": 2, "risk_warning": 1, "rule_change": 1}


def test_the_demo_speaks_every_language(readings: dict[str, Reading]) -> None:
    named = tomllib.loads((ROOT / "demo.toml").read_text(encoding="utf-8"))["announcements"]

    spoken = {name: set(revision.texts) for name in named if (revision := readings[name][0])}
    assert spoken == {name: set(locales()) for name in named}


def test_there_is_an_example_of_every_kind(readings: dict[str, Reading]) -> None:
    kinds = Counter(revision.kind.name for revision, _ in readings.values() if revision)

    assert kinds.keys() == KINDS.keys()
    assert {name for name, count in kinds.items() if count < 2} <= {"risk_warning", "rule_change"}


_SOON = re.compile(
    r"[!！](?!\[)|\bsoon\b|kindly|即将|敬请|まもなく|近日|조만간|곧 "
    r"|قريب\u064b?ا\u064b?(?! من)|\bsớm\b(?! hơn)"
)


def test_they_read_as_they_should() -> None:
    """The tone of the house: no exclamation marks, never "soon", no shouting, only example domains."""
    for path in (*ROOT.rglob("*.md"), *TEXTS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert not _SOON.search(text), path
        assert all(re.search(r"(^|\.)example\.com$", host) for host in re.findall(r"https?://([^/)\s]+)", text)), path
