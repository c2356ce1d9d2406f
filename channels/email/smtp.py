"""A connection to the relay: aiosmtplib connects, encrypts and logs in; the transaction is ours, stage by stage."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import aiosmtplib

from channels.email.options import Account
from channels.email.verdicts import Stage, refusal, verdict
from channels.email.wire import Reply, Wire
from publisher.channel import Delivered, Outcome, Receipt, Rejected

_GOODBYE = 5.0
_PIECE = 64 * 1024
_AT_ONCE = 16 * 1024
"""Bytes of a message that the system takes in one write, whatever the relay does meanwhile."""
_END = b".\r\n"
_ENVELOPE = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA)


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """A message on its way to one recipient; `content` has CRLF lines, none of which starts with a dot."""

    sender: str
    recipient: str
    content: bytes
    message_id: str


Following: TypeAlias = Callable[[], Awaitable[Outgoing | None]]
"""Asked for the message that is transmitted next; None when that is not certain."""


async def nobody() -> None:
    """Implements `Following`."""


class Connection:
    """One connection. After anything but a clean answer it is closed: a late reply must not answer the next message."""

    def __init__(self, client: aiosmtplib.SMTP, account: Account) -> None:
        self._account = account
        self._stage = Stage.SENDER
        self._sizes, self._pipelines = (client.supports_extension(each) for each in ("size", "pipelining"))
        self._international = all(client.supports_extension(each) for each in ("smtputf8", "8bitmime"))
        self._wire = Wire(cast(asyncio.Transport, client.transport))
        self._ahead: Outgoing | None = None
        """Its envelope went with the message before it, and nobody has read the replies."""
        self.carried = 0
        """Messages tried on this connection."""

    @classmethod
    async def open(cls, account: Account, tls: ssl.SSLContext | None) -> Connection:
        """Connected, encrypted, logged in; raises what aiosmtplib raises, and closes what it opened."""
        client = aiosmtplib.SMTP(
            hostname=account.host,
            port=account.port,
            username=account.username,
            password=account.password.get_secret_value() if account.password else None,
            local_hostname=account.ehlo_name or _own_name(),
            timeout=account.timeout,
            use_tls=account.implicit_tls,
            start_tls=tls is not None and not account.implicit_tls,
            tls_context=tls,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return cls(client, account)

    @property
    def usable(self) -> bool:
        return not self._wire.lost and self._carries_more

    @property
    def promised(self) -> bool:
        """Whether the relay waits for a certain message: no other can be transmitted."""
        return self._ahead is not None

    @property
    def _carries_more(self) -> bool:
        return self.carried < self._account.messages_per_connection

    @property
    def lost(self) -> bool:
        return self._wire.lost

    async def transmit(self, message: Outgoing, following: Following = nobody) -> Outcome:
        """One transaction with one recipient.

        To a relay that pipelines the envelope of the `following` message goes with the end of this one (RFC 2920
        section 3.1): one write and one round trip a message. Then that one must be the next, or the connection be
        closed. Whoever cancels it must close the connection; `Pool.lease` does.
        """
        if not self._admits(message.recipient):
            return Rejected("the relay does not announce SMTPUTF8 (RFC 6531): it carries only ASCII before the @")
        self.carried += 1
        try:
            reply = await self._envelope(message)
            if self._stage is Stage.DATA and reply.begins_with == 3:
                reply = await self._data(message.content, following)
            else:
                await self._abandon(reply)
        except Exception as error:
            self.close()
            return verdict(error, self._stage)
        if self._stage is Stage.END and reply.begins_with == 2:
            return Delivered(Receipt("message", (message.message_id,)))
        if _must_close(reply):
            self.close()
        return refusal(reply.code, reply.text, self._stage)

    def _admits(self, recipient: str) -> bool:
        return recipient.isascii() or self._international

    async def _envelope(self, message: Outgoing) -> Reply:
        """The reply to DATA, or the first that is not the expected one.

        A relay that pipelines gets all three commands at once: one round trip instead of three.
        """
        self._stage = Stage.SENDER
        ahead, self._ahead = self._ahead, None
        if ahead not in (None, message):
            raise ConnectionAbortedError("the relay waits for another message")
        lines = self._commands(message) if ahead is None else [b"", b"", b""]
        for self._stage, line in zip(_ENVELOPE, lines, strict=True):
            if line:
                self._wire.write(line)
            reply = await self._wire.reply(self._account.timeout)
            if reply.begins_with != 2:
                break
        return reply

    def _commands(self, message: Outgoing) -> Sequence[bytes]:
        """What is written before each reply of the envelope."""
        announced = f" SIZE={len(message.content)}" if self._sizes else ""
        if not message.recipient.isascii():
            announced += " BODY=8BITMIME SMTPUTF8"
        sender, recipient = f"MAIL FROM:<{message.sender}>{announced}", f"RCPT TO:<{message.recipient}>"
        lines = [_command(sender), _command(recipient), _command("DATA")]
        return [b"".join(lines), b"", b""] if self._pipelines else lines

    async def _data(self, content: bytes, following: Following) -> Reply:
        """The reply to the message.

        We listen while we write what the system may not take at once: a relay that answers or goes away before the
        end of the message has not taken it.
        """
        self._stage = Stage.BODY
        ahead = await self._look_ahead(following)
        if len(content) > _AT_ONCE:
            async with asyncio.timeout(self._account.timeout):
                await self._write(content)
            content = b""
        if self._wire.spoke:
            reply = await self._wire.reply(self._account.timeout)
            self.close()
            return reply
        self._wire.write(b"".join((content, _END, ahead)))
        self._stage = Stage.END
        return await self._wire.reply(self._account.final_timeout)

    async def _look_ahead(self, following: Following) -> bytes:
        """The envelope of the next message, when it can go with this one."""
        if not (self._pipelines and self._carries_more):
            return b""
        message = await following()
        if message is None or not self._admits(message.recipient):
            return b""
        try:
            envelope = b"".join(self._commands(message))
        except ValueError:  # it gets its own answer when its turn comes
            return b""
        self._ahead = message
        return envelope

    async def _write(self, content: bytes) -> None:
        """Returns when the system has it all, or once there is an answer already.

        In pieces: asyncio's TLS would take the whole at once, and after a loss it takes everything without a word.
        """
        for start in range(0, len(content), _PIECE):
            self._wire.write(content[start : start + _PIECE])
            await self._wire.drain()
            await asyncio.sleep(0)
            if self._wire.spoke:
                return

    async def _abandon(self, refused: Reply) -> None:
        """Leaves a refused transaction; a connection that cannot is closed."""
        if _must_close(refused):
            self.close()
            return
        try:
            if await self._still_open() and not await self._end_empty():
                self.close()
        except OSError:
            self.close()

    async def _still_open(self) -> bool:
        """Whether the relay now waits for a message; else it has forgotten the transaction."""
        if self._pipelines:
            for _ in _ENVELOPE[_ENVELOPE.index(self._stage) + 1 :]:
                last = await self._wire.reply(self._account.timeout)
                if last.begins_with == 3:
                    return True
        if self._stage is not Stage.SENDER:
            self._wire.write(_command("RSET"))
            await self._wire.reply(self._account.timeout)
        return False

    async def _end_empty(self) -> bool:
        """Ends a message that nobody is to get: RFC 2920 section 3.1 lets a relay ask for it although it refused the
        recipient. False when there is a recipient, who would get an empty mail.
        """
        if self._stage is not Stage.RECIPIENT:
            return False
        self._wire.write(_END)
        return (await self._wire.reply(self._account.timeout)).begins_with == 5

    def close(self) -> None:
        self._wire.close()

    async def quit(self) -> None:
        """Says goodbye, so that the relay has closed its side before another connection is opened."""
        try:
            if self.promised:
                return  # the relay would take it for a line of the message
            self._wire.write(_command("QUIT"))
            await self._wire.reply(_GOODBYE)
        except OSError:
            pass
        finally:
            self.close()


def _command(line: str) -> bytes:
    if "\r" in line or "\n" in line:
        raise ValueError("a line end in a command")
    return line.encode() + b"\r\n"


def _must_close(reply: Reply) -> bool:
    """421 is a goodbye; after an answer that is neither yes nor no nobody knows what comes next."""
    return reply.code == 421 or reply.begins_with not in (4, 5)


def _own_name() -> str:
    """Without asking the DNS; an address literal when this machine has no full name (RFC 5321 section 4.1.4)."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"
