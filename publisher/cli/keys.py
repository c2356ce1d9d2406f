"""`publisher keys rotate`: a new data key takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from publisher.cli.output import HERE, Stop, Workspace, run, say

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.mailing.rotation import Rotated

keys = typer.Typer(no_args_is_help=True, help="The keys of what readers entrust to you.")

PANEL = "People and readers"
SHOWN = 10
"""Unreadable texts that are named one by one."""


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(keys, name="keys", rich_help_panel=PANEL)


@keys.callback()
def about_keys() -> None:
    """The keys of what readers entrust to you."""


@keys.command(epilog="Example: publisher keys rotate")
def rotate(workspace: Workspace = HERE) -> None:
    """Encrypts everything with the first data key that an older one encrypted. Safe to interrupt and to repeat."""
    rotated, first, others = run(_rotated(workspace))
    say(f"{rotated.renewed} of {rotated.total} texts were encrypted anew with key {first}.")
    for reason in rotated.unreadable[:SHOWN]:
        say(reason, error=True)
    if rotated.unreadable:
        raise Stop(
            f"{len(rotated.unreadable)} texts cannot be read: put their key back among the data keys, and repeat"
        )
    if others:
        say(
            f"When every process of Publisher was started with {first} as its first key before this command ran, "
            f"{', '.join(others)} may go; else restart them and run it again."
        )


async def _rotated(workspace: Path) -> tuple[Rotated, str, list[str]]:
    from publisher.app import opened
    from publisher.mailing.rotation import rotate

    async with opened(workspace) as app:
        first, *others = app.encryption.names
        return await rotate(app.store.begin, app.encryption), first, others
