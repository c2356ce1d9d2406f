"""Everything that `publisher run` runs beside the worker: listeners, clock, and the sandbox where it is wanted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from publisher.app import App, opened
from publisher.app.digests import DigestClock
from publisher.app.readers import ReaderPages
from publisher.cli.output import Stop
from publisher.mailing.segments.snapshots import purge
from publisher.release.review import raise_overdue
from publisher.sandbox import Ports, Sandbox
from publisher.schedule.clock import tick, to_next_hour
from publisher.schedule.due import run_due
from publisher.schedule.languages import LanguageWatch
from publisher.schedule.next_updates import UpdateWatch
from publisher.schedule.stages import run_stages
from publisher.schedule.zones import ZoneWatch
from publisher.settings.model import SandboxSettings
from publisher.supervise import role, worker
from publisher.web.callbacks import take_callbacks
from publisher.web.public import public_app
from publisher.web.serving import listening
from publisher.web.staff import staff_app

LEAD = timedelta(seconds=2)
"""How long before its hour a release becomes deliveries: more than a tick, so that none of its cost delays them."""
SPARE = 10.0
"""Seconds that a worker has beyond its drain before it is killed."""


@asynccontextmanager
async def serving(workspace: Path) -> AsyncIterator[Mapping[str, str]]:
    """Name -> address of what is served; ends in order: the clock first, the worker drains, the listeners last."""
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(workspace))
        stack.enter_context(role(workspace, "clock"))
        app.destinations.accounts()  # what the worker could not start with is said before anything listens
        app.destinations.all_targets()
        web = app.settings.web
        search = app.search if app.settings.site.search else None
        public = public_app(app.site_root, ReaderPages(app), search, web.trusted_proxies, app.settings.site.locales)
        take_callbacks(public, app.called_back)
        addresses = {
            "site": await _listen(stack, public, "web.public", web.public_host, web.public_port),
            "status": await _listen(stack, staff_app(app), "web.staff", web.staff_host, web.staff_port),
        }
        if app.settings.sandbox is not None:
            sandbox = await stack.enter_async_context(_sandbox(app.settings.sandbox, app))
            addresses["sandbox"] = sandbox.page.url
        grace = app.settings.delivery.drain.total_seconds() + SPARE
        process = await stack.enter_async_context(worker(workspace, grace=grace))
        await stack.enter_async_context(_clock(app, process.wake))
        yield addresses


async def _listen(stack: AsyncExitStack, application: FastAPI, name: str, host: str, port: int) -> str:
    """The address; `name` begins the names of the settings that chose it. Raises Stop."""
    try:
        bound = await stack.enter_async_context(listening(application, host, port))
    except OSError as error:
        raise Stop(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}; change {name}_host or {name}_port"
        ) from error
    return f"http://{_in_url(host)}:{bound}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@asynccontextmanager
async def _sandbox(settings: SandboxSettings, app: App) -> AsyncIterator[Sandbox]:
    ports = Ports(
        smtp=settings.smtp_port,
        telegram=settings.telegram_port,
        x=settings.x_port,
        page=settings.page_port,
        webhook=settings.webhook_port,
        discord=settings.discord_port,
    )
    sandbox = Sandbox(host=settings.host, ports=ports, clock=app.clock)
    try:
        await sandbox.start()
    except OSError as error:
        raise Stop(
            f"the sandbox cannot listen: {os.strerror(error.errno or 0)}; change the ports in [sandbox]"
        ) from error
    try:
        yield sandbox
    finally:
        await sandbox.close()


@asynccontextmanager
async def _clock(app: App, tell: Callable[[], None]) -> AsyncIterator[None]:
    """The ticker, for the length of the block; `tell` is called whenever there is something new to send."""
    stop = asyncio.Event()
    ticking = asyncio.create_task(
        tick(clock_steps(app, tell), stop, until_next=partial(to_next_hour, app.store.read, app.clock))
    )
    try:
        yield
    finally:
        stop.set()
        await ticking


def clock_steps(app: App, tell: Callable[[], None]) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Everything that one tick of the clock does, in its order; `tell` is called after what makes work."""
    languages, zones = LanguageWatch(app.store.read, app.clock, app.kinds), ZoneWatch(app.store.begin, app.clock)
    digests, updates = DigestClock(app), UpdateWatch(app.store.read, app.clock)
    return {
        "time": app.clock.refresh,
        "zones": zones.look,
        "releases": telling(lambda: run_due(app.store.begin, app.clock, app.outlet, ahead=LEAD), tell),
        "stages": telling(lambda: run_stages(app.store.begin, app.clock, app.outlet), tell),
        "reviews": lambda: raise_overdue(app.store.begin, app.clock.now()),
        "languages": languages.look,
        "updates": updates.look,
        "digests": digests.look,
        "purge": lambda: purge(app.store.begin, app.store.read, app.clock.now()),
    }


def telling(step: Callable[[], Awaitable[int]], tell: Callable[[], None]) -> Callable[[], Awaitable[int]]:
    """The step, with a call of `tell` whenever it took something further: the worker need not find it by itself."""

    async def told() -> int:
        done = await step()
        if done:
            tell()
        return done

    return told
