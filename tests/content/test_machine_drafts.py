"""The marker of a machine's draft is seen wherever it stands, and lines keep their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.content.source import read
from publisher.content.source.machine import MARKER
from tests.content.folders import ZH, Folder


def marked(tmp_path: Path, marker: str) -> Folder:
    folder = Folder.of("maintenance", tmp_path / "maintenance")
    return folder.write(ZH, f"{marker}\n{folder.text(ZH)}")


@pytest.mark.parametrize(
    "marker", [MARKER, "<!-- machine draft -->", "  <!--Machine-Draft: by a machine-->", "<!-- machine draft"]
)
def test_however_it_is_spelt_it_counts_and_readers_never_see_it(tmp_path: Path, marker: str) -> None:
    revision, findings = read(marked(tmp_path, marker).path)

    assert revision is not None, findings
    assert (revision.texts["zh-CN"].by_machine, revision.texts["en-US"].by_machine) == (True, False)
    assert "machine" not in revision.to_json().lower()


def test_without_it_nothing_else_is_different(tmp_path: Path) -> None:
    folder = marked(tmp_path, MARKER)
    before, _ = read(folder.path)
    after, _ = read(folder.write(ZH, folder.text(ZH).removeprefix(f"{MARKER}\n")).path)

    assert before is not None
    assert after is not None
    assert before.sha256 == after.sha256
    assert before.said_in("zh-CN") == after.said_in("zh-CN")
    assert not after.texts["zh-CN"].by_machine


def test_a_mistake_below_it_is_found_in_its_own_line(tmp_path: Path) -> None:
    folder = marked(tmp_path, MARKER).append(ZH, "\n{{ nothing_like_it }}\n")
    _, findings = read(folder.path)

    [finding] = [finding for finding in findings if finding.place and finding.place.file.endswith(ZH)]
    assert finding.place == folder.place(ZH, "{{ ^nothing_like_it")
