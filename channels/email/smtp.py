"""A connection to the relay: aiosmtplib connects, encrypts and logs in; the transaction is ours, stage by stage."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import cast

import aiosmtplib

from channels.email.options import Account
from channels.email.verdicts import Stage, refusal, verdict
from channels.email.wire import Reply, Wire
from publisher.channel import Delivered, Outcome, Receipt, Rejected

_GOODBYE = 5.0
_PIECE = 64 * 1024
_ENVELOPE = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA)


class Connection:
    """One connection. After anything but a clean answer it is closed: a late reply must not answer the next message."""

    def __init__(self, client: aiosmtplib.SMTP, account: Account) -> None:
        self._account = account
        self._stage = Stage.SENDER
        self._sizes, self._pipelines = (client.supports_extension(each) for each in ("size", "pipelining"))
        self._international = all(client.supports_extension(each) for each in ("smtputf8", "8bitmime"))
        self._wire = Wire(cast(asyncio.Transport, client.transport))
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
        return not self._wire.lost and self.carried < self._account.messages_per_connection

    @property
    def lost(self) -> bool:
        return self._wire.lost

    async def transmit(self, sender: str, recipient: str, message: bytes, message_id: str) -> Outcome:
        """One transaction with one recipient. `message` has CRLF lines, none of which starts with a dot.

        Whoever cancels it must close the connection; `Pool.lease` does.
        """
        if not (recipient.isascii() or self._international):
            return Rejected("the relay does not announce SMTPUTF8 (RFC 6531): it carries only ASCII before the @")
        self.carried += 1
        try:
            reply = await self._envelope(sender, recipient, len(message))
            if self._stage is Stage.DATA and reply.begins_with == 3:
                reply = await self._data(message)
            else:
                await self._abandon(reply)
        except Exception as error:
            self.close()
            return verdict(error, self._stage)
        if self._stage is Stage.END and reply.begins_with == 2:
            return Delivered(Receipt("message", (message_id,)))
        if _must_close(reply):
            self.close()
        return refusal(reply.code, reply.text, self._stage)

    async def _envelope(self, sender: str, recipient: str, size: int) -> Reply:
        """The reply to DATA, or the first that is not the expected one.

        A relay that pipelines (RFC 2920) gets all three commands at once: one round trip instead of three.
        """
        announced = f" SIZE={size}" if self._sizes else ""
        if not recipient.isascii():
            announced += " BODY=8BITMIME SMTPUTF8"
        lines = [_command(f"MAIL FROM:<{sender}>{announced}"), _command(f"RCPT TO:<{recipient}>"), _command("DATA")]
        if self._pipelines:
            lines = [b"".join(lines), b"", b""]
        for self._stage, line in zip(_ENVELOPE, lines, strict=True):
            if line:
                self._wire.write(line)
            reply = await self._wire.reply(self._account.timeout)
            if reply.begins_with != 2:
                break
        return reply

    async def _data(self, message: bytes) -> Reply:
        """The reply to the message.

        We listen while we write: a relay that answers or goes away before the end of the message has not taken it.
        """
        self._stage = Stage.BODY
        async with asyncio.timeout(self._account.timeout):
            await self._write(message)
        if self._wire.spoke:
            reply = await self._wire.reply(self._account.timeout)
            self.close()
            return reply
        self._wire.write(b".\r\n")
        self._stage = Stage.END
        return await self._wire.reply(self._account.final_timeout)

    async def _write(self, message: bytes) -> None:
        """Returns when the system has it all, or once there is an answer already.

        In pieces: asyncio's TLS would take the whole at once, and after a loss it takes everything without a word.
        """
        for start in range(0, len(message), _PIECE):
            self._wire.write(message[start : start + _PIECE])
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
        self._wire.write(b".\r\n")
        return (await self._wire.reply(self._account.timeout)).begins_with == 5

    def close(self) -> None:
        self._wire.close()

    async def quit(self) -> None:
        """Says goodbye, so that the relay has closed its side before another connection is opened."""
        try:
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
