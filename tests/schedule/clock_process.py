"""A clock in a process of its own, to be killed: `python -m tests.schedule.clock_process`.

Reads one JSON order per line (`url`, `now`, `kill_after` in seconds or null) and answers with one line: whether the
clock came to its end. Everything is imported once; every clock is a fork.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import structlog

from publisher.schedule.due import run_due
from publisher.schedule.stages import run_stages
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.delivery.builders import bench


async def strike(url: str, now: datetime) -> None:
    store = Store(Database(url))
    with tempfile.TemporaryDirectory() as folder:
        desk = bench(store, Path(folder))
        desk.clock.moment = now
        await run_due(store.begin, desk.clock, desk.outlet)
        await run_stages(store.begin, desk.clock, desk.outlet)
    await store.database.close()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is the answer
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(strike(order["url"], datetime.fromisoformat(order["now"])))
            except BaseException as error:
                sys.stderr.write(f"{error!r}\n")
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        if order["kill_after"] is not None:
            time.sleep(order["kill_after"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps(status == 0) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
