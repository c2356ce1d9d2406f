"""`publisher run demo doctor`: what operators do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Workspace, keep_running, run, say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from publisher.doctor import Check


PANEL = "Run"
_SUPERVISED = "Standard input is the supervisor's: a line is work to look for, its end the end."


def add_to(cli: typer.Typer) -> None:
    cli.command("run", rich_help_panel=PANEL, epilog="Example: publisher run --workspace desk")(run_workspace)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher demo --once")(demo)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher doctor --json")(doctor)
    cli.command(hidden=True)(worker)


def run_workspace(workspace: Workspace = HERE) -> None:
    """Serves the site and the staff pages, runs the clock, and keeps one worker sending. Ends on SIGTERM or Ctrl-C."""
    from publisher.app.database_file import require_database
    from publisher.cli.serving import serving
    from publisher.cli.workspace import migrated
    from publisher.settings import load
    from publisher.supervise import log_plainly, stop_requested

    log_plainly()
    home = workspace.resolve()
    require_database(load(home), home)

    async def forever() -> None:
        stop = stop_requested()
        await migrated(home)
        async with serving(home) as addresses:
            for name, address in addresses.items():
                say(f"{name}: {address}")
            await stop.wait()
            say("stopping: what is in flight is finished first", error=True)

    keep_running(forever())


def worker(
    workspace: Workspace = HERE,
    supervised: Annotated[bool, typer.Option(help=_SUPERVISED)] = False,
) -> None:
    """Sends. Started and watched by `publisher run`; one for each workspace."""
    import asyncio
    from contextlib import AsyncExitStack

    from publisher.app import opened
    from publisher.app.working import work
    from publisher.supervise import follow_supervisor, log_plainly, role, stop_requested

    async def until_stopped() -> None:
        stop, woken = stop_requested(), asyncio.Event()
        async with AsyncExitStack() as stack:
            if supervised:
                stack.callback(asyncio.create_task(follow_supervisor(stop, woken)).cancel)
            app = await stack.enter_async_context(opened(workspace))
            await work(app, stop, woken)

    log_plainly()
    with role(workspace, "worker"):
        keep_running(until_stopped())


def demo(
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="Where the demo lives; made anew each time.")
    ] = Path("workspace/demo"),
    once: Annotated[
        bool, typer.Option("--once", help="Do not serve afterwards; exit 0 only if all is delivered.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publishes the sample announcements to all channels of the sandbox, shows the result and serves it."""
    from publisher.cli.demo import show_demo

    if not keep_running(show_demo(workspace.resolve(), once=once, as_json=as_json)):
        raise typer.Exit(1)


def doctor(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Examines the installation: every check with a code, what was found, and what to do."""
    checks = run(_checks(workspace))
    if as_json:
        names = ("code", "title", "ok", "found", "hint")
        show_json([{name: getattr(check, name) for name in names} for check in checks])
    else:
        show_table(("Code", "Check", "", "Found"), [(c.code, c.title, "ok" if c.ok else "NO", c.found) for c in checks])
        for check in checks:
            if not check.ok:
                say(f"{check.code}: {check.hint}", error=True)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


async def _checks(workspace: Path) -> Sequence[Check]:
    from publisher import settings
    from publisher.app import App
    from publisher.app.database_file import require_database
    from publisher.doctor import Installation, examine

    app = App(workspace, settings.load(workspace))
    require_database(app.settings, app.workspace)

    async def moved() -> timedelta:
        async with app.store.read() as tx:
            return await tx.clock_offset()

    try:
        places = app.destinations
        installation = Installation(
            app.workspace, app.settings, app.store.database, places.accounts, places.all_targets, moved
        )
        return await examine(installation)
    finally:
        await app.close()
