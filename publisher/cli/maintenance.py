"""`publisher maintenance start extend complete cancel postpone`: one person on duty, in words that were approved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import duty
from publisher.cli.acting import Reason, ReleaseId, TokenFile, as_person
from publisher.cli.output import HERE, Stop, Workspace, say

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.delivery.life import Act
    from publisher.delivery.walk import Walked


class Because(StrEnum):
    """What readers are told; the same as `publisher.content.kinds.kind.REASONS`, which would be slow to import."""

    MORE_TIME = "more_time"
    NETWORK = "network"
    THIRD_PARTY = "third_party"
    SAFETY = "safety"


_Because = Annotated[Because, typer.Option(help="What readers are told.")]
_Fold = Annotated[
    int | None, typer.Option(min=0, max=1, help="Of a time that the clocks show twice: 0 the earlier, 1 the later.")
]

cli = typer.Typer(help="What those on duty say of a maintenance that everybody knows of.", no_args_is_help=True)


def add_to(publisher: typer.Typer) -> None:
    publisher.add_typer(cli, name="maintenance", rich_help_panel=duty.PANEL)
    cli.command(epilog="Example: publisher maintenance start 12 --reason 'the network is ready'")(start)
    cli.command(epilog="Example: publisher maintenance extend 12 --to 2026-12-03T13:30 --because network -r 'slow'")(
        extend
    )
    cli.command(epilog="Example: publisher maintenance complete 12 --reason 'all wallets are back'")(complete)
    cli.command(epilog="Example: publisher maintenance cancel 12 --because third_party --reason 'called off'")(cancel)
    cli.command(epilog="Example: publisher maintenance postpone 12 --to 2026-12-04T10:00 --reason 'moved'")(
        duty.postpone
    )


def start(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """It begins now, whatever time was announced."""
    from publisher.delivery.life import Act

    _say(Act.START, release, reason, workspace, token_file)


def extend(
    release: ReleaseId,
    reason: Reason,
    because: _Because = Because.MORE_TIME,
    to: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="The new end, wall clock in the announcement's own zone."
        ),
    ] = None,
    further: Annotated[bool, typer.Option("--until-further-notice", help="Nobody knows the new end yet.")] = False,
    fold: _Fold = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """It takes longer: until a new end, or until further notice. Extensions are numbered."""
    from publisher.delivery.life import Act

    if (to is None) is not further:
        raise Stop("give the new end with --to, or say --until-further-notice")
    _say(Act.EXTEND, release, reason, workspace, token_file, because=because, to=to, fold=fold)


def complete(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """It is over now."""
    from publisher.delivery.life import Act

    _say(Act.COMPLETE, release, reason, workspace, token_file)


def cancel(
    release: ReleaseId,
    reason: Reason,
    because: _Because,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """It does not take place."""
    from publisher.delivery.life import Act

    _say(Act.CANCEL, release, reason, workspace, token_file, because=because)


def _say(
    act: Act,
    release: int,
    reason: str,
    workspace: Path,
    token_file: Path | None,
    *,
    because: Because | None = None,
    to: datetime | None = None,
    fold: int | None = None,
) -> None:
    from publisher.delivery import life

    async def work(app: App, token: str) -> Walked:
        from publisher.release.approval import authenticate

        async with app.store.begin() as tx:
            person, found = await authenticate(tx, token), await tx.release(release)
            until = duty.instant(to, found.time_zone, fold) if to else None
            saying = life.Saying(act, person.name, app.clock.now(), reason, because.value if because else "", until)
            return await life.say(tx, release, saying, app.outlet)

    walked = as_person(workspace, token_file, work)
    say(f"release {release}: {life.STAGES[act]}; {len(walked.deliveries)} places are told now")
    for line in walked.busy:
        say(f"not told yet: {line.name} is still {line.state}; it is told when that has ended", error=True)
    for sentence in walked.left_out:
        say(f"not told: {sentence}", error=True)
