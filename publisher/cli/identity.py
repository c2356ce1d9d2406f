"""Who is at the keyboard: a personal token from a file, the environment, or typed without echo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.output import Stop

TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", envvar="PUBLISHER_TOKEN_FILE", help="A file that holds your personal token."),
]


def token_from(file: Path | None) -> str:
    """The token; asks for it when no file is named. Raises Stop when the file cannot be read."""
    if file is None:
        return str(typer.prompt("Your personal token", hide_input=True))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"cannot read the token file {file}: {error}") from error
