"""`publisher hold resume cancel stop go resolve`: what whoever is on duty decides. Stopping needs one person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import typer

from publisher.cli.acting import GREATEST, Act, Fold, Reason, ReleaseId, TokenFile, act, as_person
from publisher.cli.output import HERE, Stop, Workspace, readable, say

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from publisher.app import App
    from publisher.delivery.stop import Freed
    from publisher.delivery.walk import Walked
    from publisher.release.release import Person, Release
    from publisher.store.transaction import SqlTransaction

Destination = Annotated[str | None, typer.Option(help="Only this destination.")]
Account = Annotated[str | None, typer.Option(help="Only what is sent through this account.")]


PANEL = "On duty"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=PANEL, epilog='Example: publisher hold 12 --reason "network postponed"')(hold)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher resume 12")(resume)
    cli.command(rich_help_panel=PANEL, epilog='Example: publisher cancel 12 --reason "the upgrade was called off"')(
        cancel
    )
    cli.command(
        rich_help_panel=PANEL,
        epilog='Example: publisher postpone 12 --to 2026-12-04T10:00 --reason "the network moved its upgrade"',
    )(postpone)
    cli.command(rich_help_panel=PANEL, epilog='Example: publisher stop --account bot --reason "the token leaked"')(stop)
    cli.command(rich_help_panel=PANEL, epilog='Example: publisher go --account bot --reason "new token in place"')(go)
    cli.command(
        rich_help_panel=PANEL,
        epilog='Example: publisher resolve 31 --as delivered --reason "seen in the channel" --id 4711',
    )(resolve)


def hold(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Stops a release for now, before anything of it is public; anybody on duty may."""
    from publisher.delivery.stop import hold

    _change(workspace, token_file, _stopping(hold, release, reason), f"release {release} is held")


def resume(
    release: ReleaseId, workspace: Workspace = HERE, token_file: TokenFile = None, reason: Reason = "resumed"
) -> None:
    """Lets a held release go on."""
    from publisher.delivery.stop import resume

    _change(workspace, token_file, _stopping(resume, release, reason), f"release {release} goes on")


def cancel(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Stops a release for good; anybody on duty may. What was sent already stays sent."""
    from publisher.delivery.stop import cancel

    _change(workspace, token_file, _stopping(cancel, release, reason), f"release {release} is cancelled")


def postpone(
    release: ReleaseId,
    reason: Reason,
    to: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="Wall clock in the announcement's own zone."),
    ] = None,
    tba: Annotated[bool, typer.Option("--tba", help="The new time is to be announced.")] = False,
    fold: Fold = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Tells every channel that the time of what is public is put off, in the words that were approved with it."""
    from publisher.delivery.postpone import postpone

    if (to is None) is not tba:
        raise Stop("give the new time with --to, or say --tba when it is to be announced")

    async def work(app: App, token: str) -> Walked:
        from publisher.release.approval import authenticate

        async with app.store.begin() as tx:
            person, found = await authenticate(tx, token), await tx.release(release)
            moment = instant(to, found.time_zone, fold) if to else None
            at = app.clock.now()
            return await postpone(tx, release, person.name, app.outlet, new_time=moment, at=at, reason=reason)

    walked = as_person(workspace, token_file, work)
    say(f"release {release} is postponed: {len(walked.deliveries)} places are told now")
    for line in walked.busy:
        say(f"not told yet: {line.name} is still {line.state}; it is told when that has ended", error=True)


def instant(wall: datetime, time_zone: str, fold: int | None) -> datetime:
    """Of a wall-clock time; raises Stop for one that the clocks leave out, or show twice without `fold`."""
    from publisher.wall_time import WallTimeError, resolve

    try:
        return resolve(wall, time_zone, fold=fold)
    except WallTimeError as error:
        raise Stop(str(error)) from error


class _Stopping(Protocol):
    """`hold`, `resume` and `cancel` of `publisher.delivery.stop`."""

    async def __call__(
        self, tx: SqlTransaction, release_id: int, *, at: datetime, actor: str, reason: str
    ) -> object: ...


def _stopping(decision: _Stopping, release: int, reason: str) -> Act[Release]:
    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Release:
        await decision(tx, release, at=now, actor=person.name, reason=reason)
        return await tx.release(release)

    return work


def _change(workspace: Path, token_file: Path | None, work: Act[Release], done: str) -> None:
    after = act(workspace, token_file, work)
    say(f"{done} (state: {after.state})")


def stop(
    reason: Reason,
    destination: Destination = None,
    account: Account = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """The kill switch: nothing more is sent, to anywhere or to one place, until publisher go. Anybody on duty may."""
    from publisher.delivery.stop import switch_off

    name, words = _switch(workspace, destination, account)

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> None:
        if found := await tx.stops([name]):
            raise Stop(f"{words} is stopped already, by {found[0].actor}: {found[0].reason}")
        await switch_off(tx, name, at=now, actor=person.name, reason=reason)

    act(workspace, token_file, work)
    say(f"{words} is stopped; what is due is held until: publisher go{_again(destination, account)}")


def go(
    reason: Reason,
    destination: Destination = None,
    account: Account = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Ends a stop, also one that a network caused by refusing a destination; what it held goes out."""
    from publisher.delivery.stop import switch_on

    name, words = _switch(workspace, destination, account)

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Freed:
        if not await tx.stops([name]):
            raise Stop(f"{words} is not stopped; publisher status tells what is")
        return await switch_on(tx, name, at=now, actor=person.name, reason=reason)

    freed = act(workspace, token_file, work)
    say(f"{words} goes on; {freed.deliveries} held deliveries are queued again")
    for release, number in freed.catching_up.items():
        say(f"release {release} is public already: {number} of its deliveries catch up now", error=True)


def _switch(workspace: Path, destination: str | None, account: str | None) -> tuple[str, str]:
    """The name of the switch and what it stops, in words; raises Stop for a place that publisher.toml does not know."""
    from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
    from publisher.settings import load

    if destination and account:
        raise Stop("name a destination or an account, not both")
    settings = load(workspace)
    if destination:
        _known(destination, settings.destinations, "destination")
        return target_stop(destination), f"destination {destination}"
    if account:
        _known(account, settings.accounts, "account")
        return account_stop(account), f"account {account}"
    return KILL_SWITCH, "everything"


def _known(name: str, names: Collection[str], what: str) -> None:
    if name not in names:
        raise Stop(f"there is no {what} {name!r}; there are {', '.join(sorted(names))}")


def _again(destination: str | None, account: str | None) -> str:
    if destination:
        return f" --destination {destination}"
    return f" --account {account}" if account else ""


def resolve(
    delivery: Annotated[
        int,
        typer.Argument(metavar="DELIVERY", max=GREATEST, help="Its number, from publisher show.", show_default=False),
    ],
    resolution: Annotated[
        Literal["delivered", "resend", "leave"],
        typer.Option(
            "--as", help="delivered: it is there. resend: it is not, send it again. leave: it is not, and need not be."
        ),
    ],
    reason: Reason,
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id", help="The network's id of what you found there; later corrections need it.", callback=readable
        ),
    ] = None,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Ends the doubt about an unconfirmed delivery, after somebody looked at the network."""
    from publisher.delivery.resolve import Resolution
    from publisher.delivery.resolve import resolve as decide

    if ids and resolution != "delivered":
        raise Stop("--id names what was found: it goes with --as delivered only")

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> str:
        how = Resolution(resolution)
        await decide(tx, delivery, how, at=now, actor=person.name, reason=reason, ids=tuple(ids or ()))
        return (await tx.delivery(delivery)).state

    say(f"delivery {delivery} is {act(workspace, token_file, work)}")
