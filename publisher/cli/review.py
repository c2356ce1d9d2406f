"""`publisher submit approve return publish`: what authors and approvers decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.acting import Fold, Reason, ReleaseId, TokenFile, act, as_person
from publisher.cli.output import HERE, AsJson, Stop, Workspace, readable, run, say, show_findings, show_json
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.release.approval import Review
    from publisher.release.release import Person, Release, Signature
    from publisher.store.transaction import SqlTransaction


PANEL = "Review and publish"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher submit announcements/2026-12-03-eth-upgrade")(submit)
    cli.command(
        rich_help_panel=PANEL, epilog="Example: publisher sign announcements/2026-12-03-eth-upgrade --locale ja-JP"
    )(sign)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher approve 12 --hash 3f2a9c41d07e")(approve)
    cli.command("return", rich_help_panel=PANEL, epilog='Example: publisher return 12 --reason "the end is missing"')(
        return_
    )
    cli.command("review-done", rich_help_panel=PANEL, epilog='Example: publisher review-done 12 --note "fits"')(
        review_done
    )
    cli.command(rich_help_panel=PANEL, epilog='Example: publisher publish 12 --at "2026-12-03 11:00"')(publish)


def submit(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An announcement's folder.", show_default=False)],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    accept: Annotated[
        list[str], typer.Option(metavar="CODE", help="A warning of lint that is meant so; needs --reason.")
    ] = [],  # noqa: B006 typer takes no other default for a list, and nobody changes it
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why it is meant, for the record.", callback=readable)
    ] = "",
) -> None:
    """Freezes every edition of an announcement and asks for review. What is approved from now on is what is sent."""

    async def work(app: App, token: str) -> Review:
        prepared, findings = await app.prepare(folder)
        show_findings(findings)
        if prepared is None or not prepared.ok:
            raise Stop(f"{folder} was not submitted; correct the errors above")
        return await app.submit(prepared, token, accept, reason)

    show_review(as_person(workspace, token_file, work), as_json)


def sign(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An announcement's folder.", show_default=False)],
    locale: Annotated[str, typer.Option(help="The language that a machine translated.")],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """A translator answers for a machine's draft, word for word as it is now; any edit voids it."""

    async def work(app: App, token: str) -> Signature:
        return await app.sign(folder, locale, token)

    signature = as_person(workspace, token_file, work)
    say(f"{signature.locale} is signed by {signature.person}, for the words with the hash {signature.sha256[:12]}")


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
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why one person must be enough, for the record.", callback=readable)
    ] = "",
) -> None:
    """Takes responsibility for exactly the release with this hash."""
    if break_glass != bool(reason.strip()):
        raise Stop("--break-glass and --reason belong together: say why one person must be enough")

    async def work(app: App, token: str) -> Review:
        return await app.approve(release, token, seen, break_glass=reason.strip())

    show_review(as_person(workspace, token_file, work), as_json)


def return_(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Sends a release back to its author."""
    from publisher.release.approval import return_for_changes

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Release:
        return await return_for_changes(tx, release, person, reason=reason, at=now)

    returned = act(workspace, token_file, work)
    say(f"release {returned.id} is {returned.state}")


def review_done(
    release: ReleaseId,
    note: Annotated[str, typer.Option("--note", help="What you found, for the record.")],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Notes that somebody else has looked at what was published on the word of one person on duty."""
    from publisher.release.review import done

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> None:
        await done(tx, release, person, note=note, at=now)

    act(workspace, token_file, work)
    say(f"release {release} is reviewed")


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
    fold: Fold = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until all of it has ended; exit 0 only if everything is delivered.")
    ] = False,
) -> None:
    """Puts an approved release on the clock: it goes out at its time, or at once when that has come."""
    put_on_the_clock(workspace, token_file, release, at=at, fold=fold)
    if wait and (state := run(_ended(workspace, release))) != "published":
        raise Stop(f"release {release} is {state}; publisher show {release} tells what is missing")


def put_on_the_clock(
    workspace: Path,
    token_file: Path | None,
    release: int,
    *,
    at: datetime | None,
    fold: int | None,
    zone: str | None = None,
    why: str = "",
) -> None:
    """Schedules or moves a release, unless its mail would then come too late; tells what it should not meet."""
    from publisher.app.expecting import foreseen
    from publisher.release.approval import authenticate
    from publisher.release.scheduling import schedule
    from publisher.schedule.coming import meeting
    from publisher.wall_time import WallTimeError, resolve

    async def work(app: App, token: str) -> tuple[Release, Sequence[str]]:
        async with app.store.begin() as tx:
            person, found = await authenticate(tx, token), await tx.release(release)
            try:
                moment = resolve(at, zone or found.time_zone, fold=fold) if at else None
            except WallTimeError as error:
                raise Stop(str(error)) from error
            if moment is not None:
                _, findings = await foreseen(app, tx, found, moment)
                show_findings(findings)
                if findings:
                    raise Stop(f"release {release} was not moved; correct the errors above")
            done = await schedule(tx, release, actor=person.name, at=app.clock.now(), publish_at=moment, why=why)
            return done, await meeting(tx, app.kinds, app.outlet, done)

    done, meets = as_person(workspace, token_file, work)
    say(f"release {done.id} is scheduled: {in_utc(done.publish_at, seconds=True)}")
    for sentence in meets:
        say(f"release {done.id}: {sentence}", error=True)


async def _ended(workspace: Path, release: int) -> str:
    from publisher.app import opened
    from publisher.cli.waiting import ended

    async with opened(workspace) as app:
        return await ended(app, release)


def show_review(review: Review, as_json: bool) -> None:
    """Where a release stands, and what comes next."""
    from publisher.app.following import form
    from publisher.release.coverage import sentence

    release = review.release
    if as_json:
        show_json(_review_json(review))
        return
    say(f"release {release.id} ({release.title}) is {release.state}; hash {release.root_hash[:12]}")
    say(form(release))
    if review.lacking:
        say(f"waits for {sentence(review.lacking)}")
        say(f"Next: publisher show {release.id}, then publisher approve {release.id} --hash {release.root_hash[:12]}")
    else:
        say(f"Next: publisher publish {release.id}")


def _review_json(review: Review) -> Mapping[str, object]:
    release = review.release
    return {"release": release.id, "state": release.state, "hash": release.root_hash, "lacking": review.lacking}
