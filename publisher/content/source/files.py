"""Bytes of a file -> text that may be shown: UTF-8, LF line ends, no character that hides or reorders what is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from publisher.channel import Finding, Place

MAX_BYTES = 256_000
"""Of a file. A page that is light enough to be published has less than a fifth of it."""

# Controls but tab and line feed, separators that end a line only for some, private use (slots are written with it),
# byte order marks, non-characters, tags, and the overrides, which show text in another order than it has.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_BIDI = re.compile("[\u202a-\u202c\u2066-\u2069]")
_CLOSED_BY = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}


def read_text(path: Path, findings: list[Finding]) -> str | None:
    """The text of `path`; None, with a finding, where there is none to work with."""
    file = str(path)
    data = _bytes(path, findings)
    if data is None:
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        fix = "save the file as UTF-8 without a byte order mark"
        findings.append(
            Finding("byte_order_mark", "the file begins with a byte order mark", fix, place=Place(file, 1, 1))
        )
        data = data[3:]
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        findings.append(_not_utf8(file, data, error.start))
        return None
    findings.extend(_character(char, Place(file, line, column)) for line, column, char in refused(text))
    return text


def _bytes(path: Path, findings: list[Finding]) -> bytes | None:
    if not path.is_file():
        fix = f"create {path.name}; `publisher new` writes a sample"
        findings.append(Finding("missing_file", f"there is no {path.name}", fix, place=Place(str(path))))
        return None
    if (size := path.stat().st_size) > MAX_BYTES:
        message = f"the file has {size:,} bytes, more than {MAX_BYTES:,}"
        findings.append(Finding("too_large", message, "link to long material instead", place=Place(str(path))))
        return None
    return path.read_bytes()


def _not_utf8(file: str, data: bytes, offset: int) -> Finding:
    start = data.rfind(b"\n", 0, offset) + 1
    place = Place(file, data.count(b"\n", 0, offset) + 1, len(data[start:offset].decode()) + 1)
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    message = f"byte {offset} (0x{data[offset]:02X}) is not UTF-8" + ("; this is UTF-16" if utf16 else "")
    return Finding("encoding", message, "save the file as UTF-8", place=place)


def refused(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column (from 1) and character of everything that may not stand in staff text."""
    for number, line in enumerate(text.split("\n"), 1):
        offsets = [found.start() for found in _REFUSED.finditer(line)]
        for offset in sorted({*offsets, *_lone_bidi(line)}):
            yield number, offset + 1, line[offset]


def _lone_bidi(line: str) -> list[int]:
    """Embeddings and isolates that are not closed on their line, and closers that close nothing."""
    lone: list[int] = []
    open_: list[int] = []
    for found in _BIDI.finditer(line):
        if found[0] in _CLOSED_BY:
            open_.append(found.start())
        elif open_ and _CLOSED_BY[line[open_[-1]]] == found[0]:
            open_.pop()
        else:
            lone.append(found.start())
    return lone + open_


def _character(char: str, place: Place) -> Finding:
    return Finding("character", f"{describe(char)} is not allowed", "delete it; it is invisible", place=place)


def describe(char: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`."""
    unnamed = "half of a character" if "\ud800" <= char <= "\udfff" else "a private-use or control character"
    name = unicodedata.name(char, unnamed)
    return f"U+{ord(char):04X} {name}"
