"""`publisher run` from start to end: a worker killed, networks that fail, people who decide, logs without secrets."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.cli.desk import Desk, Said

PATIENCE = 90.0
READER = "canary.reader@readers.example"


@dataclass
class Running:
    """A `publisher run` under way."""

    desk: Desk
    process: asyncio.subprocess.Process
    log: Path

    def worker(self) -> int:
        """The process that has the worker's role, 0 for none."""
        file = self.desk.root / "run/worker.lock"
        text = file.read_text(encoding="utf-8").strip() if file.exists() else ""
        return int(text) if text and alive(int(text)) else 0

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    async def end(self) -> int:
        self.process.terminate()
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def start(desk: Desk, output: IO[bytes] | int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "publisher.cli", "run", "--workspace", str(desk.root)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )


@asynccontextmanager
async def running(desk: Desk, log: Path) -> AsyncIterator[Running]:
    with log.open("wb") as file:
        process = await start(desk, file)
    run = Running(desk, process, log)
    try:
        await until(lambda: "status: " in run.said() and run.worker() > 0, run)
        yield run
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(true: Callable[[], bool] | Callable[[], Awaitable[bool]], run: Running) -> None:
    """Waits until it is true; a run that ended by itself will never make it so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            assert run.process.returncode is None, run.said()
            await asyncio.sleep(0.1)


async def calling(desk: Desk, *arguments: object) -> Said:
    return await asyncio.to_thread(desk, *arguments)


async def states(desk: Desk) -> dict[str, str]:
    deliveries = (await calling(desk, "show", 1, "--json")).json["deliveries"]
    return {f"{line['destination']} {line['locale']}": line["state"] for line in deliveries}


def against(desk: Desk, sandbox: Sandbox) -> None:
    """The workspace's accounts at the test's own sandbox."""
    file = desk.root / "publisher.toml"
    text = file.read_text(encoding="utf-8").partition("# The local twins")[0]
    text = re.sub(r"^port = \d+", f"port = {sandbox.smtp.port}", text, flags=re.MULTILINE)
    urls = iter((sandbox.telegram.url, sandbox.x.url))
    text = re.sub(r'^api_url = "[^"]+"', lambda _: f'api_url = "{next(urls)}"', text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


async def test_a_day_at_the_desk(desk: Desk, tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        against(desk, sandbox)
        sandbox.faults.add(Fault(Channel.EMAIL, Effect.ERROR, code=550, target=READER))
        sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.LOSE_ANSWER, stage="sendMessage", times=1))
        await calling(desk, "subscribers", "add", READER)
        await calling(desk, "subscribers", "add", "ben@readers.example")
        await asyncio.to_thread(desk.approved)

        async with running(desk, tmp_path / "log") as run:
            second = await start(desk, asyncio.subprocess.PIPE)
            _, refusal = await second.communicate()
            first = run.worker()
            os.kill(first, signal.SIGKILL)
            await until(lambda: run.worker() not in (0, first), run)
            await asyncio.to_thread(desk.as_, "alice", "publish", 1)
            await until(ended(desk), run)
            before = await states(desk)
            missed = await calling(desk, "mailing", "missing", 1)
            await decide(desk)
            await until(published(desk), run)
            worker = run.worker()
            code = await run.end()

    assert (second.returncode, b"already is the clock" in refusal) == (1, True)
    assert "action=worker_died" in run.said()
    assert sorted(before.values()) == ["delivered"] * 6 + ["unconfirmed"]
    assert missed.out.split("\t")[:2] == [READER, "rejected"]
    assert (code, alive(worker)) == (0, False)
    assert told(desk, run.said()) == []


def ended(desk: Desk) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        found = await states(desk)
        return len(found) == 7 and set(found.values()) <= {"delivered", "unconfirmed"}

    return look


def published(desk: Desk) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return bool((await calling(desk, "show", 1, "--json")).json["state"] == "published")

    return look


async def decide(desk: Desk) -> None:
    [doubtful] = (await calling(desk, "status", "--json")).json["unconfirmed"]
    sent = ("--as", "delivered", "--id", "1", "--reason", "seen in the channel")
    await asyncio.to_thread(desk.as_, "erin", "resolve", doubtful["delivery"], *sent)


def told(desk: Desk, log: str) -> list[str]:
    """Where a secret or a reader's address stands outside the database and the files that are meant to hold it."""
    keys = [*(desk.root / "secrets").iterdir(), *desk.root.glob("*.token")]
    canaries = [READER, "ben@readers.example", *(file.read_text(encoding="utf-8").strip() for file in keys)]
    public = [
        file
        for file in desk.root.rglob("*")
        if file.is_file() and file not in keys and not file.name.startswith("publisher.sqlite3")
    ]
    texts = {"the log": log, **{str(file): file.read_bytes().decode("utf-8", "replace") for file in public}}
    assert len(texts) > 10
    return [place for place, text in texts.items() if any(canary in text for canary in canaries)]


async def test_a_supervisor_that_is_killed_leaves_no_worker_behind(desk: Desk, tmp_path: Path) -> None:
    async with running(desk, tmp_path / "log") as run:
        worker = run.worker()
        run.process.kill()
        await run.process.wait()
        async with asyncio.timeout(PATIENCE):
            while alive(worker):  # noqa: ASYNC110 - another process ends
                await asyncio.sleep(0.05)

    async with running(desk, tmp_path / "again") as again:
        assert await again.end() == 0
