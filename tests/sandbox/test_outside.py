from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

import aiohttp
import pytest

from publisher.sandbox import Ports, Sandbox, serve
from tests.ports import free_ports


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_open(port: int) -> None:
    deadline = time.monotonic() + 10
    while not is_open(port):
        assert time.monotonic() < deadline, f"nothing listens on port {port}"
        time.sleep(0.01)


async def test_every_part_listens_where_it_says(sandbox: Sandbox) -> None:
    ports = [urlsplit(address).port or 0 for address in sandbox.addresses().values()]

    assert [is_open(port) for port in ports] == [True] * 6
    assert len(set(ports)) == 6


async def test_a_taken_port_is_an_error_that_leaves_nothing_open() -> None:
    [smtp] = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(ports=Ports(smtp=smtp, x=taken.getsockname()[1]))

        with pytest.raises(OSError, match="address already in use"):
            await sandbox.start()

    assert not is_open(smtp)


async def test_closing_twice_is_harmless() -> None:
    sandbox = Sandbox()
    await sandbox.start()
    port = sandbox.smtp.port

    await sandbox.close()
    await sandbox.close()

    assert not is_open(port)


async def test_closing_does_not_wait_for_clients_that_stay(sandbox: Sandbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)
    await reader.readline()

    await asyncio.wait_for(sandbox.close(), 5)

    assert await reader.read() == b""
    writer.close()


async def test_serving_ends_when_cancelled() -> None:
    [port] = free_ports(1)
    serving = asyncio.create_task(serve("localhost", Ports(page=port)))
    async with aiohttp.ClientSession() as http:
        await asyncio.to_thread(wait_until_open, port)
        async with http.get(f"http://localhost:{port}/version") as response:
            version = await response.text()

    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert (version, is_open(port)) == ("0.0.0", False)
