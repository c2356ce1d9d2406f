"""What the store keeps of a revision is the revision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content.announcement import Revision
from publisher.content.kinds import KINDS
from publisher.content.source import read
from publisher.content.source.stored import restored
from tests.content.folders import Folder


def revision(kind: str, path: Path) -> Revision:
    found, findings = read(Folder.of(kind, path / kind).path)
    assert found is not None, findings
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_again_as_it_was(kind: str, tmp_path: Path) -> None:
    before = revision(kind, tmp_path)
    after = restored(before.to_json(), before.kind)

    assert after is not None
    assert after.common_json() == before.common_json()
    assert after.facts == before.facts
    for locale, text in before.texts.items():
        assert after.texts[locale].document == text.document
        assert after.said_in(locale) == before.said_in(locale)


def test_a_table_is_in_the_order_in_which_it_is_written_now(tmp_path: Path) -> None:
    now = revision("maintenance", tmp_path)
    services = list(getattr(now.facts, "services", ()))
    assert services != sorted(services)

    before = restored(now.to_json(), now.kind, now.facts)

    assert before is not None
    assert list(getattr(before.facts, "services", ())) == services


def test_what_another_kind_wrote_is_not_guessed_at(tmp_path: Path) -> None:
    before = revision("listing", tmp_path)

    assert restored(before.to_json(), KINDS["notice"]) is None
    assert restored(before.to_json().replace('"product"', '"produce"'), KINDS["listing"]) is None


def test_words_of_one_language_are_said_in_that_language_only(tmp_path: Path) -> None:
    folder = Folder.of("notice", tmp_path / "notice")
    before, _ = read(folder.path)
    after, findings = read(folder.replace("announcement.toml", "客服服务时间调整", "客服时间调整").path)

    assert before is not None
    assert after is not None, findings
    assert before.shared_json() == after.shared_json()
    assert before.said_in("en-US") == after.said_in("en-US")
    assert before.said_in("zh-CN") != after.said_in("zh-CN")
    assert before.common_json() != after.common_json()


def test_nobody_reads_the_hour_of_publication(tmp_path: Path) -> None:
    before = revision("notice", tmp_path)
    after = replace(before, destinations="website", schedule=replace(before.schedule, local=before.schedule.local))

    assert after.said_in("en-US") == before.said_in("en-US")
    assert after.shared_json() != before.shared_json()
