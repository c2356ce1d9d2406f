"""Several files changed as one: staged, written down, then moved into place; whoever comes next finishes the rest.

Before the journal is on disk nothing is visible, so a full disk or a crash leaves the site as it was. Afterwards
every step may be repeated, so a crash is finished by the next holder of the lock, whichever process that is.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EXDEV
from pathlib import Path
from typing import Literal

Area = Literal["site", "state"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A whole file, new or replaced."""

    area: Area
    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text at a fixed byte offset of a file in the state folder."""

    path: str
    offset: int
    text: str


class Journal:
    """Writes below `site` and `state`, two folders of one file system. `trace` is told of every step."""

    def __init__(self, site: Path, state: Path, trace: Callable[[str], None] = lambda step: None) -> None:
        self._folders: dict[Area, Path] = {"site": site, "state": state}
        self._state, self._trace = state, trace
        self._file, self._staged = state / "journal.json", state / "staged"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Excludes every other thread and process, and finishes what one of them left behind; raises OSError."""
        self._make_folders()
        with (self._state / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._recover()
            yield

    def has(self, area: Area, path: str) -> bool:
        """Whether there is such a file."""
        return (self._folders[area] / path).is_file()

    def commit(self, insertions: Sequence[Insertion], replacements: Sequence[Replacement]) -> None:
        """All of it, in this order; files that hold these bytes already are left alone. Raises OSError."""
        changed = [each for each in replacements if self._read(each) != each.data]
        if not changed and not insertions:
            return
        try:
            self._stage(changed)
            self._write_down(insertions, changed)
        except BaseException:
            shutil.rmtree(self._staged, ignore_errors=True)
            raise
        self._recover()

    def _make_folders(self) -> None:
        for folder, mode in ((self._folders["site"], 0o755), (self._state, 0o700)):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
        if self._folders["site"].stat().st_dev != self._state.stat().st_dev:
            raise OSError(EXDEV, os.strerror(EXDEV), str(self._state))

    def _read(self, file: Replacement) -> bytes | None:
        try:
            return (self._folders[file.area] / file.path).read_bytes()
        except FileNotFoundError:
            return None

    def _stage(self, files: Sequence[Replacement]) -> None:
        self._staged.mkdir(exist_ok=True)
        for number, file in enumerate(files):
            (self._folders[file.area] / file.path).parent.mkdir(parents=True, exist_ok=True)
            _write(self._staged / str(number), file.data)
            self._trace(f"staged {file.path}")
        _sync_folder(self._staged)

    def _write_down(self, insertions: Sequence[Insertion], files: Sequence[Replacement]) -> None:
        """From the rename on, the change will happen whatever befalls this process."""
        plan = {
            "insertions": [[each.path, each.offset, each.text] for each in insertions],
            "moves": [[str(number), each.area, each.path] for number, each in enumerate(files)],
        }
        draft = self._staged / "journal.json"
        _write(draft, json.dumps(plan).encode())
        self._trace("written down")
        draft.replace(self._file)
        _sync_folder(self._state)
        self._trace("decided")

    def _recover(self) -> None:
        try:
            plan = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            shutil.rmtree(self._staged, ignore_errors=True)
            return
        targets = [self._insert(Insertion(*insertion)) for insertion in plan["insertions"]]
        targets += [self._move(*move) for move in plan["moves"]]
        self._sync_folders_of(targets)
        self._file.unlink()
        _sync_folder(self._state)
        self._trace("finished")
        shutil.rmtree(self._staged, ignore_errors=True)

    def _sync_folders_of(self, targets: Sequence[Path]) -> None:
        """Up to `site` and `state`: a folder that is itself new must survive a power cut too."""
        tops = set(self._folders.values())
        folders = {folder for target in targets for folder in target.parents if tops & {folder, *folder.parents}}
        for folder in sorted(folders):
            _sync_folder(folder)

    def _insert(self, insertion: Insertion) -> Path:
        path = self._state / insertion.path
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(file, insertion.text.encode(), insertion.offset)
            os.fsync(file)
        finally:
            os.close(file)
        self._trace(f"inserted {insertion.path}")
        return path

    def _move(self, staged: str, area: Area, path: str) -> Path:
        """Moves a staged file unless a predecessor did."""
        target = self._folders[area] / path
        source = self._staged / staged
        if source.exists():
            source.replace(target)
        self._trace(f"moved {path}")
        return target


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
