"""A relay on loopback that does at each step of a transaction what the test tells it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class Cut(Enum):
    DROP = "close the connection"
    HANG = "say nothing until the client goes away"


@dataclass(frozen=True)
class Moment:
    """Where a session stands: `step` is a command, or CONNECT, BODY (after 354), END (the message is stored)."""

    step: str
    argument: str
    connection: int
    transaction: int


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    connection: int


Answer: TypeAlias = "str | Cut | asyncio.Event | None"
Script: TypeAlias = Callable[[Moment], Answer]
"""None is the usual answer; an Event, for END, the usual answer but not before it is set."""


class _Gone(Exception):
    pass


def always(step: str, answer: Answer) -> Script:
    return lambda moment: answer if moment.step == step else None


def first_time(step: str, answer: Answer) -> Script:
    seen: list[Moment] = []

    def script(moment: Moment) -> Answer:
        if moment.step != step or seen:
            return None
        seen.append(moment)
        return answer

    return script


@dataclass
class Relay:
    script: Script = field(default=lambda moment: None)
    extensions: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES")
    certificate: ssl.SSLContext | None = None
    implicit_tls: bool = False
    at_most: int = 1000
    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    open: int = 0
    most_open: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        tls = self.certificate if self.implicit_tls else None
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        self._sessions: set[asyncio.Task[None]] = set()
        try:
            yield self
        finally:
            server.close()
            if self._sessions:
                await asyncio.wait(self._sessions, timeout=0.5)
            for session in self._sessions:
                session.cancel()
            await asyncio.gather(*self._sessions, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if self.open > self.at_most:
                writer.write(b"421 4.7.0 too many connections\r\n")
                await writer.drain()
            else:
                await _Session(self, self.connections, reader, writer).run()
        except (_Gone, ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self._sessions.discard(task)
            writer.transport.abort()


@dataclass
class _Session:
    relay: Relay
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sender: str = ""
    recipients: tuple[str, ...] = ()
    transaction: int = 0

    async def run(self) -> None:
        await self.answer("CONNECT", "", "220 relay.example.com ESMTP")
        while line := await self.reader.readline():
            text = line.decode().rstrip("\r\n")
            self.relay.commands.append(text)
            verb, _, argument = text.partition(" ")
            await self.command(verb.upper(), argument)

    async def command(self, verb: str, argument: str) -> None:
        match verb:
            case "EHLO":
                await self.answer(verb, argument, self.greeting())
            case "STARTTLS":
                if await self.answer(verb, argument, "220 go ahead"):
                    assert self.relay.certificate is not None
                    await self.writer.start_tls(self.relay.certificate)
            case "AUTH":
                await self.answer(verb, argument, "235 2.7.0 welcome")
            case "MAIL":
                self.transaction += 1
                self.sender, self.recipients = argument.partition("<")[2].partition(">")[0], ()
                await self.answer(verb, argument, "250 2.1.0 ok")
            case "RCPT":
                if await self.answer(verb, argument, "250 2.1.5 ok"):
                    self.recipients += (argument.partition("<")[2].rpartition(">")[0],)
            case "DATA":
                if await self.answer(verb, argument, "354 go on"):
                    await self.message()
            case "QUIT":
                await self.answer(verb, argument, "221 bye")
                raise _Gone
            case _:
                await self.answer(verb, argument, "250 ok")

    async def message(self) -> None:
        match self.script("BODY"):
            case str() as early:
                await self.reader.readexactly(100_000)
                self.writer.write(early.encode() + b"\r\n")
                await self.reader.read()
                raise _Gone
            case Cut.DROP:
                raise _Gone
            case Cut.HANG:
                self.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.Event().wait()
        lines = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        stored = Received(self.sender, self.recipients, b"".join(lines), self.number)
        planned = self.script("END")
        if not isinstance(planned, str) or planned.startswith("2"):
            self.relay.received.append(stored)
            self.relay.stored.set()
        if isinstance(planned, asyncio.Event):
            await planned.wait()
            planned = None
        await self.act(planned or "250 2.0.0 stored")

    def script(self, step: str, argument: str = "") -> Answer:
        return self.relay.script(Moment(step, argument, self.number, self.transaction))

    async def answer(self, step: str, argument: str, usual: str) -> bool:
        """True when the usual answer was given."""
        planned = self.script(step, argument)
        await self.act(usual if planned is None else planned)
        return planned is None

    async def act(self, planned: Answer) -> None:
        if planned is Cut.DROP:
            raise _Gone
        if planned is Cut.HANG:
            await self.reader.read()
            raise _Gone
        assert isinstance(planned, str)
        self.writer.write(planned.encode() + b"\r\n")
        await self.writer.drain()
        if planned.startswith("421"):
            raise _Gone

    def greeting(self) -> str:
        encrypted = self.writer.get_extra_info("sslcontext") is not None
        offered = (*self.relay.extensions, *(("STARTTLS",) if self.relay.certificate and not encrypted else ()))
        lines = ["relay.example.com", *offered]
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
