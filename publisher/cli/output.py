"""How the command line speaks: tables, findings, JSON and exit codes.

Exit codes: 0 done; 1 refused or found wrong, the text says why; 2 the command line itself is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from publisher.channel import Finding

T = TypeVar("T")
Typed = TypeVar("Typed", str, list[str], list[str] | None)

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

UNSHORTENED = 10_000
"""Columns where nobody looks: what is piped or redirected is never folded."""

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
    "in_review": "yellow", "returned": "yellow", "overdue": "red",
}  # fmt: skip


class Stop(Exception):
    """Ends the command with exit code 1 and this sentence on standard error."""


LONGEST = 1_000
"""Characters of what a person types on the command line for others to read."""


def readable(typed: Typed) -> Typed:
    """What was typed (a text or several), as it is; raises Stop where others could not read it in a history later."""
    from publisher.content.source.files import describe, refused

    for text in [typed] if isinstance(typed, str) else typed or ():
        for _, column, char in refused(text):
            raise Stop(f"character {column} of {text!a} cannot be read ({describe(char)}); leave it out")
        if len(text) > LONGEST:
            raise Stop(f"{text[:20]!a}... has {len(text):,} characters; {LONGEST:,} are enough")
    return typed


def said_why(typed: str) -> str:
    """A reason, as it is; raises Stop for an empty one."""
    if not readable(typed).strip():
        raise Stop("--reason is empty: say why in a few words; whoever comes after you reads it in the history")
    return typed


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work` in an event loop of its own."""
    import asyncio

    return asyncio.run(work)


def keep_running(work: Coroutine[Any, Any, T]) -> T:
    """The same for what serves or sends: on a faster loop, which takes a moment longer to import."""
    import uvloop

    return uvloop.run(work)


def say(text: str, *, error: bool = False) -> None:
    """One line for people."""
    typer.echo(_plain(text), err=error)


def _plain(text: str) -> str:
    """Without what would move a terminal's cursor, change its title or reorder the line: files can hold anything."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def speak_any_encoding() -> None:
    """A terminal that cannot show a character gets its escape instead of ending the command with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def moment(value: object) -> str:
    """An instant as staff read it; nothing for what is none."""
    return in_utc(value, seconds=True) if isinstance(value, datetime) else ""


def show_json(value: object) -> None:
    # Where an escape would be needed, JSON's own is the only one that stays JSON.
    plain = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    typer.echo(json.dumps(value, ensure_ascii=not plain, indent=2, default=str))


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
        table.add_row(*(Text(_plain(cell), style=style) for cell, style in zip(row, styles, strict=True)))
    Console(width=None if sys.stdout.isatty() else UNSHORTENED).print(table)


def show_findings(findings: Sequence[Finding]) -> None:
    """Each finding with its place, reason and fix; errors last, where the eye is."""
    for finding in sorted(findings, key=lambda finding: finding.severity == "error"):
        where = str(finding.place) if finding.place else finding.about
        about = f" [{finding.about}]" if finding.about and finding.place else ""
        before = f"{where}: " if where else ""
        say(f"{before}{finding.severity}: {finding.message}{about} ({finding.code})", error=True)
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
