"""A personal token is typed without echo or read from a file; never part of a command line."""

from __future__ import annotations

import os
import pty
import select
import sys
import time

import typer

from publisher.cli import cli
from tests.cli.desk import Desk

SECRET = "publisher_canary-token-that-nobody-has"


def test_what_is_typed_is_not_shown(desk: Desk) -> None:
    command = [sys.executable, "-m", "publisher.cli", "hold", "1", "--reason", "x", "--workspace", str(desk.root)]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(command[0], command)
    shown = _until(terminal, b"Your personal token")
    time.sleep(0.2)  # the terminal's echo is switched off right after the question is written
    os.write(terminal, SECRET.encode() + b"\n")
    shown += _until(terminal, b"belongs to nobody")
    _, status = os.waitpid(process, 0)

    assert os.waitstatus_to_exitcode(status) == 1
    assert b"belongs to nobody" in shown
    assert SECRET.encode() not in shown


def _until(terminal: int, text: bytes) -> bytes:
    """What the terminal shows until `text` has come, or for half a minute."""
    shown, deadline = b"", time.monotonic() + 30
    while text not in shown and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
    return shown


def test_without_a_terminal_nothing_is_read_with_echo(desk: Desk) -> None:
    said = desk.tried("hold", 1, "--reason", "x", stdin=SECRET)

    assert said.code == 1
    assert "--token-file" in said.err


def test_no_command_takes_a_token_on_its_command_line() -> None:
    options = {
        option
        for command in typer.main.get_command(cli).commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
    }

    assert "--token-file" in options
    assert not {option for option in options if "token" in option} - {"--token-file"}
