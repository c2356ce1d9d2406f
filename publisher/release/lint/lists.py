"""Files that an exchange exports for lint: read whole, or refused with the line that is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from publisher.channel import Finding, Place


class ListError(ValueError):
    """A file of `assets` or `glossary` cannot be used; `findings` say what, where and how to fix it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(f"{finding.place}: {finding.message}" for finding in findings))
        self.findings = findings


def unusable(code: str, file: Path, line: int, message: str, fix: str) -> ListError:
    return ListError([Finding(f"{code}.unreadable", message, fix, place=Place(str(file), line))])


def read_list(code: str, file: Path) -> str:
    """The text of the file that the setting `code` names; raises ListError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        fix = f"correct `{code}` in publisher.toml"
        raise unusable(code, file, 0, f"cannot be read: {error.strerror}", fix) from None
    except UnicodeDecodeError as error:
        raise unusable(code, file, 0, f"byte {error.start} is not UTF-8", "export it as UTF-8") from None


def csv_rows(
    code: str, text: str, file: Path, required: Sequence[str], begin: str
) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Line and cells by column; raises ListError. `begin` is a good first line."""
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    try:
        if not reader.fieldnames:
            raise unusable(
                code, file, 1, "there is no first line that names the columns", f"begin the file with {begin}"
            )
        missing = [column for column in required if column not in reader.fieldnames]
        if missing:
            message = f"the first line has no column {', '.join(missing)}"
            raise unusable(code, file, 1, message, f"begin the file with {begin}")
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        fix = "look for a quotation mark that is not closed"
        raise unusable(code, file, reader.reader.line_num, str(error), fix) from None
