"""The wire below an SMTP transaction: writes bytes, reads replies in order. aiosmtplib connects and hands it over."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import NamedTuple

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 64 * 1024
"""Octets of one reply: a relay that never ends its reply must not fill our memory."""


class Reply(NamedTuple):
    """A whole reply; `text` has its lines without the code."""

    code: int
    text: str

    @property
    def begins_with(self) -> int:
        """2 yes, 3 go on, 4 not now, 5 no."""
        return self.code // 100


class Wire(asyncio.Protocol):
    """One connection after its greeting. Everything that goes wrong is an OSError of the next call."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Takes the live `transport` over from the protocol it has, which must not be used again."""
        self._transport = transport
        self._buffer = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._loss: OSError | None = None
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=1, low=0)  # zero for both would stall asyncio's TLS transport

    @property
    def lost(self) -> bool:
        return self._loss is not None or self._transport.is_closing()

    @property
    def spoke(self) -> bool:
        """Whether there is a reply that nobody has read, or there will never be one."""
        return bool(self._replies) or self.lost

    def write(self, data: bytes) -> None:
        if self.lost:
            raise self._loss or ConnectionResetError("the connection is closed")
        self._transport.write(data)

    async def drain(self) -> None:
        """Returns when the system has taken everything that was written, or the connection is lost."""
        await self._room.wait()

    async def reply(self, within: float) -> Reply:
        """The next reply; raises TimeoutError when `within` seconds bring none."""
        if not self._replies:
            await self._wait(within)
        return self._replies.popleft()

    async def _wait(self, seconds: float) -> None:
        if self.lost:
            raise self._loss or ConnectionResetError("the connection is closed")
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        alarm = loop.call_later(seconds, _fail, waiter, TimeoutError(f"no answer within {seconds:g} s"))
        try:
            await waiter
        finally:
            alarm.cancel()
            self._waiter = None

    def close(self) -> None:
        """Ends the connection at once; what the system has not taken yet is never sent."""
        self._transport.abort()

    # --- what asyncio tells us

    def data_received(self, data: bytes) -> None:
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(rest) + sum(map(len, self._lines)) > _LONGEST:
            self._break("a reply without an end")
        if self._replies and self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _take(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        if found is None:
            self._break("an answer that is not a reply (RFC 5321 section 4.2)")
            return
        code, mark, text = found.groups(b"")
        self._lines.append(text.decode("utf-8", "replace"))
        if mark != b"-":
            self._replies.append(Reply(int(code), "\n".join(self._lines)))
            self._lines = []

    def _break(self, reason: str) -> None:
        self._end(ConnectionAbortedError(reason))
        self._transport.abort()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was lost"))

    def _end(self, loss: OSError) -> None:
        self._loss = self._loss or loss
        self._room.set()
        if self._waiter:
            _fail(self._waiter, self._loss)

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()


def _fail(waiter: asyncio.Future[None], error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)
