"""Bytes become text, or a finding that names the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.channel import Place
from publisher.content.source import read
from publisher.content.source.files import MAX_BYTES, refused
from tests.content.folders import EN, TOML, ZH, Folder


@pytest.mark.parametrize("file", [TOML, ZH])
def test_bytes_that_are_not_utf8(maintenance: Folder, file: str) -> None:
    text = maintenance.text(file)
    offset = text.encode().index("网络".encode())
    maintenance.write(file, text.encode()[:offset] + "网络".encode("gb18030") + text.encode()[offset + 6 :])
    before = text.encode()[:offset].decode()

    errors = [error for error in maintenance.errors() if error.code == "encoding"]

    place = Place(str(maintenance.path / file), before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert [(error.place, error.fix) for error in errors] == [(place, "save the file as UTF-8")]
    assert f"byte {offset} (0xCD) is not UTF-8" in errors[0].message


def test_utf16_is_called_by_its_name(maintenance: Folder) -> None:
    error = maintenance.write(EN, maintenance.text(EN).encode("utf-16")).error()

    assert error.message == "byte 0 (0xFF) is not UTF-8; this is UTF-16"
    assert error.place == Place(str(maintenance.path / EN), 1, 1)


def test_a_byte_order_mark(maintenance: Folder) -> None:
    error = maintenance.write(EN, b"\xef\xbb\xbf" + maintenance.text(EN).encode()).error()

    assert (error.code, error.place) == ("byte_order_mark", Place(str(maintenance.path / EN), 1, 1))


def test_line_ends_of_windows_are_the_same_text(maintenance: Folder) -> None:
    before = maintenance.revision()

    for file in (TOML, EN, ZH):
        maintenance.write(file, maintenance.text(file).replace("\n", "\r\n"))

    assert maintenance.revision().sha256 == before.sha256


def test_a_file_that_is_too_large(maintenance: Folder) -> None:
    error = maintenance.append(EN, "x" * MAX_BYTES).error()

    assert (error.code, error.place) == ("too_large", Place(str(maintenance.path / EN)))


def test_a_folder_without_an_announcement(tmp_path: Path) -> None:
    revision, findings = read(tmp_path / "nothing")

    assert revision is None
    assert ("missing_file", Place(str(tmp_path / "nothing" / TOML))) in [(f.code, f.place) for f in findings]


@pytest.mark.parametrize(
    "text", ["a\u2067b\u2069c", "\u202bعربي\u202c", "tab\tand line\n", "👩‍💻 👍🏽", "العربية\u200f"]
)
def test_what_languages_need_is_allowed(text: str) -> None:
    assert list(refused(text)) == []


@pytest.mark.parametrize(
    ("text", "columns"),
    [("a\u202cb", [2]), ("\u2066a\u202c", [1, 3]), ("\u202aa\nb\u202c", [1, 2]), ("\u202d\u202c", [1, 2]), ("\r", [1])],
)
def test_lone_controls_are_refused(text: str, columns: list[int]) -> None:
    assert [column for _, column, _ in refused(text)] == columns
