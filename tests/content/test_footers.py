"""Legal footers: which of them stands under a mail, and every mistake in one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from publisher.content.document import Block, Paragraph, Run
from publisher.content.footers import read_footers
from publisher.content.kinds.kind import MailClass

PROMOTIONAL, MANDATORY = MailClass.PROMOTIONAL, MailClass.MANDATORY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "sg" / "2026-11", {"en-US": "For all.", "zh-CN": "适用于所有邮件。"})


def written(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for locale, text in texts.items():
        (folder / f"{locale}.md").write_text(text, encoding="utf-8")
    return folder


def says(text: str) -> Sequence[Block]:
    return (Paragraph((Run(text),)),)


def test_a_class_without_words_of_its_own_has_those_of_all(folder: Path) -> None:
    footers = read_footers(folder)

    assert footers.find(MANDATORY, "en-US") == footers.find(PROMOTIONAL, "en-US") == says("For all.")
    assert not footers.findings


def test_a_class_with_words_of_its_own_has_them_in_every_language(folder: Path) -> None:
    written(folder / "promotional", {"en-US": "An advertisement."})

    footers = read_footers(folder)

    assert footers.find(PROMOTIONAL, "en-US") == says("An advertisement.")
    assert footers.find(MANDATORY, "en-US") == says("For all.")
    assert footers.find(PROMOTIONAL, "zh-CN") is None
    missing = footers.missing(PROMOTIONAL, "zh-CN")
    assert missing.message == "there is no legal footer of sg in zh-CN for promotional mail"
    assert str(missing.place).endswith("sg/2026-11/promotional/zh-CN.md")


def test_no_language_stands_in_for_another(folder: Path) -> None:
    assert read_footers(folder).find(MANDATORY, "ja-JP") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# A heading\n\nWords.", "footer.form"),
        ("\n", "footer.form"),
        ("Under {{ title }}.", "footer.placeholder"),
        ("![Logo](https://example.com/logo.png)", "footer.picture"),
        ("Words.\u202e", "character"),
        ("<b>Words</b>", "html"),
    ],
)
def test_a_mistake_is_found_with_its_file(folder: Path, text: str, code: str) -> None:
    written(folder, {"en-US": text})

    [finding] = read_footers(folder).findings

    assert finding.code == code
    assert finding.place is not None
    assert finding.place.file == str(folder / "en-US.md")


def test_bytes_that_are_not_utf8(folder: Path) -> None:
    (folder / "en-US.md").write_bytes(b"caf\xe9")

    assert [finding.code for finding in read_footers(folder).findings] == ["encoding"]


def test_a_version_that_is_not_there_has_no_text(tmp_path: Path) -> None:
    footers = read_footers(tmp_path / "sg" / "2027-01")

    assert (footers.find(MANDATORY, "en-US"), footers.findings) == (None, [])
