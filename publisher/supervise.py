"""Processes of one workspace: role locks, the worker and its restarts, and an orderly stop."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

RESTART_DELAYS = (0.2, 1.0, 5.0, 15.0)
"""Seconds before each restart of a worker that died; the last one repeats."""
STEADY = 30.0
"""Seconds after which a worker counts as healthy again."""


class RoleTaken(RuntimeError):
    """Another process of this workspace has the role."""


@contextmanager
def role(workspace: Path, name: str) -> Iterator[None]:
    """Holds the role (`clock`, `worker`) of the workspace; raises RoleTaken.

    The lock goes with the process, however it ends, so that a kill -9 leaves nothing to clean up.
    """
    path = workspace / "run" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RoleTaken(f"another process already is the {name} of {workspace}; stop it first") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


class WorkerProcess:
    """The one worker of a workspace: started, started again when it dies, drained at the end."""

    def __init__(self, command: Sequence[str], *, grace: float) -> None:
        """`command`: its command line; `grace`: seconds it may take to drain before it is killed."""
        self._command = command
        self._grace = grace
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Of the worker that runs now."""
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Keeps the worker alive until `stop`."""
        deaths = 0
        while not self._asked_to_stop():
            started = asyncio.get_running_loop().time()
            self._process = await self._start()
            code = await self._process.wait()
            if self._asked_to_stop():
                return
            steady = asyncio.get_running_loop().time() - started >= STEADY
            deaths = 0 if steady else deaths + 1
            delay = RESTART_DELAYS[min(deaths, len(RESTART_DELAYS) - 1)]
            log.warning("the worker died and is started again", action="worker_died", code=code, delay=delay)
            await asyncio.sleep(delay)

    async def _start(self) -> asyncio.subprocess.Process:
        # A session of its own: Ctrl-C reaches us alone, and the worker is stopped after the clock, in order.
        # The pipe closes when we die, however we die: the worker then ends too (`follow_supervisor`).
        return await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )

    def _asked_to_stop(self) -> bool:
        return self._stopping

    def wake(self) -> None:
        """Tells the worker to look now for what is due; one that is just being started looks anyway."""
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(b"\n")

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL when it has not drained within the grace period."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._grace)
        except TimeoutError:
            log.warning("the worker did not drain in time and is killed", action="worker_killed", grace=self._grace)
            process.kill()
            await process.wait()


@asynccontextmanager
async def worker(workspace: Path, *, grace: float) -> AsyncIterator[WorkerProcess]:
    """A supervised worker process of the workspace for the length of the block."""
    command = (sys.executable, "-m", "publisher.cli", "worker", "--supervised", "--workspace", str(workspace))
    process = WorkerProcess(command, grace=grace)
    task = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        await process.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def follow_supervisor(stop: asyncio.Event, woken: asyncio.Event) -> None:
    """Sets `stop` when the process that holds the other end of standard input is gone, so that no worker is orphaned.

    Sets `woken` whenever it writes. When it goes while we drain, nobody waits for us any more: the process ends at
    once, as after a crash.
    """
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        woken.set()
    if stop.is_set():
        os._exit(1)
    stop.set()


def stop_requested() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one ends the process at once."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()

    def first(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        event.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, first, number)
    return event


def log_plainly() -> None:
    """Events on standard error, a line each: time, level, sentence, then `action=` and its values."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
