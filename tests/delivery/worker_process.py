"""Workers in processes of their own, to be killed: `python -m tests.delivery.worker_process`.

Reads one JSON order per line and answers with one JSON line each. Everything is imported once; every worker is a fork,
so that a round costs milliseconds. A forked worker knows nothing but what a restarted one would: the store's address
and the network's file.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import structlog
from sqlalchemy import func, insert, select

from publisher.delivery.deliver import deliver
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Work
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import NEVER, Trace, Transaction
from publisher.delivery.transitions import end_mailing
from publisher.delivery.worker import Probing, Timing, Worker
from publisher.schedule.now import OffsetClock
from publisher.store import tables as t
from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.builders import connections, everything_holds
from tests.delivery.network import Network

QUICK = Probing(at=(0.05, 0.15, 0.4), park_after=0.6, believe_absent_after=0.1)
"""The network of these tests shows what it has at once."""

Order: TypeAlias = Mapping[str, Any]


@dataclass
class Readers:
    """A fan-out in one transaction: a second start of the same mailing would break a unique key."""

    async def start(self, tx: Transaction, delivery_id: int) -> int:
        assert isinstance(tx, SqlTransaction)
        at = (await tx.delivery(delivery_id)).updated_at
        row = {"delivery_id": delivery_id, "mail_class": "service", "unconfirmed": "park", "audience": 0}
        await tx.connection.execute(insert(t.mailing).values(**row, frozen_at=at, finished_at=at))
        await end_mailing(tx, delivery_id, at, "no readers")
        return delivery_id


async def work(order: Order) -> None:
    """A worker until it is told to drain, killed, or has nothing left to do."""
    store = Store(Database(order["url"]))
    trace = _trace(order)
    latency = random.Random(order["seed"]).uniform
    longest = float(order.get("latency", 0.0))
    network = Network(Path(order["network"]), latency=lambda: latency(0, longest), accepted_trace=trace)
    clock = OffsetClock(store.read)
    worker = Worker(
        begin=store.begin,
        together=store.together,
        read=store.read,
        connections=connections(network),
        clock=clock,
        verify=everything_holds,
        fan_out=Readers(),
        owner=f"worker {os.getpid()}",
        timing=Timing(lease=timedelta(seconds=order.get("lease", 30.0))),
        probing=QUICK,
        trace=trace,
        jitter=lambda: 0.0,
    )
    if order.get("alone", True):
        async with store.begin() as tx:
            await tx.end_leases()
    engine = EmbeddedEngine(store.read, clock, poll=0.1)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(engine.drain()))

    async def handle(work: Work) -> None:
        await deliver(worker, work.id)

    running = asyncio.create_task(engine.run(handle))
    while not running.done() and await _unfinished(store):
        await asyncio.wait([running], timeout=0.1)
    await engine.drain()
    await running
    await store.database.close()


async def _unfinished(store: Store) -> bool:
    d = t.delivery.c
    open_states = (DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.PARTIAL, DeliveryState.SENDING)
    doubtful = (d.state == DeliveryState.UNCONFIRMED) & (d.run_at < NEVER)
    async with store.read() as tx:
        left = select(func.count()).select_from(t.delivery).where(d.state.in_(open_states) | doubtful)
        return bool(await tx.connection.scalar(left))


def _trace(order: Order) -> Trace:
    """Ends or stops the process the first time it comes to the point."""
    at, number = order.get("at"), signal.Signals[order.get("signal", "SIGKILL")]
    seen: set[str] = set()

    def trace(point: str) -> None:
        if point == at and point not in seen:
            seen.add(point)
            os.kill(os.getpid(), number)

    return trace


# --- orders -----------------------------------------------------------------------------------------------


def _start(order: Order) -> Mapping[str, object]:
    pid = os.fork()
    if pid == 0:
        _become_worker(order)
    return {"pid": pid}


def _become_worker(order: Order) -> None:
    code = 1
    with suppress(BaseException):
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        asyncio.run(work(order))
        code = 0
    os._exit(code)


def _wait(order: Order) -> Mapping[str, object]:
    """Until the worker ends, or is killed `after` seconds."""
    pid, after = int(order["pid"]), order.get("after")
    ended, status = os.waitpid(pid, 0 if after is None else os.WNOHANG)
    until = time.monotonic() + (after or 0.0)
    while not ended and time.monotonic() < until:
        time.sleep(0.002)
        ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    return {"killed": os.WIFSIGNALED(status), "code": os.waitstatus_to_exitcode(status)}


def _signal(order: Order) -> Mapping[str, object]:
    os.kill(int(order["pid"]), signal.Signals[order["signal"]])
    return {}


def _stopped(order: Order) -> Mapping[str, object]:
    """Until the worker has stopped itself."""
    os.waitpid(int(order["pid"]), os.WUNTRACED)
    return {}


ORDERS: Mapping[str, Callable[[Order], Mapping[str, object]]] = {
    "start": _start, "wait": _wait, "signal": _signal, "stopped": _stopped,
}  # fmt: skip


def main() -> None:
    """Until there are no more orders."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(json.dumps(ORDERS[order["do"]](order)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
