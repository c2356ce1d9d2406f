"""`publisher digest`: what readers get once a day or once a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.acting import TokenFile, as_person
from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_json, show_table
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.mailing.digests.press import Press
    from publisher.mailing.digests.runs import Preview
    from publisher.store.transaction import SqlTransaction

digest = typer.Typer(no_args_is_help=True, help="Digests: preview one, run what is due, status, approve the layout.")

PANEL = "People and readers"
RUNS = 20
"""That `status` shows."""
SHOWN = 12
"""Digits of a layout's hash."""


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(digest, name="digest", rich_help_panel=PANEL)


@digest.command(epilog="Example: publisher digest preview reader@example.com --day 2026-11-30 --output digest.html")
def preview(
    address: Annotated[str, typer.Argument(metavar="READER", help="The reader's address.", show_default=False)],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Where they live; today when left out.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file for the HTML part.")] = None,
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """What a reader would get on a day, from what is out now; without their code and links."""
    found = run(_preview(workspace, address, day))
    if found is None:
        say("nothing to read: no mail would go out") if not as_json else show_json({"listed": []})
        return
    subject, text, html = _parts(found)
    if output is not None:
        try:
            output.write_text(html, encoding="utf-8")
        except OSError as error:
            raise Stop(f"cannot write {output}: {error.strerror}") from error
    if as_json:
        listed = [
            {"release": e.release_id, "kind": e.kind, "what": e.what, "sent": e.sent} for e in found.group.entries
        ]
        group = found.group
        show_json({"locale": group.locale, "zone": group.zone, "at": group.at, "subject": subject, "listed": listed})
        return
    say(f"{subject}\n{in_utc(found.group.at)}, {found.group.zone}, {found.group.locale}\n\n{text}")


def _parts(found: Preview) -> tuple[str, str, str]:
    """Subject, text and HTML, with a word in the place of what is only the reader's."""
    from publisher.channel import SLOT_MARKER
    from publisher.rendering.preview import parse_message

    message = str(found.payload.parts[0].content["message"])
    parsed = parse_message(SLOT_MARKER.sub(lambda slot: f"({slot[1].rpartition('.')[2]})", message))
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    shown, page = ("\n".join(part.get_content().splitlines()) for part in (text, html))  # a mail's lines end with CRLF
    return str(parsed["Subject"]), shown, page


async def _preview(workspace: Path, address: str, day: datetime | None) -> Preview | None:
    from publisher.app import opened
    from publisher.app.digests import preview as made

    async with opened(workspace) as app:
        try:
            return await made(app, address, day.date() if day else None)
        except LookupError as error:
            raise Stop(str(error)) from error


@digest.command("run", epilog="Example: publisher digest run")
def run_now(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Starts the digests that are due, as the clock does every second; publisher run sends them."""
    run_id = run(_run(workspace))
    if as_json:
        show_json({"run": run_id})
    else:
        say(f"run {run_id} starts; publisher digest status shows it" if run_id else "nobody is due, or nothing is new")


async def _run(workspace: Path) -> int | None:
    from publisher.app import opened
    from publisher.mailing.digests.press import NotApproved
    from publisher.mailing.digests.runs import run_due

    async with opened(workspace) as app:
        try:
            return await run_due(app.store.begin, app.store.read, _press(app), app.clock.now())
        except NotApproved as error:
            raise Stop(str(error)) from error


@digest.command(epilog="Example: publisher digest status --json")
def status(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Who gets digests, when the next are due, whether the layout is approved, and the newest runs."""
    found = run(_status(workspace))
    if as_json:
        show_json(found)
        return
    next_at, layout = found["next_at"], found["layout"]
    assert isinstance(layout, dict)
    sha256 = str(layout["sha256"])[:SHOWN]
    by = (
        f"approved by {layout['by']}"
        if layout["by"]
        else f"NOT approved; read a preview, then: publisher digest approve-layout {sha256}"
    )
    say(f"{found['readers']} readers get digests, {found['due']} are due; {_next(next_at)}")
    if found["missed"]:
        say(f"Readers whom a digest did not reach, and who get what it listed in their next one: {found['missed']}")
    say(f"Layout {sha256}: {by}")
    runs = found["runs"]
    assert isinstance(runs, list)
    if runs:
        rows = [
            (str(each["run"]), _when(each["at"]), str(each["due"]), str(each["mailing"]), each["stands"])
            for each in runs
        ]
        show_table(("Run", "At (UTC)", "Due", "Mailing", "Audience = states"), rows)
        for each in runs:
            show_groups(each["run"], each["groups"])


def show_groups(run: object, groups: Sequence[Mapping[str, object]]) -> None:
    """A line for each kind of readers in a run."""
    for each in groups:
        what, whom = _counted(each["announcements"], "announcement"), _counted(each["readers"], "reader")
        say(f"Digest run {run}: {what} to {whom} in {each['locale']}, {each['at']}")


def _counted(number: object, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _next(at: object) -> str:
    return f"the next at {_when(at)}" if at else "no time is planned: publisher run does that"


def _when(at: object) -> str:
    return in_utc(at) if isinstance(at, datetime) else "no time"


def _group(written: str, readers: int) -> Mapping[str, object]:
    """Readers who got the same, at their own hour."""
    from publisher.mailing.digests.press import Group
    from publisher.wall_time import in_zone

    group = Group.from_json(written)
    return {
        "locale": group.locale,
        "at": in_zone(group.at, group.zone),
        "readers": readers,
        "announcements": len(group.entries),
    }


async def runs_so_far(tx: SqlTransaction) -> Sequence[dict[str, Any]]:
    """The newest first, each with who got what at which hour."""
    from publisher.mailing.report import report

    return [
        {
            "run": each.id,
            "at": each.at,
            "due": each.due,
            "mailing": each.mailing_id,
            "stands": (await report(tx, await tx.mailing(each.mailing_id))).identity,
            "groups": [_group(*group) for group in await tx.digest_groups(each.mailing_id)],
        }
        for each in await tx.digest_runs(RUNS)
    ]


async def _status(workspace: Path) -> Mapping[str, object]:
    from publisher.app import opened

    async with opened(workspace) as app, app.store.read() as tx:
        press = _press(app)
        outlook = await tx.digest_outlook(app.clock.now())
        approved = await tx.layout_approved(press.layout)
        runs = await runs_so_far(tx)
        layout = {
            "sha256": press.layout,
            "by": approved[0] if approved else None,
            "at": approved[1] if approved else None,
        }
        return {
            "destination": press.destination,
            "readers": outlook.readers,
            "due": outlook.due,
            "next_at": outlook.next_at,
            "missed": outlook.missed,
            "layout": layout,
            "runs": runs,
        }


@digest.command("approve-layout", epilog="Example: publisher digest approve-layout 3f9c2a71b0de")
def approve_layout(
    seen: Annotated[
        str, typer.Argument(metavar="HASH", help="12 digits or more, from publisher digest status.", show_default=False)
    ],
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Takes responsibility for how digests look and what they say beside the announcements."""
    from publisher.mailing.digests.layouts import approve

    async def approving(app: App, token: str) -> str:
        from publisher.release.approval import authenticate

        async with app.store.begin() as tx:
            person = await authenticate(tx, token)
            await approve(tx, person, seen, _press(app).layout, app.clock.now())
            return person.name

    say(f"the layout is approved by {as_person(workspace, token_file, approving)}")


def _press(app: App) -> Press:
    from publisher.app.digests import press_of

    press = press_of(app)
    if press is None:
        raise Stop("no destination sends digests; name it in [digests] of publisher.toml")
    return press
