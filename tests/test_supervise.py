"""One worker for a workspace: locked, started again, drained, and never left behind. With real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from publisher.supervise import RoleTaken, WorkerProcess, role

PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[1]

DRAINS = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write("drained\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1], "a").write("started\\n")
time.sleep(60)
"""
DEAF = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "a").write("started\\n")
time.sleep(60)
"""
LISTENS = """
import sys
open(sys.argv[1], "a").write("started\\n")
for line in sys.stdin:
    open(sys.argv[1], "a").write("woken\\n")
"""
FOLLOWS = """
import asyncio, sys
from publisher.supervise import follow_supervisor, stop_requested
async def main():
    stop = stop_requested()
    woken = asyncio.Event()
    follow = asyncio.create_task(follow_supervisor(stop, woken))
    async def tell():
        await woken.wait()
        print("woken", flush=True)
    telling = asyncio.create_task(tell())
    print("ready", flush=True)
    await stop.wait()
    print("draining", flush=True)
    await asyncio.sleep(float(sys.argv[1]))
    print("drained", flush=True)
asyncio.run(main())
"""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.02)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the workers write."""
    return tmp_path / "log"


def said(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def worker(program: str, log: Path, grace: float = PATIENCE) -> WorkerProcess:
    return WorkerProcess([sys.executable, "-c", program, str(log)], grace=grace)


def test_a_role_is_held_by_one_process_and_freed_by_its_end(tmp_path: Path) -> None:
    with role(tmp_path, "worker"):
        with ExitStack() as second, pytest.raises(RoleTaken, match="already is the worker"):
            second.enter_context(role(tmp_path, "worker"))
        with role(tmp_path, "clock"):
            assert (tmp_path / "run/worker.lock").read_text() == f"{os.getpid()}\n"
    with role(tmp_path, "worker"):
        pass


def test_a_role_does_not_outlive_a_process_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from publisher.supervise import role\n"
        "with role(Path(sys.argv[1]), 'worker'): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with ExitStack() as second, pytest.raises(RoleTaken):
            second.enter_context(role(tmp_path, "worker"))
        holder.kill()
        holder.wait()

        with role(tmp_path, "worker"):
            pass


async def test_a_worker_that_is_killed_is_started_again(log: Path) -> None:
    process = worker(DRAINS, log)
    running = asyncio.create_task(process.run())
    await until(lambda: said(log) == ["started"])
    first = process.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    await until(lambda: said(log) == ["started", "started"])
    await process.stop()
    await running

    assert process.pid != first
    assert said(log) == ["started", "started", "drained"]


async def test_a_worker_that_does_not_drain_in_time_is_killed(log: Path) -> None:
    process = worker(DEAF, log, grace=0.2)
    running = asyncio.create_task(process.run())
    await until(lambda: said(log) == ["started"])

    await process.stop()
    await running

    assert process.pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_a_worker_is_told_that_there_is_something_to_do_and_nobody_is_told_when_it_is_gone(log: Path) -> None:
    process = worker(LISTENS, log)
    process.wake()
    running = asyncio.create_task(process.run())
    await until(lambda: said(log) == ["started"])

    process.wake()
    await until(lambda: said(log) == ["started", "woken"])
    await process.stop()
    await running
    process.wake()

    assert said(log) == ["started", "woken"]


async def follower(drain: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", FOLLOWS, str(drain)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_a_line_of_the_supervisor_is_no_reason_to_end() -> None:
    process = await follower(drain=0.1)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
    assert process.stdout is not None
    assert await process.stdout.readline() == b"woken\n"

    process.stdin.close()
    output, _ = await process.communicate()

    assert (process.returncode, output) == (0, b"draining\ndrained\n")


async def test_a_worker_drains_when_its_supervisor_is_gone() -> None:
    process = await follower(drain=0.1)
    assert process.stdin is not None

    process.stdin.close()
    output, _ = await process.communicate()

    assert (process.returncode, output) == (0, b"draining\ndrained\n")


async def test_a_worker_that_drains_for_nobody_ends_at_once() -> None:
    process = await follower(drain=600)
    assert process.stdin is not None
    assert process.stdout is not None
    process.terminate()
    assert await process.stdout.readline() == b"draining\n"

    process.stdin.close()

    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 1


async def test_a_second_signal_ends_the_process_at_once() -> None:
    process = await follower(drain=600)
    assert process.stdout is not None
    process.terminate()
    assert await process.stdout.readline() == b"draining\n"

    process.terminate()

    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == -signal.SIGTERM
