"""`publisher amend correct retract`: what is done to an announcement that is out, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.acting import Reason, ReleaseId, TokenFile, as_person
from publisher.cli.output import HERE, AsJson, Stop, Workspace, show_findings
from publisher.cli.review import PANEL, show_review
from publisher.content.correction import REASONS, Act, Correction, UnknownReason

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.release.approval import Review

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="An announcement's folder.", show_default=False)]
Accept = Annotated[list[str], typer.Option(metavar="CODE", help="A warning of lint that is meant so.")]


def _because(act: Act) -> object:
    return typer.Option("--because", help=f"What readers are told: {', '.join(REASONS[act])}.", show_default=False)


def add_to(cli: typer.Typer) -> None:
    cli.command(
        rich_help_panel=PANEL,
        epilog='Example: publisher amend announcements/2026-12-03-eth --because details --reason "block height known"',
    )(amend)
    cli.command(
        rich_help_panel=PANEL,
        epilog="Example: publisher correct announcements/2026-12-10-lumen --because wrong_address "
        '--reason "address of the test network"',
    )(correct)
    cli.command(
        rich_help_panel=PANEL, epilog='Example: publisher retract 12 --because mistake --reason "wrong template"'
    )(retract)


def amend(
    folder: Folder,
    because: Annotated[str, _because(Act.AMEND)],
    reason: Reason,
    mail: Annotated[bool, typer.Option("--mail", help="Mail it to those who got the first copy.")] = False,
    accept: Accept = [],  # noqa: B006 typer takes no other default for a list, and nobody changes it
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Submits what there is more to say of a published announcement, of which nothing was wrong."""
    correction = _correction(Act.AMEND, because, mails=mail)
    _submit(folder, correction, reason, accept, workspace, token_file, as_json)


def correct(
    folder: Folder,
    because: Annotated[str, _because(Act.CORRECT)],
    reason: Reason,
    dangerous: Annotated[
        bool, typer.Option("--dangerous", help="Told by new posts too, as a wrong address, time or amount always is.")
    ] = False,
    accept: Accept = [],  # noqa: B006 as above
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Submits a correction of what was wrong; it is mailed to exactly those who got the first copy."""
    correction = _correction(Act.CORRECT, because, dangerous=dangerous)
    _submit(folder, correction, reason, accept, workspace, token_file, as_json)


def retract(
    release: ReleaseId,
    because: Annotated[str, _because(Act.RETRACT)],
    reason: Reason,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Stops what is still going out of an announcement, and submits that it is withdrawn everywhere."""
    from publisher.app.retracting import prepare_retraction, stop_publishing

    correction = _correction(Act.RETRACT, because)

    async def work(app: App, token: str) -> Review:
        await stop_publishing(app, release, token, f"to be retracted: {reason}")
        prepared = await prepare_retraction(app, release, correction)
        show_findings(prepared.findings)
        if not prepared.ok:
            raise Stop(f"release {release} was not retracted; see the errors above")
        return await app.submit(prepared, token, reason=reason)

    show_review(as_person(workspace, token_file, work), as_json)


def _correction(act: Act, because: str, *, dangerous: bool = False, mails: bool = True) -> Correction:
    try:
        return Correction.of(act, because, dangerous=dangerous, mails=mails)
    except UnknownReason as error:
        raise Stop(str(error)) from error


def _submit(
    folder: Path,
    correction: Correction,
    reason: str,
    accept: list[str],
    workspace: Path,
    token_file: Path | None,
    as_json: bool,
) -> None:
    async def work(app: App, token: str) -> Review:
        prepared, findings = await app.prepare(folder, correction)
        show_findings(findings)
        if prepared is None or not prepared.ok:
            raise Stop(f"{folder} was not submitted; correct the errors above")
        return await app.submit(prepared, token, accept, reason)

    show_review(as_person(workspace, token_file, work), as_json)
