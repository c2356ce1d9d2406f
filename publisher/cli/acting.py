"""Acts of a person: who is at the keyboard, and one transaction in that person's name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from publisher.cli.output import Stop, run, said_why

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.release.release import Person
    from publisher.store.transaction import SqlTransaction

T = TypeVar("T")

GREATEST = 2**63 - 1
"""Of a number in the database; a greater one would end in the driver."""

TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        envvar="PUBLISHER_TOKEN_FILE",
        help="A file that holds your personal token, - for standard input. Asked for when left out.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the record.", callback=said_why)]
ReleaseId = Annotated[
    int,
    typer.Argument(metavar="RELEASE", max=GREATEST, help="Its number, from publisher status.", show_default=False),
]
Fold = Annotated[
    int | None, typer.Option(min=0, max=1, help="Of a time that the clocks show twice: 0 the earlier, 1 the later.")
]

Act = Callable[["SqlTransaction", "Person", datetime], Coroutine[Any, Any, T]]
"""What a person does in one transaction, at a time."""


def as_person(workspace: Path, token_file: Path | None, work: Callable[[App, str], Coroutine[Any, Any, T]]) -> T:
    """`work` with the workspace's App and the token of who is at the keyboard."""
    from publisher.app import opened
    from publisher.supervise import log_plainly

    log_plainly()  # an alarm belongs to standard error: standard output may be JSON
    token = token_from(token_file)

    async def whole() -> T:
        async with opened(workspace) as app:
            return await work(app, token)

    return run(whole())


def act(workspace: Path, token_file: Path | None, work: Act[T]) -> T:
    """`work` in one transaction; raises Refused when the token belongs to nobody."""
    from publisher.release.approval import authenticate

    async def whole(app: App, token: str) -> T:
        async with app.store.begin() as tx:
            return await work(tx, await authenticate(tx, token), app.clock.now())

    return as_person(workspace, token_file, whole)


def token_from(file: Path | None) -> str:
    """The token: from the file, from standard input, or typed without echo. Never on the command line, where `ps` and
    the shell's history would show it. Raises Stop when there is none to be had.
    """
    if file is None:
        return _typed()
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Stop(f"cannot read the token file {file}: {reason}") from error
    if not text.strip():
        raise Stop(f"the token file {file} is empty")
    return text.strip()


def _typed() -> str:
    # Without a terminal getpass falls back to reading with echo.
    if not sys.stdin.isatty():
        raise Stop("there is no terminal to type your personal token at; name a file: --token-file FILE")
    return str(typer.prompt("Your personal token", hide_input=True))
