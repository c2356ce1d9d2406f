"""A list of subscribers as a file: CSV or JSON Lines, read row by row, never as a whole."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Mapping, MutableSet, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, TypeAlias

from publisher.mailing.intake.formulas import MARK, as_written
from publisher.mailing.intake.rows import COLUMNS, Problem

Fields: TypeAlias = Mapping[str, str]
Lines: TypeAlias = Iterator[tuple[int, list[str] | Problem]]

JSON_COLUMNS = (*COLUMNS, "external_id")

NAME = 40
"""Characters of a name that are shown; what is no list at all can have anything there."""
MOST_NAMES = 100
"""Names of fields that are remembered; each row of JSON may have its own."""

_ALIASES = {"e-mail": "address", "email": "address", "mail": "address", "language": "locale", "kind": "kinds"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class IntakeError(ValueError):
    """A file that cannot be read as a list of subscribers at all; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody says about a file that it does not say itself."""

    encoding: str = "utf-8"
    """Of a file without a byte order mark, as Python names it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """A column as the file names it, in small letters -> what we call it."""


@dataclass(frozen=True, slots=True)
class OpenList:
    """A file being read: its rows with their line numbers, and how far it has come, in bytes."""

    columns: Sequence[str]
    lines: Lines
    """Each a list of its own, as long as `columns`."""
    size: int
    position: Callable[[], int]
    names: MutableSet[str] = field(default_factory=set)
    """What the columns that were seen so far are called."""

    @property
    def rows(self) -> Iterator[tuple[int, Fields | Problem]]:
        """The lines with the names of their cells, but for empty ones."""
        for line, cells in self.lines:
            yield line, cells if isinstance(cells, Problem) else self._named(cells)

    def _named(self, cells: Sequence[str]) -> Fields:
        return {name: cell for name, cell in zip(self.columns, cells, strict=True) if cell}


UTF_8 = Form()


@contextmanager
def open_list(path: Path, form: Form = UTF_8) -> Iterator[OpenList]:
    """Reads `.csv`, `.tsv`, `.jsonl` or `.ndjson`, in UTF-8, with a byte order mark, or in the encoding that `form`
    names. Raises IntakeError, OSError.

    Bytes that are not of the encoding become UNREADABLE, which no check of a field lets through.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise IntakeError(f"{path.name}: use a file whose name ends in {', '.join(_READERS)}")
    with path.open("rb") as file:
        try:
            text = TextIOWrapper(file, _encoding(path, form), errors="replace", newline="")
            names = _Names(path.name, form.names)
            columns, lines = read(text, names)
        except (LookupError, UnicodeError) as error:
            raise IntakeError(f"{path.name}: cannot be read as {form.encoding!r}: {error}") from error
        yield OpenList(columns, lines, path.stat().st_size, file.tell, names.seen)


def _encoding(path: Path, form: Form) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    return next((encoding for mark, encoding in _BOMS if start.startswith(mark)), form.encoding)


class _Names:
    """What the columns of a file are called."""

    def __init__(self, file: str, given: Mapping[str, str]) -> None:
        self.file = file
        self._given = given
        self.seen: set[str] = set()

    def of(self, name: str) -> str:
        plain = name.strip().lower()
        ours = self._given.get(plain) or _ALIASES.get(plain, plain)
        if len(self.seen) < MOST_NAMES:
            self.seen.add(ours)
        return ours

    def of_header(self, header: Sequence[str]) -> Sequence[str]:
        """Raises IntakeError for a header that does not fit."""
        columns = [self.of(name) for name in header]
        plain = [name.strip().lower() for name in header]
        if missing := self._given.keys() - set(plain):
            raise IntakeError(
                f"{self.file}:1: has no column {min(missing)!a} to map; its columns are {', '.join(plain[:20])}"
            )
        if "address" not in columns:
            wanted, found = ",".join(COLUMNS[:4]), ", ".join(f"{name[:NAME]!a}" for name in plain[:5])
            raise IntakeError(
                f"{self.file}:1: the first line must name the columns, such as {wanted}; it is "
                + (f"{found}. Rename them; for subscribers, --map THEIRS=OURS does that" if found else "empty")
            )
        for column in COLUMNS:
            if columns.count(column) > 1:
                raise IntakeError(f"{self.file}:1: two columns are named {column}; remove one")
        return columns


def _read_csv(file: TextIO, names: _Names) -> tuple[Sequence[str], Lines]:
    header = file.readline().removeprefix("\ufeff")
    delimiter = max(",;\t", key=header.count)
    columns = names.of_header(next(csv.reader([header], delimiter=delimiter), []))
    return columns, _csv_lines(file, delimiter, len(columns))


def _csv_lines(file: TextIO, delimiter: str, width: int) -> Lines:
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
        if len(cells) == width:
            yield line, list(map(as_written, cells)) if MARK in "".join(cells) else cells
        elif cells:
            yield line, Problem(line, "", f"has {len(cells)} cells where the first line names {width} columns")


def _read_json_lines(file: TextIO, names: _Names) -> tuple[Sequence[str], Lines]:
    return JSON_COLUMNS, _json_lines(file, names)


def _json_lines(file: TextIO, names: _Names) -> Lines:
    for line, text in enumerate(file, 1):
        if text.strip():
            fields = _json_fields(line, text, names)
            yield line, fields if isinstance(fields, Problem) else [fields.get(name, "") for name in JSON_COLUMNS]


def _json_fields(line: int, text: str, names: _Names) -> Fields | Problem:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Problem(line, "", f"is not JSON: {error}")
    if not isinstance(data, dict):
        return Problem(line, "", 'is not an object such as {"address": "reader@example.com", ...}')
    fields: dict[str, str] = {}
    for key, value in data.items():
        name = names.of(key)
        if isinstance(value, list) and name in ("kinds", "unsubscribed"):
            value = " ".join(map(str, value))
        if name == "digest_hour" and type(value) is int:
            value = str(value)
        if name in COLUMNS and not isinstance(value, str | None):
            return Problem(line, name, f"is {json.dumps(value)}, not text")
        if name in fields and name in COLUMNS:
            return Problem(line, name, "is there twice; remove one")
        fields[name] = str(value or "")
    return fields


_READERS: Mapping[str, Callable[[TextIO, _Names], tuple[Sequence[str], Lines]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
