"""A worker that may be killed: reads orders from its input, forks one process for each, says how that ended.

Forked from a process that has imported everything and runs no thread, so that a round costs milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from publisher.channel import Addressee, Outcome, Payload
from publisher.mailing.canary import Canary
from publisher.mailing.ledger import Timing
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import PostOffice, accepted

WINDOW = 4
AT_ONCE = 3


@dataclass(frozen=True)
class Order:
    """One life of a worker."""

    url: str
    log: str
    point: str = ""
    """Where it kills itself."""
    times: int = 1
    """At which passing of the point."""
    after: float = 0.0
    """Seconds after which it is killed from outside; 0 for never."""
    canary: float = 0.0
    """The share of readers who get it first, while the others wait for a person's go."""


class LoggingRelay:
    """Accepts every message: a line in the log is what a reader has in the inbox."""

    def __init__(self, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        for addressee in group:
            await asyncio.sleep(0.0005)
            os.write(self._log, f"{addressee.address} {addressee.slots['message_id']}\n".encode())
            await asyncio.sleep(0)
            yield addressee.recipient_id, accepted(addressee)

    async def close(self) -> None:
        os.close(self._log)


async def live(order: Order) -> None:
    """Works until nothing is due."""
    store = Store(Database(order.url))
    office = PostOffice(store, timing=Timing(window=WINDOW), trace=_kills_itself(order), canary=Canary(order.canary))
    office.relay = LoggingRelay(Path(order.log))  # type: ignore[assignment]
    async with store.begin() as tx:
        await tx.end_batch_leases()
    broadcast = office.broadcast()
    while due := await office.due():
        await asyncio.gather(*(broadcast.work(batch_id) for batch_id in due[:AT_ONCE]))
    await store.database.close()


def _kills_itself(order: Order) -> Callable[[str], None]:
    passed = 0

    def trace(point: str) -> None:
        nonlocal passed
        passed += point == order.point
        if passed == order.times:
            os.kill(os.getpid(), signal.SIGKILL)

    return trace


def main() -> None:
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if not child:
            os.dup2(2, 1)
            asyncio.run(live(order))
            os._exit(0)
        if order.after:
            time.sleep(order.after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
