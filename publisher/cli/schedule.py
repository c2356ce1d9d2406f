"""`publisher schedule list move hold release skip`: what goes out when, and one thing of it elsewhere or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from publisher.cli import duty, review
from publisher.cli.acting import Fold, Reason, ReleaseId, TokenFile, act
from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_json, show_table
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from publisher.release.release import Person
    from publisher.schedule.line import Coming
    from publisher.store.transaction import SqlTransaction

cli = typer.Typer(help="What goes out when; one thing of it moved, held or left out.", no_args_is_help=True)

AHEAD = 31
"""Days that `list` shows unless told."""

_Stage = Annotated[
    str | None, typer.Option("--stage", help="One stage of what is public, such as reminder_1h; see schedule list.")
]
_Day = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def add_to(publisher: typer.Typer) -> None:
    publisher.add_typer(cli, name="schedule", rich_help_panel=duty.PANEL)
    cli.command("list", epilog="Example: publisher schedule list --to 2026-12-31 --zone Asia/Singapore")(show)
    cli.command(epilog="Example: publisher schedule move 12 2026-12-03T09:30 --reason 'after the board has met'")(move)
    cli.command(epilog="Example: publisher schedule hold 12 --stage reminder_1h --reason 'it may move'")(hold)
    cli.command("release", epilog="Example: publisher schedule release 12 --stage reminder_1h --reason 'it is on'")(
        let_go
    )
    cli.command(epilog="Example: publisher schedule skip 12 --stage reminder_24h --reason 'known by now'")(skip)


def show(
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_Day, help="In --zone; now when left out.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_Day, help=f"In --zone; {AHEAD} days later when left out.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Of the times shown and asked for, such as Europe/Berlin.")] = "UTC",
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """Everything that will go out, in the order of its time, with what contradicts it."""
    found = run(_coming(workspace, since, until, zone))
    if as_json:
        show_json([each.to_json() for each in found])
        return
    if not found:
        say("Nothing is to go out in that time.")
        return
    columns = (f"At ({zone})", "Its own zone", "Release", "What", "State", "Title", "Destinations")
    show_table(columns, [_row(each, zone) for each in found], state=4)
    for each in found:
        for sentence in (*([f"{each.state}: {each.why}"] if each.why else ()), *each.waits, *each.conflicts):
            say(f"Release {each.release_id}, {each.what}: {sentence}")


def _row(each: Coming, zone: str) -> Sequence[str]:
    from publisher.wall_time import as_shown, wall_clock

    here = wall_clock(each.at, zone)
    own = each.here if each.release_id else ""
    number = str(each.release_id or "")
    return (as_shown(here), own, number, each.what, each.state, each.title, ", ".join(each.places))


async def _coming(workspace: Path, since: datetime | None, until: datetime | None, zone: str) -> Sequence[Coming]:
    from publisher.app import opened
    from publisher.schedule.coming import coming

    _known(zone)
    async with opened(workspace) as app, app.store.read() as tx:
        start = duty.instant(since, zone, 0) if since else app.clock.now()
        end = duty.instant(until, zone, 0) if until else start + timedelta(days=AHEAD)
        if end <= start:
            raise Stop("--to must be later than --from")
        return await coming(tx, app.kinds, app.outlet, start, end)


def _known(zone: str) -> None:
    from publisher.wall_time import UnknownZone
    from publisher.wall_time import zone as named

    try:
        named(zone)
    except UnknownZone as error:
        raise Stop(str(error)) from error


def move(
    release: ReleaseId,
    to: Annotated[
        datetime,
        typer.Argument(
            metavar="TIME", formats=_Day[1:], help="Wall clock in --zone, or in the announcement's own zone."
        ),
    ],
    reason: Reason,
    stage: _Stage = None,
    zone: Annotated[str | None, typer.Option(help="The zone of TIME.")] = None,
    fold: Fold = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """A release inside its approved window, or a reminder before its event, goes out at another time."""
    if stage is None:
        review.put_on_the_clock(workspace, token_file, release, at=to, fold=fold, zone=zone, why=reason)
        return

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> str:
        from publisher.delivery import by_hand

        moment = duty.instant(to, zone or (await tx.release(release)).time_zone, fold)
        await by_hand.move(tx, by_hand.Decision(release, stage, person.name, now, reason), moment)
        return in_utc(moment)

    say(f"{_named(release, stage)} goes out at {act(workspace, token_file, work)}")


def hold(
    release: ReleaseId,
    reason: Reason,
    stage: _Stage = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """A release, or one stage of what is public, waits for a person."""
    if stage is None:
        duty.hold(release, reason, workspace, token_file)
        return
    _decide("hold", release, stage, reason, workspace, token_file)
    say(f"{_named(release, stage)} is held; it is left out once a later stage is told")


def let_go(
    release: ReleaseId,
    reason: Reason,
    stage: _Stage = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """What is held goes on, at once where its time has passed."""
    if stage is None:
        duty.resume(release, workspace, token_file, reason)
        return
    _decide("release", release, stage, reason, workspace, token_file)
    say(f"{_named(release, stage)} goes on")


def skip(
    release: ReleaseId,
    reason: Reason,
    stage: _Stage = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """One stage of what is public is never told."""
    if stage is None:
        raise Stop(f"name the stage with --stage; a whole release is ended with: publisher cancel {release}")
    _decide("skip", release, stage, reason, workspace, token_file)
    say(f"{_named(release, stage)} is left out")


def _named(release: int, stage: str | None) -> str:
    return f"release {release}" if stage is None else f"{stage} of release {release}"


def _decide(
    what: Literal["hold", "release", "skip"],
    release: int,
    stage: str,
    reason: str,
    workspace: Path,
    token_file: Path | None,
) -> None:
    from publisher.delivery import by_hand

    decisions = {"hold": by_hand.hold, "release": by_hand.release, "skip": by_hand.skip}

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> None:
        await decisions[what](tx, by_hand.Decision(release, stage, person.name, now, reason))

    act(workspace, token_file, work)
