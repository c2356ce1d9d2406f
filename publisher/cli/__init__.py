"""The command line: parses, calls the steps through app, shows. No rules of its own.

Every command imports what it needs when it runs, so that `--help` and completion answer at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from publisher.cli import (
    authoring,
    correcting,
    digest,
    disclosing,
    duty,
    earlier,
    keys,
    mailing,
    maintenance,
    people,
    preflight,
    readers,
    review,
    running,
    schedule,
    segments,
    watching,
    website,
)
from publisher.cli.mistakes import ended_well
from publisher.cli.output import speak_any_encoding

_COMMANDS = (
    authoring,
    review,
    correcting,
    watching,
    preflight,
    duty,
    maintenance,
    mailing,
    schedule,
    running,
    website,
    earlier,
    people,
    readers,
    digest,
    disclosing,
    keys,
    segments,
)

cli = typer.Typer(
    name="publisher",
    help="The announcement desk of an exchange: write once, review, publish everywhere.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in _COMMANDS:
    _module.add_to(cli)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script, or `arguments`; every expected mistake ends with a sentence and exit code 1."""
    speak_any_encoding()
    with ended_well():
        cli(arguments)
