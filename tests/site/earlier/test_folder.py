"""A folder of Markdown as static sites keep it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.site.earlier.folder import read
from publisher.site.earlier.item import Earlier, Refused, Unreadable

LOCALES = ("en-US", "zh-CN")


def written(folder: Path, files: dict[str, str | bytes]) -> dict[str, Earlier | Refused]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {item.where: item for item in read(folder, LOCALES)}


def test_front_matter_or_name_and_heading(tmp_path: Path) -> None:
    front = (
        '---\ntitle: "Fees fall"\ndate: 2023-05-01T08:00:00+08:00\nkind: rule_change\ntags: [a]\n---\nText **here**.\n'
    )
    found = written(tmp_path, {"one.md": front, "2022-01-31-node-upgrade.md": "# Node upgrade\n\nText.\n"})
    one, two = found["one.md"], found["2022-01-31-node-upgrade.md"]
    assert isinstance(one, Earlier)
    assert isinstance(two, Earlier)
    assert (one.title, one.kind, one.published) == ("Fees fall", "rule_change", datetime(2023, 5, 1, tzinfo=UTC))
    assert one.html == "<p>Text <strong>here</strong>.</p>\n"
    assert (two.title, two.published) == ("Node upgrade", datetime(2022, 1, 31, tzinfo=UTC))
    assert two.html == "<p>Text.</p>\n"


def test_translations_share_a_source(tmp_path: Path) -> None:
    text = "# Title\n\nText.\n"
    names = ("2022-01-31-a.en-US.md", "2022-01-31-a.zh-CN.md", "zh-CN/2022-02-01-b.md", "en-US/2022-02-01-b.md")
    found = [item for item in written(tmp_path, dict.fromkeys(names, text)).values() if isinstance(item, Earlier)]
    assert sorted((item.source, item.locale) for item in found) == [
        ("markdown:2022-01-31-a", "en-US"),
        ("markdown:2022-01-31-a", "zh-CN"),
        ("markdown:2022-02-01-b", "en-US"),
        ("markdown:2022-02-01-b", "zh-CN"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# No date\n", "no date"),
        ("---\ndate: yesterday\n---\n# Title\n", "'yesterday' is no date"),
        (b"# Gr\xfc\xdfe\n", "not UTF-8: byte 4"),
        (b"x" * 1_000_001, "more than 1,000,000 bytes"),
    ],
)
def test_a_bad_file_is_refused_alone(tmp_path: Path, text: str | bytes, reason: str) -> None:
    found = written(tmp_path, {"bad.md": text, "2022-01-31-good.md": "# Good\n"})
    bad = found["bad.md"]
    assert isinstance(bad, Refused)
    assert reason in bad.reason
    assert isinstance(found["2022-01-31-good.md"], Earlier)


def test_no_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no such folder"):
        list(read(tmp_path / "none", LOCALES))
