"""The twin of a mail relay: real ESMTP on loopback that keeps everything and delivers nothing."""

from __future__ import annotations

import asyncio
import ssl

from publisher.sandbox.arrivals import Arrivals
from publisher.sandbox.faults import Faults
from publisher.sandbox.smtp.certificate import Certificate
from publisher.sandbox.smtp.session import House, Session
from publisher.sandbox.smtp.wire import Wire
from publisher.sandbox.world import Relay


class SmtpTwin:
    """Listens, and runs a session per connection."""

    def __init__(self, relay: Relay, faults: Faults, arrivals: Arrivals, host: str, port: int) -> None:
        self._relay, self._host, self._port = relay, host, port
        self.certificate = Certificate.self_signed(relay.name) if relay.tls else None
        tls = None if self.certificate is None else self.certificate.server_context()
        self._house = House(relay, faults, arrivals, tls)
        self._sessions: dict[asyncio.Task[None], Wire] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(self._connect, self._host, self._port)

    async def close(self) -> None:
        """Stops listening and cuts what is connected."""
        if self._server is None:
            return
        self._server.close()
        for task, wire in list(self._sessions.items()):
            wire.cut()
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this relay; raises ValueError when it offers no TLS."""
        if self.certificate is None:
            raise ValueError("this relay offers no TLS; start it with Relay(tls=True)")
        return ssl.create_default_context(cadata=self.certificate.pem)

    def _connect(self) -> Wire:
        return Wire(self._relay.idle_seconds, self._serve)

    def _serve(self, wire: Wire) -> None:
        """Starts the session of a new connection, or turns it away when there are too many."""
        if len(self._sessions) >= self._relay.max_connections:
            wire.say(b"421 4.7.0 Too many connections\r\n")
            wire.close()
            return
        task = asyncio.get_running_loop().create_task(Session(wire, self._house).run())
        self._sessions[task] = wire
        task.add_done_callback(lambda done: self._sessions.pop(done, None))
