"""`publisher mailing status --watch` on a real terminal: nothing is cut off, and it is sane afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.mailing.canary import Canary
from tests.cli.desk import Desk
from tests.cli.mailed import DONE, mailed

CONTROL = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")
PATIENCE = 30.0
"""Seconds until the first picture is drawn."""
WHY = "the amount of the fee looks wrong to somebody from compliance, who looks at it"


@dataclass(frozen=True)
class Seen:
    """What stood on the terminal, and what was left of it."""

    code: int
    raw: str
    sane: bool

    @property
    def lines(self) -> list[str]:
        """The last picture."""
        last = self.raw[self.raw.rindex("Mailing 1:") :]
        return [line.rstrip() for line in CONTROL.sub("", last).split("\n")]


def watched(desk: Desk, columns: int, until: str = "") -> Seen:
    """Watches mailing 1 on a terminal so wide, until it ends or Ctrl-C is pressed after `until` was seen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    before = termios.tcgetattr(theirs)
    command = [
        sys.executable,
        "-m",
        "publisher.cli",
        "mailing",
        "status",
        "1",
        "--watch",
        "--workspace",
        str(desk.root),
    ]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "24"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, process_group=0)
    raw, pressed, end = "", False, time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        raw += _read(ours)
        if until and not pressed and until in CONTROL.sub("", raw):
            process.send_signal(signal.SIGINT)
            pressed = True
    process.kill()
    raw += _read(ours)
    seen = Seen(process.wait(), raw, termios.tcgetattr(theirs) == before)
    os.close(ours)
    os.close(theirs)
    return seen


def _read(terminal: int) -> str:
    return os.read(terminal, 65_536).decode() if select.select([terminal], [], [], 0.1)[0] else ""


@pytest.mark.parametrize("columns", [80, 120])
def test_a_mailing_that_is_over_stays_on_the_terminal(tmp_path: Path, columns: int) -> None:
    seen = watched(mailed(tmp_path, ended=DONE), columns)
    name, stands, bar, numbers, over, *rest = seen.lines
    assert name == "Mailing 1: ANN-2026-00001 to newsletter (en-US)"
    assert (stands, bar, numbers) == ("over", "━" * 60, "12 = 10 delivered + 2 rejected")
    assert over.startswith("over since ")
    assert (seen.code, seen.sane, set(rest)) == (0, True, {""})


@pytest.mark.parametrize("columns", [80, 120])
def test_whoever_stops_watching_has_their_terminal_back(tmp_path: Path, columns: int) -> None:
    desk = mailed(tmp_path)
    desk.as_("erin", "mailing", "pause", 1, "--reason", WHY)
    seen = watched(desk, columns, until="8 left")
    assert (seen.code, seen.sane) == (130, True)
    assert seen.raw.rindex("\x1b[?25h") > seen.raw.rindex("\x1b[?25l"), "the cursor stayed hidden"
    assert f"paused by erin: {WHY}" in " ".join(seen.lines)
    assert "12 = 8 queued + 3 delivered + 1 rejected" in seen.lines
    assert max(map(len, seen.lines)) <= columns


def test_what_stands_still_has_no_end(tmp_path: Path) -> None:
    seen = watched(mailed(tmp_path, Canary(share=0.25)), 80, until="8 left")
    assert "8 left" in seen.lines
    assert "over at about" not in seen.raw
