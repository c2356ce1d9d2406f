"""How the command line speaks: tables, findings, JSON and exit codes.

Exit codes: 0 done; 1 refused or found wrong, the text says why; 2 the command line itself is wrong.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from publisher.channel import Finding, Severity

T = TypeVar("T")

Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="PUBLISHER_WORKSPACE", help="The folder with publisher.toml.", show_default="."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
HERE = Path()

STATE_STYLES: Mapping[str, str] = {
    "delivered": "green", "published": "green", "approved": "green", "rejected": "red", "unconfirmed": "red",
    "expired": "red", "partly_published": "red", "held": "yellow", "waiting": "yellow", "partial": "yellow",
    "in_review": "yellow", "returned": "yellow",
}  # fmt: skip


class Stop(Exception):
    """Ends the command with exit code 1 and this sentence on standard error."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work` in an event loop of its own."""
    return asyncio.run(work)


@contextmanager
def ended_well() -> Iterator[None]:
    """Turns what users can cause into a sentence and exit code 1; anything else is a bug and keeps its traceback."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, _expected()):
            raise
        if findings := getattr(error, "findings", ()):
            show_findings(findings)
        else:
            say(f"publisher: {error}", error=True)
        sys.exit(1)


def _expected() -> tuple[type[Exception], ...]:
    # Imported only when something went wrong: a command that goes well must not pay for every step.
    from publisher.app import SchemaNotCurrent
    from publisher.content.scaffold import ScaffoldError
    from publisher.mailing.intake.files import IntakeError
    from publisher.registry import RegistryError
    from publisher.release.approval import Refused
    from publisher.release.transitions import Overtaken
    from publisher.settings import SettingsError
    from publisher.store.migrate import SchemaTooNew
    from publisher.supervise import RoleTaken

    theirs = (SettingsError, RegistryError, RoleTaken, SchemaNotCurrent, SchemaTooNew)
    return (Stop, Refused, Overtaken, ScaffoldError, IntakeError, LookupError, *theirs)


def say(text: str, *, error: bool = False) -> None:
    """One line for people."""
    typer.echo(text, err=error)


def show_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, state: int | None = None) -> None:
    """A table; `state` is the column to colour."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        styles = [STATE_STYLES.get(cell, "") if index == state else "" for index, cell in enumerate(row)]
        table.add_row(*(Text(cell, style=style) for cell, style in zip(row, styles, strict=True)))
    Console(soft_wrap=False).print(table)


def show_findings(findings: Sequence[Finding]) -> None:
    """Each finding with its place, reason and fix; errors last, where the eye is."""
    for finding in sorted(findings, key=lambda f: f.severity is Severity.ERROR):
        where = str(finding.place) if finding.place else finding.about
        about = f" [{finding.about}]" if finding.about and finding.place else ""
        say(f"{where}: {finding.severity}: {finding.message}{about} ({finding.code})", error=True)
        if finding.fix:
            say(f"    {finding.fix}", error=True)


def finding_json(finding: Finding) -> Mapping[str, object]:
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "about": finding.about,
    }
