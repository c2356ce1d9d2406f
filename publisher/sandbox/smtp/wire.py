"""One SMTP connection: lines and message bodies in, replies out. Pipelined input waits in the buffer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

_LINE = 2048
"""Octets of a command line we take; RFC 5321 section 4.5.3.1.4 asks for 512, extensions for more."""
_AHEAD = 1 << 20
"""Bytes a client may send ahead of us before we stop reading from it."""


class Gone(Exception):
    """The connection is over: the client left, or a fault cut it."""


class LineTooLong(Exception):
    """A command line beyond the limit; it has been skipped."""


class Wire(asyncio.Protocol):
    """The server's end of a connection."""

    def __init__(self, idle_seconds: float, opened: Callable[[Wire], None]) -> None:
        self._idle, self._opened = idle_seconds, opened
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._more: asyncio.Future[None] | None = None
        self._over = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _AHEAD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    # what a session calls

    def say(self, reply: bytes) -> None:
        """Queues a reply; it leaves before the next wait, together with its neighbours (RFC 2920 section 3.2)."""
        self._replies.append(reply)

    def flush(self) -> None:
        """Sends the queued replies."""
        if self._replies and self._transport is not None:
            self._transport.write(b"".join(self._replies))
        self._replies.clear()

    async def line(self) -> bytes:
        """The next line without its CRLF; raises LineTooLong, Gone, and TimeoutError after the idle time."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LINE:
                await self._skip_line()
                raise LineTooLong
            await self._wait()
        line = bytes(self._buffer[:end])
        self._drop(end + 2)
        if end > _LINE:
            raise LineTooLong
        return line

    async def body(self, limit: int) -> bytes | None:
        """The message up to `CRLF . CRLF`, unstuffed (RFC 5321 section 4.5.2); None when it is beyond `limit` bytes.

        Only that exact sequence ends it, so that a `LF . LF` cannot smuggle a second message.
        """
        message, seen, too_big = bytearray(b"\r\n"), 0, False
        while True:
            message += self._buffer
            self._drop(len(self._buffer))
            end = message.find(b"\r\n.\r\n", max(0, seen - 4))
            if end >= 0:
                break
            if len(message) > limit + 8:
                too_big = True
                del message[:-4]
            seen = len(message)
            await self._wait()
        self._buffer[:0] = message[end + 5 :]
        if too_big or end > limit:
            return None
        return bytes(message[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]

    async def first_bytes(self) -> None:
        """Returns once some of a message has come."""
        while not self._buffer:
            await self._wait()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """TLS from here on; what was sent ahead in clear is forgotten (RFC 3207 section 4.2). Raises Gone."""
        self.flush()
        self._buffer.clear()
        assert self._transport is not None
        try:
            tls = await asyncio.get_running_loop().start_tls(self._transport, self, context, server_side=True)
        except (OSError, ssl.SSLError) as error:
            raise Gone from error
        assert tls is not None
        self._transport = tls

    async def over(self) -> None:
        """Returns when the client has gone."""
        self.flush()
        await asyncio.shield(self._over)

    def cut(self) -> None:
        """Resets the connection; queued replies are lost."""
        self._replies.clear()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Sends what is queued and closes."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    async def _wait(self) -> None:
        self.flush()
        if self._over.done():
            raise Gone
        self._more = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(self._idle):
            await self._more

    async def _skip_line(self) -> None:
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._drop(len(self._buffer) - 1)
            await self._wait()
        self._drop(end + 2)

    def _drop(self, length: int) -> None:
        del self._buffer[:length]
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
