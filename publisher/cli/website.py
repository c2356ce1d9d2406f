"""`publisher site`: what operators do to the website."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from publisher.cli.output import HERE, Stop, Workspace, run, say

site = typer.Typer(no_args_is_help=True, help="The website that readers see.")

PANEL = "Run"


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(site, name="site", rich_help_panel=PANEL)


@site.command(epilog="Example: publisher site rebuild")
def rebuild(workspace: Workspace = HERE) -> None:
    """Writes every page and feed, and the index of search, anew from the records: after a new design, or a restore."""
    rebuilt = run(_rebuilt(workspace))
    say("; ".join(f"{account}: rebuilt, {count} announcements can be found" for account, count in rebuilt.items()))


async def _rebuilt(workspace: Workspace) -> Mapping[str, int]:
    from publisher.app import opened
    from publisher.app.website import rebuild as rebuild_site
    from publisher.app.working import connect

    async with opened(workspace) as app:
        connections = connect(app)
        try:
            rebuilt = await rebuild_site(app, connections)
        except OSError as error:
            raise Stop(f"cannot write {error.filename or 'the website'}: {error.strerror}") from error
        finally:
            await connections.close()
    if not rebuilt:
        raise Stop("no account writes the folder site.root; nothing was rebuilt")
    return rebuilt
