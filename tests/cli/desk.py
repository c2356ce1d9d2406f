"""A workspace and the command line, as its users meet them."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.cli import main
from tests.ports import free_ports

SINGAPORE = ZoneInfo("Asia/Singapore")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def publisher(*arguments: object, stdin: str = "") -> Said:
    """Runs a command in this process; what it does not expect itself comes out as an exception."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with _stdin(stdin), redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Said(code, out.getvalue(), err.getvalue())


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


@dataclass(frozen=True)
class Desk:
    """A workspace with an author, alice, and an editor, erin."""

    root: Path

    def __call__(self, *arguments: object, stdin: str = "") -> Said:
        """A command in this workspace, which must end well."""
        said = self.tried(*arguments, stdin=stdin)
        assert said.code == 0, said.err
        return said

    def tried(self, *arguments: object, stdin: str = "") -> Said:
        return publisher(*arguments, "--workspace", self.root, stdin=stdin)

    def as_(self, name: str, *arguments: object) -> Said:
        return self(*arguments, "--token-file", self.root / f"{name}.token")

    def refused(self, name: str, *arguments: object) -> str:
        """What the command says instead of doing it."""
        said = self.tried(*arguments, "--token-file", self.root / f"{name}.token")
        assert said.code == 1
        return said.err

    def person(self, name: str, *groups: str) -> None:
        options = [option for group in groups for option in ("--group", group)]
        (self.root / f"{name}.token").write_text(self("person", "add", name, *options).out, encoding="utf-8")

    def announcement(self, name: str = "eth", *, due: timedelta = timedelta(minutes=-1)) -> Path:
        """A maintenance that is to be published `due` from now."""
        folder = self.root / "announcements" / name
        assert publisher("new", "maintenance", folder).code == 0
        now = datetime.now(UTC).astimezone(SINGAPORE).replace(microsecond=0, tzinfo=None)
        times = {"publish_at": now + due, "starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=3)}
        file = folder / "announcement.toml"
        file.write_text(_with_times(file.read_text(encoding="utf-8"), times), encoding="utf-8")
        return folder

    def submitted(self, folder: Path | None = None) -> int:
        return int(self.as_("alice", "submit", folder or self.announcement(), "--json").json["release"])

    def approved(self, folder: Path | None = None) -> int:
        release = self.submitted(folder)
        self.as_("erin", "approve", release, "--hash", self.hash(release))
        return release

    def hash(self, release: int) -> str:
        return str(self("show", release, "--json").json["hash"])

    def state(self, release: int) -> str:
        return str(self("show", release, "--json").json["state"])

    def setting(self, pattern: str, replacement: str) -> None:
        """publisher.toml with the first line that matches exchanged."""
        file = self.root / "publisher.toml"
        text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
        assert count == 1
        file.write_text(text, encoding="utf-8")


def _with_times(text: str, times: Mapping[str, datetime]) -> str:
    for key, value in times.items():
        text = re.sub(rf"^{key} = .*$", f"{key} = {value.isoformat()}", text, flags=re.MULTILINE)
    return text


def made(root: Path) -> Desk:
    """A new workspace with its staff."""
    assert publisher("init", "--workspace", root).code == 0
    desk = Desk(root)
    for port, free in zip((8080, 8081, 8082, 8025, 8083, 8084), free_ports(6), strict=True):
        file = root / "publisher.toml"
        file.write_text(re.sub(rf"\b{port}\b", str(free), file.read_text(encoding="utf-8")), encoding="utf-8")
    desk.person("alice", "authors")
    desk.person("erin", "editors")
    return desk


def copied(desk: Desk, root: Path) -> Desk:
    return Desk(shutil.copytree(desk.root, root))
