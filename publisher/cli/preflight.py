"""`publisher preflight`: is everything in place for a release?"""

from __future__ import annotations

from collections.abc import Sequence
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
    done, quiet = run(_looked(workspace, release))
    if as_json:
        findings = [finding_json(each) for each in done.findings]
        show_json({"release": release, "at": done.at, "findings": findings, "quiet": quiet})
    else:
        show_findings(done.findings)
        for sentence in quiet:
            say(f"release {release}: {sentence}")
        number = len(done.findings)
        say(f"release {release}: " + (f"not in place: {number}" if number else "everything is in place"))
    if done.findings:
        raise typer.Exit(1)


async def _looked(workspace: Path, release: int) -> tuple[Preflight, Sequence[str]]:
    from publisher.app import opened
    from publisher.app.working import connect, grounded
    from publisher.delivery import preflight
    from publisher.schedule.waits import waits
    from publisher.supervise import log_plainly

    log_plainly()
    async with opened(workspace) as app:
        connections = connect(app)
        try:
            done = await preflight.run(grounded(app, connections), release)
            async with app.store.read() as tx:
                return done, await waits(tx, await tx.release(release), app.outlet, app.clock.now())
        finally:
            await connections.close()
