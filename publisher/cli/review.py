"""`publisher submit approve return publish hold resume cancel`: what authors and approvers decide."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from publisher.cli.identity import TokenFile, token_from
from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_findings, show_json

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.release.approval import Review
    from publisher.release.release import Person, Release
    from publisher.store.transaction import SqlTransaction

T = TypeVar("T")

ReleaseId = Annotated[int, typer.Argument(help="The release's number, from publisher status.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the record.")]


def add_to(cli: typer.Typer) -> None:
    cli.command(epilog="Example: publisher submit announcements/2026-12-03-eth-upgrade")(submit)
    cli.command(epilog="Example: publisher approve 12 --hash 3f2a9c41d07e")(approve)
    cli.command("return", epilog='Example: publisher return 12 --reason "the end is missing"')(return_)
    cli.command(epilog='Example: publisher publish 12 --at "2026-12-03 11:00"')(publish)
    cli.command(epilog='Example: publisher hold 12 --reason "network postponed"')(hold)
    cli.command(epilog="Example: publisher resume 12")(resume)
    cli.command(epilog='Example: publisher cancel 12 --reason "the upgrade was called off"')(cancel)


def submit(
    folder: Annotated[Path, typer.Argument(help="An announcement's folder.", show_default=False)],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Freezes every edition of an announcement and asks for review. What is approved from now on is what is sent."""

    async def work(app: App, person_token: str) -> Review:
        prepared, findings = await app.prepare(folder)
        show_findings(findings)
        if prepared is None or not prepared.ok:
            raise Stop(f"{folder} was not submitted; correct the errors above")
        return await app.submit(prepared, person_token)

    _show_review(_as_person(workspace, token_file, work), as_json)


def approve(
    release: ReleaseId,
    seen: Annotated[
        str, typer.Option("--hash", help="The hash you looked at, from publisher show; 12 digits or more.")
    ],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="Approve alone, where the kind allows it; needs --reason, alarms.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why one person must be enough, for the record.")] = "",
) -> None:
    """Takes responsibility for exactly the release with this hash."""
    if break_glass != bool(reason.strip()):
        raise Stop("--break-glass and --reason belong together: say why one person must be enough")

    async def work(app: App, person_token: str) -> Review:
        return await app.approve(release, person_token, seen, break_glass=reason.strip())

    _show_review(_as_person(workspace, token_file, work), as_json)


def return_(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Sends a release back to its author."""
    from publisher.release.approval import return_for_changes

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Release:
        return await return_for_changes(tx, release, person, reason=reason, at=now)

    _say_state(_act(workspace, token_file, work))


def publish(
    release: ReleaseId,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"],
            help="Another time inside the approved window: wall clock in the announcement's own zone.",
        ),
    ] = None,
) -> None:
    """Puts an approved release on the clock: it goes out at its time, or at once when that has come."""
    from publisher.release.scheduling import schedule
    from publisher.wall_time import WallTimeError, resolve

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Release:
        try:
            moment = resolve(at, (await tx.release(release)).time_zone) if at else None
        except WallTimeError as error:
            raise Stop(str(error)) from error
        return await schedule(tx, release, actor=person.name, at=now, publish_at=moment)

    done = _act(workspace, token_file, work)
    say(f"release {done.id} is scheduled: {done.publish_at:%Y-%m-%d %H:%M:%S} UTC")


def hold(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Stops a release for now; anybody on duty may. What was sent already stays sent."""
    from publisher.delivery import stop

    _say_state(_act(workspace, token_file, _stopping(stop.hold, release, reason)))


def resume(
    release: ReleaseId,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    reason: Reason = "resumed",
) -> None:
    """Lets a held release go on."""
    from publisher.delivery import stop

    _say_state(_act(workspace, token_file, _stopping(stop.resume, release, reason)))


def cancel(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Stops a release for good; anybody on duty may. What was sent already stays sent."""
    from publisher.delivery import stop

    _say_state(_act(workspace, token_file, _stopping(stop.cancel, release, reason)))


Act = Callable[["SqlTransaction", "Person", datetime], Coroutine[Any, Any, "Release"]]


class _Stopping(Protocol):
    """`hold`, `resume` and `cancel` of `publisher.delivery.stop`."""

    async def __call__(
        self, tx: SqlTransaction, release_id: int, *, at: datetime, actor: str, reason: str
    ) -> object: ...


def _stopping(act: _Stopping, release: int, reason: str) -> Act:
    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Release:
        await act(tx, release, at=now, actor=person.name, reason=reason)
        return await tx.release(release)

    return work


def _act(workspace: Path, token_file: Path | None, work: Act) -> Release:
    from publisher.release.approval import authenticate

    async def whole(app: App, person_token: str) -> Release:
        async with app.store.begin() as tx:
            return await work(tx, await authenticate(tx, person_token), app.clock.now())

    return _as_person(workspace, token_file, whole)


def _as_person(workspace: Path, token_file: Path | None, work: Callable[[App, str], Coroutine[Any, Any, T]]) -> T:
    from publisher.app import opened

    person_token = token_from(token_file)

    async def whole() -> T:
        async with opened(workspace) as app:
            return await work(app, person_token)

    return run(whole())


def _say_state(release: Release) -> None:
    say(f"release {release.id} is {release.state}")


def _show_review(review: Review, as_json: bool) -> None:
    from publisher.release.coverage import sentence

    release = review.release
    if as_json:
        show_json(_review_json(review))
        return
    say(f"release {release.id} ({release.title}) is {release.state}; hash {release.root_hash[:12]}")
    if review.lacking:
        say(f"waits for {sentence(review.lacking)}")
        say(f"Next: publisher show {release.id}, then publisher approve {release.id} --hash {release.root_hash[:12]}")
    else:
        say(f"Next: publisher publish {release.id}")


def _review_json(review: Review) -> Mapping[str, object]:
    release = review.release
    return {"release": release.id, "state": release.state, "hash": release.root_hash, "lacking": review.lacking}
