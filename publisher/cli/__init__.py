"""The command line: parses, calls the steps through app, shows. No rules of its own.

Every command imports what it needs when it runs, so that `--help` and completion answer at once.
"""

from __future__ import annotations

import typer

from publisher.cli import authoring, people, readers, review, running, watching

_COMMANDS = (authoring, review, watching, running, people, readers)

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


def main() -> None:
    """The console script; every expected mistake ends with a sentence and an exit code, never with a traceback."""
    from publisher.cli.output import ended_well

    with ended_well():
        cli()
