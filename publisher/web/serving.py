"""Runs an application on a port inside our own event loop; signals stay with whoever supervises."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

GRACE = 5
"""Seconds that an answer under way may still take at the end; a slow reader must not keep us from stopping."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The supervisor stops everything in order; uvicorn would end itself first and re-raise.
        yield


@asynccontextmanager
async def listening(application: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """The port that answers (`port` 0 takes a free one); raises OSError at once when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=2048) as bound:
        # Inherited by what is accepted. asyncio sets it for sockets of a stated protocol only, and without it every
        # body waits 40 ms behind its head for the client's acknowledgement.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            proxy_headers=False,  # it believes whoever is on this machine; `web.trusted_proxies` says whom we do
            timeout_graceful_shutdown=GRACE,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve([bound]))
        try:
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
                await asyncio.sleep(0.01)
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            await serving
