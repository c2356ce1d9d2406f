"""A list of subscribers as a file: CSV or JSON Lines, read row by row, never as a whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, TypeAlias

from publisher.mailing.intake.rows import Problem

Fields: TypeAlias = Mapping[str, str]
Rows: TypeAlias = Iterator[tuple[int, Fields | Problem]]

COLUMNS = ("address", "locale", "kinds", "jurisdiction")

_ALIASES = {"e-mail": "address", "email": "address", "mail": "address", "language": "locale", "kind": "kinds"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class IntakeError(ValueError):
    """A file that cannot be read as a list of subscribers at all; the message says what to change."""


@dataclass(frozen=True, slots=True)
class OpenList:
    """A file being read: its rows with their line numbers, and how far it has come, in bytes."""

    rows: Rows
    size: int
    position: Callable[[], int]


@contextmanager
def open_list(path: Path) -> Iterator[OpenList]:
    """Reads `.csv`, `.tsv`, `.jsonl` or `.ndjson`, in UTF-8 or with a byte order mark. Raises IntakeError, OSError.

    Bytes that are not of the encoding become lone surrogates, which no check of a field lets through.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise IntakeError(f"{path.name}: use a file whose name ends in {', '.join(_READERS)}")
    with path.open("rb") as file:
        text = TextIOWrapper(file, _encoding(path), errors="surrogateescape", newline="")
        yield OpenList(read(text, path.name), path.stat().st_size, file.tell)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(3)
    return next((encoding for mark, encoding in _BOMS if start.startswith(mark)), "utf-8")


def _read_csv(file: TextIO, name: str) -> Rows:
    header = file.readline()
    delimiter = max(",;\t", key=header.count)
    columns = _columns(next(csv.reader([header], delimiter=delimiter), []), name)
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Problem(line, "", f"cannot be read: {error}; look for a quotation mark that is never closed")
            continue
        if cells:
            yield line, _fields(line, columns, cells)


def _columns(header: Sequence[str], name: str) -> Sequence[str]:
    plain = [cell.strip().lower() for cell in header]
    columns = [_ALIASES.get(cell, cell) for cell in plain]
    if "address" not in columns:
        raise IntakeError(f"{name}:1: the first line must name the columns, {','.join(COLUMNS)}; it is {plain[:5]}")
    for column in COLUMNS:
        if columns.count(column) > 1:
            raise IntakeError(f"{name}:1: two columns are named {column}; remove one")
    return columns


def _fields(line: int, columns: Sequence[str], cells: Sequence[str]) -> Fields | Problem:
    if len(cells) != len(columns):
        return Problem(line, "", f"has {len(cells)} cells where the first line names {len(columns)} columns")
    return dict(zip(columns, cells, strict=True))


def _read_json_lines(file: TextIO, name: str) -> Rows:
    for line, text in enumerate(file, 1):
        if text.strip():
            yield line, _json_fields(line, text)


def _json_fields(line: int, text: str) -> Fields | Problem:
    try:
        data = json.loads(text)
    except ValueError as error:
        return Problem(line, "", f"is not JSON: {error}")
    if not isinstance(data, dict):
        return Problem(line, "", 'is not an object such as {"address": "reader@example.com", "kinds": ["listing"]}')
    fields: dict[str, str] = {}
    for key, value in data.items():
        field = _ALIASES.get(key.lower(), key.lower())
        if isinstance(value, list) and field == "kinds":
            value = " ".join(map(str, value))
        if field in COLUMNS and not isinstance(value, str | None):
            return Problem(line, field, f"is {json.dumps(value)}, not text")
        fields[field] = str(value or "")
    return fields


_READERS: Mapping[str, Callable[[TextIO, str], Rows]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
