"""Runs an application on a port inside our own event loop; signals stay with whoever supervises."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The supervisor stops everything in order; uvicorn would end itself first and re-raise.
        yield


@asynccontextmanager
async def listening(application: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """The port that answers (`port` 0 takes a free one); raises OSError at once when it is taken."""
    with socket.create_server((host, port), backlog=2048) as bound:
        config = uvicorn.Config(
            application, log_level="warning", access_log=False, server_header=False, date_header=True, lifespan="off"
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
