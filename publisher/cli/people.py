"""`publisher person`: staff, their groups and personal tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_json, show_table

person = typer.Typer(no_args_is_help=True, help="Staff: who may write, approve and operate.")

Groups = Annotated[list[str], typer.Option("--group", "-g", help="A group, such as authors, editors, compliance.")]


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(person, name="person")


@person.command(epilog="Example: publisher person add erin --group editors")
def add(name: str, group: Groups, workspace: Workspace = HERE) -> None:
    """Makes somebody known and prints the personal token, once; the store keeps only its hash."""
    _new_token(workspace, name, group, known=False)


@person.command(epilog="Example: publisher person token erin")
def token(name: str, workspace: Workspace = HERE) -> None:
    """Gives somebody a new token; the old one stops working at once."""
    _new_token(workspace, name, None, known=True)


def _new_token(workspace: Workspace, name: str, groups: Sequence[str] | None, *, known: bool) -> None:
    from publisher.app import opened
    from publisher.release.approval import new_token, token_hash

    async def save() -> str:
        fresh = new_token()
        async with opened(workspace) as app, app.store.begin() as tx:
            person = await tx.person(name)
            if known and person is None:
                raise Stop(f"there is nobody called {name}; add them with: publisher person add {name} --group GROUP")
            if not known and person is not None and not person.disabled:
                raise Stop(f"{name} is known already; for a new token: publisher person token {name}")
            kept = groups if groups is not None else sorted(person.groups if person else ())
            await tx.save_person(name, kept, token_hash(fresh), app.clock.now())
        return fresh

    fresh = run(save())
    say(f"The personal token of {name} (shown once; keep it in a file that only {name} can read):", error=True)
    say(fresh)


@person.command(epilog="Example: publisher person disable erin")
def disable(name: str, workspace: Workspace = HERE) -> None:
    """Takes all rights away at once; approvals that need this person no longer hold."""
    from publisher.app import opened

    async def save() -> None:
        async with opened(workspace) as app, app.store.begin() as tx:
            if not await tx.disable_person(name, app.clock.now()):
                raise Stop(f"there is nobody called {name}")

    run(save())
    say(f"{name} has no rights any more")


@person.command("list")
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
