"""What authors must or should change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's files; lines and columns count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the author must or should change: what, where and how to fix it."""

    code: str
    message: str
    fix: str
    severity: Severity = Severity.ERROR
    place: Place | None = None
    about: str = ""
    """Which edition it concerns, such as `x/en-US`; empty when it concerns the source."""
