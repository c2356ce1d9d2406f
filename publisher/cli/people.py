"""`publisher person`: staff, their groups and personal tokens."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, readable, run, say, show_json, show_table

if TYPE_CHECKING:
    from publisher.app import App

person = typer.Typer(no_args_is_help=True, help="Staff: who may write, approve and operate.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="As it stands in every history.", show_default=False, callback=readable)
]
Groups = Annotated[
    list[str],
    typer.Option("--group", "-g", help="A group, such as authors, editors, compliance.", callback=readable),
]


PANEL = "People and readers"


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(person, name="person", rich_help_panel=PANEL)


@person.command(epilog="Example: publisher person add erin --group editors")
def add(name: Name, group: Groups, workspace: Workspace = HERE) -> None:
    """Makes somebody known and prints the personal token, once; the store keeps only its hash."""
    _new_token(workspace, name, group, known=False)


@person.command(epilog="Example: publisher person token erin")
def token(name: Name, workspace: Workspace = HERE) -> None:
    """Gives somebody a new token; the old one stops working at once."""
    _new_token(workspace, name, None, known=True)


def _new_token(workspace: Workspace, name: str, groups: Sequence[str] | None, *, known: bool) -> None:
    from publisher.app import opened
    from publisher.release.approval import new_token, token_hash

    if not name.strip() or not name.isprintable():
        raise Stop("a person needs a name that can be read")

    async def save() -> str:
        fresh = new_token()
        async with opened(workspace) as app, app.store.begin() as tx:
            person = await tx.person(name)
            if known and person is None:
                raise Stop(f"there is nobody called {name}; add them with: publisher person add {name} --group GROUP")
            if not known and person is not None and not person.disabled:
                raise Stop(f"{name} is known already; for a new token: publisher person token {name}")
            if groups:
                _note_unusual(app, groups)
            kept = groups if groups is not None else sorted(person.groups if person else ())
            await tx.save_person(name, kept, token_hash(fresh), app.clock.now())
        return fresh

    fresh = run(save())
    say(f"The personal token of {name} (shown once; keep it in a file that only {name} can read):", error=True)
    say(fresh)


def _note_unusual(app: App, groups: Sequence[str]) -> None:
    """A group that no kind asks for may be meant so, or be a slip of the pen."""
    from publisher.content.kinds import KINDS

    asked = {group for kind in KINDS for group in app.kind(kind).approvals.groups} - {"any"}
    for group in groups:
        if group not in asked and (near := difflib.get_close_matches(group, asked, 1)):
            say(f"note: no kind asks for approval by {group}; did you mean {near[0]}?", error=True)


@person.command(epilog="Example: publisher person disable erin")
def disable(name: Name, workspace: Workspace = HERE) -> None:
    """Takes all rights away at once; approvals that need this person no longer hold."""
    from publisher.app import opened

    async def save() -> None:
        async with opened(workspace) as app, app.store.begin() as tx:
            if not await tx.disable_person(name, app.clock.now()):
                raise Stop(f"there is nobody called {name}")

    run(save())
    say(f"{name} has no rights any more")


@person.command("list", epilog="Example: publisher person list --json")
def list_people(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Everybody, with groups."""
    from publisher.app import opened

    async def load() -> list[tuple[str, str, str]]:
        async with opened(workspace) as app, app.store.read() as tx:
            return [
                (found.name, " ".join(sorted(found.groups)), "disabled" if found.disabled else "active")
                for found in await tx.people()
            ]

    rows = run(load())
    if as_json:
        show_json([dict(zip(("name", "groups", "state"), row, strict=True)) for row in rows])
    else:
        show_table(("Name", "Groups", "State"), rows)
