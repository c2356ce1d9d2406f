"""HTTP on loopback: a listener, and what a fault does to a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from publisher.sandbox.faults import Channel, Effect, Fault, Faults


class Listener:
    """An aiohttp application on a port of this machine; port 0 takes a free one."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        # Cancelling a handler when its client goes away is what ends a request that hangs by a fault.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        self._host, self._port = host, port

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def close(self) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._runner.addresses[0][1]}"


@dataclass(frozen=True, slots=True)
class Call:
    """Where a request is going, for the faults to match."""

    channel: Channel
    stage: str
    targets: Sequence[str]


async def answer(
    request: web.Request,
    faults: Faults,
    call: Call,
    act: Callable[[bool], web.Response],
    refuse: Callable[[Fault], web.Response],
) -> web.Response:
    """`act(answered)`, unless a fault says otherwise; `refuse` words the network's 429 and 5xx."""
    strike = faults.strike(call.channel, call.stage, call.targets)
    if strike.delay:
        await asyncio.sleep(strike.delay)
    if strike.end is None:
        return act(True)
    match strike.end.effect:
        case Effect.LOSE_ANSWER:
            act(False)
            return _cut(request)
        case Effect.DROP:
            return _cut(request)
        case Effect.HANG:
            await asyncio.Event().wait()
    return refuse(strike.end)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
