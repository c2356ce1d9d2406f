"""`publisher preflight`: is everything in place for a release?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from publisher.cli.acting import ReleaseId
from publisher.cli.output import HERE, AsJson, Workspace, finding_json, run, say, show_findings, show_json

if TYPE_CHECKING:
    from publisher.delivery.transaction import Preflight

PANEL = "Look"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher preflight 12")(preflight)


def preflight(release: ReleaseId, workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Looks whether a release could go out now: tokens, rights, hashes, approvals, relay, site, disk. Sends nothing."""
    done = run(_looked(workspace, release))
    if as_json:
        show_json({"release": release, "at": done.at, "findings": [finding_json(each) for each in done.findings]})
    else:
        show_findings(done.findings)
        number = len(done.findings)
        say(f"release {release}: " + (f"not in place: {number}" if number else "everything is in place"))
    if done.findings:
        raise typer.Exit(1)


async def _looked(workspace: Path, release: int) -> Preflight:
    from publisher.app import opened
    from publisher.app.working import connect, grounded
    from publisher.delivery import preflight
    from publisher.supervise import log_plainly

    log_plainly()
    async with opened(workspace) as app:
        connections = connect(app)
        try:
            return await preflight.run(grounded(app, connections), release)
        finally:
            await connections.close()
