"""Announcement folders to plant mistakes in, and where a mistake stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.channel import Finding, Place, Severity
from publisher.content.announcement import Revision
from publisher.content.kinds import KINDS
from publisher.content.scaffold import scaffold
from publisher.content.source import read

TOML, EN, ZH = "announcement.toml", "en-US.md", "zh-CN.md"

# Lines of the maintenance's sample.
ZONE = 'time_zone = "Asia/Singapore"'
PUBLISH = "publish_at = 2026-12-01T10:00:00"
START = "starts_at = 2026-12-03T10:00:00"
END = "ends_at = 2026-12-03T12:00:00"


@dataclass(frozen=True)
class Folder:
    """A sample announcement on disk."""

    path: Path

    @classmethod
    def of(cls, kind: str, path: Path) -> Folder:
        scaffold(KINDS[kind], path)
        return cls(path)

    def text(self, file: str) -> str:
        return (self.path / file).read_text(encoding="utf-8")

    def write(self, file: str, content: str | bytes) -> Folder:
        data = content.encode() if isinstance(content, str) else content
        (self.path / file).write_bytes(data)
        return self

    def replace(self, file: str, old: str, new: str) -> Folder:
        before = self.text(file)
        assert before.count(old) == 1, f"{old!r} stands {before.count(old)} times in {file}"
        return self.write(file, before.replace(old, new))

    def append(self, file: str, more: str) -> Folder:
        return self.write(file, self.text(file) + more)

    def place(self, file: str, needle: str | None) -> Place:
        """Where `needle` first stands, or the `^` in it; None for the whole file."""
        path = str(self.path / file)
        if needle is None:
            return Place(path)
        text = self.text(file)
        before = text[: text.index(needle.replace("^", "")) + max(needle.find("^"), 0)]
        return Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))

    def findings(self) -> Sequence[Finding]:
        return read(self.path)[1]

    def errors(self) -> Sequence[Finding]:
        """The errors; checks that nothing can be stored with one, and something without."""
        revision, findings = read(self.path)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        assert (revision is None) == bool(errors)
        return errors

    def error(self) -> Finding:
        """The only error."""
        (error,) = self.errors()
        return error

    def revision(self) -> Revision:
        revision, findings = read(self.path)
        assert revision is not None, findings
        return revision
