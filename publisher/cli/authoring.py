"""`publisher init new check preview`: what authors do."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, finding_json, run, say, show_findings, show_json

if TYPE_CHECKING:
    from publisher.channel import Finding
    from publisher.release.prepare import Prepared

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="An announcement's folder.", show_default=False)]


def _kinds(incomplete: str) -> list[str]:
    from publisher.content.kinds import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


def _locales(incomplete: str) -> list[str]:
    from publisher.content.kinds.languages import locales

    return [name for name in locales() if name.startswith(incomplete)]


KindName = Annotated[
    str,
    typer.Argument(metavar="KIND", help="Such as maintenance or listing.", autocompletion=_kinds, show_default=False),
]


PANEL = "Write"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher init --workspace desk")(init)
    cli.command(
        rich_help_panel=PANEL, epilog="Example: publisher new maintenance announcements/2026-12-03-eth-upgrade"
    )(new)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher check announcements/2026-12-03-eth-upgrade")(check)
    cli.command(
        rich_help_panel=PANEL,
        epilog="Example: publisher preview announcements/2026-12-03-eth-upgrade --out preview.html",
    )(preview)


def init(workspace: Workspace = HERE) -> None:
    """Makes a workspace: a commented publisher.toml, keys, an empty database and a folder for announcements.

    In a workspace that is there already it only adds what is missing and brings the database up to date.
    """
    from publisher.cli.workspace import create

    made = create(workspace)
    for path in made:
        say(f"made {path}")
    say(
        "Next: publisher person add NAME --group editors, then publisher new KIND FOLDER"
        if made
        else "nothing is missing"
    )


def new(
    kind: KindName,
    folder: Folder,
    wording: Annotated[str, typer.Option(help="A text of the kind that was approved before, such as resolved.")] = "",
    locale: Annotated[
        list[str] | None,
        typer.Option(help="Another language, such as ja-JP; may be repeated.", autocompletion=_locales),
    ] = None,
) -> None:
    """Writes a sample announcement of a kind, in every language the kind asks for, ready to be edited."""
    from publisher.content.kinds import KINDS
    from publisher.content.scaffold import scaffold

    if kind not in KINDS:
        raise Stop(f"there is no kind {kind!r}; the kinds are {', '.join(KINDS)}")
    for written in scaffold(KINDS[kind], folder, locale or (), wording):
        say(f"made {written}")
    say(f"Next: edit the facts and texts, then publisher check {folder}")


def check(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Announcements' folders.", show_default=False)
    ],
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """Says everything that is wrong with announcements, for every channel and language. Stores nothing."""
    prepared = run(_prepared(workspace, folders))
    findings = [finding for _, findings in prepared for finding in findings]
    bad = any(result is None or not result.ok for result, _ in prepared)
    if as_json:
        show_json({"ok": not bad, "findings": [finding_json(finding) for finding in findings]})
    else:
        show_findings(findings)
        for folder, (result, _) in zip(folders, prepared, strict=True):
            say(f"{folder}: {_verdict(result)}")
    if bad:
        raise typer.Exit(1)


def _verdict(result: Prepared | None) -> str:
    if result is None:
        return "cannot be read; correct the errors above"
    if not result.ok:
        return "cannot be submitted; correct the errors above"
    if not result.editions:
        return "there is nothing to send: readers have all of it already"
    locales = sorted({edition.locale for edition in result.editions})
    destinations = {edition.destination for edition in result.editions}
    return f"ready: {len(result.editions)} editions, {len(destinations)} destinations, {', '.join(locales)}"


async def _prepared(workspace: Path, folders: Sequence[Path]) -> list[tuple[Prepared | None, Sequence[Finding]]]:
    from publisher.app import opened

    async with opened(workspace) as app:
        return [await app.prepare(folder) for folder in folders]


def preview(
    folder: Folder,
    workspace: Workspace = HERE,
    out: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Writes one page with every edition as readers see it, and its exact bytes."""
    [(result, findings)] = run(_prepared(workspace, [folder]))
    show_findings(findings)
    if result is None or not result.editions:
        raise Stop(f"{folder}: {_verdict(result)}")
    page = out or workspace / "previews" / f"{result.revision.announcement_id}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(run(_page(workspace, result)), encoding="utf-8")
    say(str(page))
    if show:
        webbrowser.open(page.resolve().as_uri())


async def _page(workspace: Path, result: Prepared) -> str:
    from publisher.app import opened

    async with opened(workspace) as app:
        return app.preview(result)
