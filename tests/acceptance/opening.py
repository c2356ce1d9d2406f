"""Opens a whole desk for tests: a workspace of its own, and `publisher run` on it as a process with its worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from anyio.from_thread import start_blocking_portal

from publisher.app import App, opened
from publisher.cli.workspace import commented, create
from publisher.release.approval import new_token
from tests.acceptance.desk import ROOT, SITE, STAFF, Desk
from tests.ports import free_ports

MORNING = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
"""When every desk opens."""
SERVED = ("public", "staff", "page")
NO_CHANGES: Mapping[str, str] = {}


@contextmanager
def desk(
    workspace: Path, changes: Mapping[str, str] = NO_CHANGES, environment: Mapping[str, str] = NO_CHANGES
) -> Iterator[Desk]:
    """A desk that is open for the length of the block: four readers, nobody's announcement.

    `changes`: what of its settings is replaced, by what; `environment`: what its processes get beyond that of the test.
    """
    ports = dict(zip(("public", "staff", "page", "smtp", "telegram", "x"), free_ports(6), strict=True))
    create(workspace, _exchanged(_settings(ports), changes))
    tokens = {name: new_token() for name in STAFF}
    with (
        _running(workspace, environment) as process,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(opened(workspace)) as app,
        httpx.Client(trust_env=False, timeout=60) as client,
    ):
        running = Desk(workspace, ports, tokens, process, app, portal, client)
        _open(running)
        yield running


@contextmanager
def _running(workspace: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "publisher.cli", "run", "--workspace", str(workspace)]
    with (workspace / "run.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **environment})
    try:
        yield process
        if process.returncode == -signal.SIGKILL:
            return  # by a test, which asks what another one makes of it
        process.terminate()
        assert process.wait(20) == 0, (workspace / "run.log").read_text("utf-8")[-3000:]
    finally:
        process.kill()
        process.wait()


@contextmanager
def again(killed: Desk, environment: Mapping[str, str] = NO_CHANGES) -> Iterator[Desk]:
    """The desk of the same workspace after a kill -9 of its process."""
    with _running(killed.workspace, environment) as process:
        running = replace(killed, process=process)
        running.wait_until(lambda: all(_answers(running, name) for name in SERVED), "not serving")
        yield running


def _open(running: Desk) -> None:
    async def morning(app: App) -> None:
        async with app.store.begin() as tx:
            await app.clock.move(tx, MORNING - app.clock.now())

    running.do(morning)
    for name in STAFF:
        running.employ(name)
    running.add_readers(["ada", "ben"])
    running.add_readers(["chen", "fei"], "zh-CN")
    running.wait_until(lambda: all(_answers(running, name) for name in SERVED), "not serving")


def _answers(running: Desk, name: str) -> bool:
    try:
        running.client.get(f"http://127.0.0.1:{running.ports[name]}/{'' if name == 'page' else 'healthz'}")
    except httpx.TransportError:
        return False
    return True


def _settings(ports: Mapping[str, int]) -> str:
    """Those of `publisher init` on other ports, with a public address, short patience and a few more destinations."""
    text = commented()
    standing = {"public": 8080, "staff": 8081, "page": 8082, "smtp": 8025, "telegram": 8083, "x": 8084}
    for name, port in standing.items():
        text = text.replace(f":{port}", f":{ports[name]}").replace(f"port = {port}", f"port = {ports[name]}")
    public = f"http://127.0.0.1:{ports['public']}"
    ours = {
        f'url = "{public}" #': f'url = "{SITE}" #',
        f'address = "{public}"': f'address = "{SITE}"',
        'channel = "website"': f'channel = "website"\nurl = "{public}"',
        # Long enough for a busy machine: an answer that is late by its doing is doubt where a test expects none.
        'channel = "email"': 'channel = "email"\ntimeout = 5\nfinal_timeout = 5',
        'channel = "telegram"': 'channel = "telegram"\ntimeout = 5',
        'channel = "x"': 'channel = "x"\ntimeout = 5',
        "drain = 30": "drain = 3",
        "# [subscribing]\n# destination": "[subscribing]\ndestination",
        "[sets]": MORE.replace("TELEGRAM", str(ports["telegram"])),
    }
    return _exchanged(text, ours)


def _exchanged(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


MORE = """
[accounts.patient]
channel = "telegram"
api_url = "http://127.0.0.1:TELEGRAM"
token_file = "secrets/telegram.token"
timeout = 60

[destinations.patient]
account = "patient"
address = "-1001000000001"
locales = ["en-US"]

[destinations.side]
account = "bot"
address = "-1001000000002"
locales = ["zh-CN"]

[destinations.board]
account = "bot"
address = "-1001000000002"
locales = ["en-US"]
options = { pin = true }

[policies.notice]
required_locales = ["en-US"]
approvals_of_supplement = { translators = 1 }

[policies.maintenance]
required_locales = ["en-US"]

[sets]
posts = ["website", "telegram-en", "x-main"]
mail = ["website", "newsletter"]
slow = ["website", "patient", "telegram-zh", "x-main", "newsletter"]
side = ["website", "side"]
board = ["website", "board"]"""
