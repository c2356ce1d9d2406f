"""`publisher mailing`: what whoever is on duty decides of mail to many readers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from publisher.cli.acting import Reason, ReleaseId, TokenFile, act
from publisher.cli.output import HERE, Workspace, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.release.expectation import Expected
    from publisher.release.release import Person
    from publisher.store.transaction import SqlTransaction

mailing = typer.Typer(no_args_is_help=True, help="Mail to many readers, while it runs.")

PANEL = "On duty"


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(mailing, name="mailing", rich_help_panel=PANEL)


@mailing.callback()
def _mailing() -> None:
    """A group even while it has one command: typer would make that the group itself."""


@mailing.command(epilog='Example: publisher mailing go 12 --reason "the campaign of yesterday brought them"')
def go(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Lets the mailings of a release go that are held because they reach others than people approved."""
    from publisher.mailing.drift import go

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Sequence[Expected]:
        return await go(tx, release, at=now, actor=person.name, reason=reason)

    for expected in act(workspace, token_file, work):
        say(f"{expected.name} goes out to {expected.found:,} readers")
