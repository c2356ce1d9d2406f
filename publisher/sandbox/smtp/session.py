"""What a relay answers (RFC 5321), command by command."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from publisher.sandbox.arrivals import Arrivals
from publisher.sandbox.faults import Channel, Effect, Fault, Faults, Strike
from publisher.sandbox.smtp import auth
from publisher.sandbox.smtp.wire import Gone, LineTooLong, Wire
from publisher.sandbox.world import Relay

_PATH = re.compile(r"<([^<>\s]*)>((?: [^ ]+)*) *")
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|postmaster", re.ASCII | re.I)
_LONGEST_LINE = 998
"""Octets without CRLF: RFC 5321 section 4.5.3.1.6."""
_INTERNATIONAL = frozenset({b"MAIL", b"RCPT"})
_NOT_ASCII = (553, "5.6.7 Such an address needs SMTPUTF8")
"""RFC 6531 section 3.5."""
_FAULT_TEXT: Mapping[int, str] = {
    421: "4.3.2 Service not available, closing transmission channel",
    450: "4.2.0 Mailbox busy, try again later",
    451: "4.3.0 Local error in processing",
    452: "4.3.1 Insufficient system storage",
    550: "5.1.1 Mailbox unavailable",
    552: "5.2.2 Mailbox full",
    554: "5.7.1 Refused by policy",
}


@dataclass(slots=True)
class Envelope:
    """A mail transaction: MAIL opens it, RCPT fills it."""

    sender: str
    recipients: list[str] = field(default_factory=list)
    refused: int = 0
    international: bool = False
    """Whether addresses and header may be UTF-8 (RFC 6531)."""


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions of a relay share."""

    relay: Relay
    faults: Faults
    arrivals: Arrivals
    tls: ssl.SSLContext | None


class Session:
    """One client, from the greeting to its end."""

    def __init__(self, wire: Wire, house: House) -> None:
        self._wire, self._house = wire, house
        self._greeted = self._secure = self._known = False
        self._envelope: Envelope | None = None
        self._commands: Mapping[bytes, Callable[[str], Awaitable[None]]] = {
            b"EHLO": self._ehlo, b"HELO": self._helo, b"MAIL": self._mail, b"RCPT": self._rcpt, b"DATA": self._data,
            b"RSET": self._rset, b"NOOP": self._noop, b"VRFY": self._vrfy, b"QUIT": self._quit,
            b"STARTTLS": self._starttls, b"AUTH": self._auth,
        }  # fmt: skip

    async def run(self) -> None:
        """Serves until the client leaves, idles too long, or a fault ends it."""
        try:
            if await self._goes_well("connect", ""):
                self._say(220, f"{self._house.relay.name} ESMTP sandbox: nothing leaves this machine")
            while True:
                await self._next()
        except Gone:
            self._wire.close()
        except TimeoutError:
            self._say(421, "4.4.2 Idle for too long, closing transmission channel")
            self._wire.close()

    async def _next(self) -> None:
        try:
            line = await self._wire.line()
        except LineTooLong:
            self._say(500, "5.5.2 Line too long")
            return
        verb, _, rest = line.partition(b" ")
        command = self._commands.get(verb.upper())
        if command is None:
            self._say(500, "5.5.2 Command unrecognised")
        elif (text := _text(rest)) is None or not (text.isascii() or verb.upper() in _INTERNATIONAL):
            self._say(501, "5.5.4 Only ASCII here")
        else:
            await command(text)

    # greeting

    async def _ehlo(self, name: str) -> None:
        if not self._greets(name):
            return
        offers = [self._house.relay.name, "PIPELINING", f"SIZE {self._house.relay.max_bytes}", "8BITMIME", "SMTPUTF8"]
        offers += ["ENHANCEDSTATUSCODES", *self._more_offers()]
        lines = [f"250{'-' if offer != offers[-1] else ' '}{offer}\r\n" for offer in offers]
        self._wire.say("".join(lines).encode())

    def _more_offers(self) -> list[str]:
        tls = ["STARTTLS"] if self._house.tls is not None and not self._secure else []
        return tls + (["AUTH PLAIN LOGIN"] if self._house.relay.credentials else [])

    async def _helo(self, name: str) -> None:
        if self._greets(name):
            self._say(250, self._house.relay.name)

    def _greets(self, name: str) -> bool:
        if not name.strip():
            self._say(501, "5.5.4 Say who you are: EHLO host.example.com")
            return False
        self._greeted, self._envelope = True, None
        return True

    async def _starttls(self, rest: str) -> None:
        if self._house.tls is None or self._secure:
            return self._say(503 if self._secure else 502, "5.5.1 TLS is not available now")
        self._say(220, "2.0.0 Ready to start TLS")
        await self._wire.start_tls(self._house.tls)
        self._secure, self._greeted, self._envelope = True, False, None
        return None

    async def _auth(self, rest: str) -> None:
        credentials = self._house.relay.credentials
        if not credentials or self._known or not self._greeted:
            return self._say(503, "5.5.1 AUTH is not available now")
        code, text = await auth.ask(self._wire, credentials, rest)
        self._known = code == auth.WELCOME
        return self._say(code, text)

    # transaction

    async def _mail(self, rest: str) -> None:
        path = _path("FROM:", rest)
        if path is None or (path[0] and not _ADDRESS.fullmatch(path[0])):
            return self._say(501, "5.1.7 Syntax: MAIL FROM:<address>")
        if (refusal := self._refuses_mail(path[1])) is not None:
            return self._say(*refusal)
        if not path[0].isascii() and "SMTPUTF8" not in path[1]:
            return self._say(*_NOT_ASCII)
        if await self._goes_well("mail", path[0]):
            self._envelope = Envelope(path[0], international="SMTPUTF8" in path[1])
            self._say(250, "2.1.0 Ok")
        return None

    def _refuses_mail(self, options: Mapping[str, str]) -> tuple[int, str] | None:
        relay = self._house.relay
        if not self._greeted:
            return 503, "5.5.1 Send EHLO first"
        if self._envelope is not None:
            return 503, "5.5.1 Nested MAIL command"
        if relay.require_tls and not self._secure:
            return 530, "5.7.0 Must issue a STARTTLS command first"
        if relay.credentials and not self._known:
            return 530, "5.7.0 Authentication required"
        unknown = [name for name in options if name not in ("SIZE", "BODY", "AUTH", "SMTPUTF8")]
        if unknown or options.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            return 555, f"5.5.4 Unsupported option {(unknown or ['BODY'])[0]}"
        if int(options.get("SIZE", "0") if options.get("SIZE", "0").isdecimal() else "0") > relay.max_bytes:
            return 552, f"5.3.4 Message size exceeds the limit of {relay.max_bytes} bytes"
        return None

    async def _rcpt(self, rest: str) -> None:
        path = _path("TO:", rest)
        if self._envelope is None:
            return self._say(503, "5.5.1 Need MAIL before RCPT")
        if path is None or not _ADDRESS.fullmatch(path[0]):
            self._envelope.refused += 1
            return self._say(501, "5.1.3 Syntax: RCPT TO:<address>")
        if path[1]:
            return self._say(555, f"5.5.4 Unsupported option {next(iter(path[1]))}")
        if not (path[0].isascii() or self._envelope.international):
            self._envelope.refused += 1
            return self._say(*_NOT_ASCII)
        if len(self._envelope.recipients) >= self._house.relay.max_recipients:
            return self._say(452, "4.5.3 Too many recipients")
        if not await self._goes_well("rcpt", path[0]):
            self._envelope.refused += 1
            return None
        self._envelope.recipients.append(path[0])
        return self._say(250, "2.1.5 Ok")

    async def _data(self, rest: str) -> None:
        envelope = self._envelope
        if envelope is None:
            return self._say(503, "5.5.1 Need MAIL and RCPT before DATA")
        if not envelope.recipients:
            # The transaction stays open, as with Postfix: a pipelining client answers with RSET.
            return self._say(*((554, "5.5.1 No valid recipients") if envelope.refused else (503, "5.5.1 Need RCPT")))
        if not await self._goes_well("data", *envelope.recipients):
            return None
        self._say(354, "End data with <CR><LF>.<CR><LF>")
        self._envelope = None
        await self._receive(envelope)
        return None

    async def _receive(self, envelope: Envelope) -> None:
        if (strike := self._strike("body", *envelope.recipients)).end is not None:
            await self._wire.first_bytes()
        if not await self._survives(strike):
            return None
        raw = await self._wire.body(self._house.relay.max_bytes)
        if (refusal := self._refuses(raw)) is not None:
            return self._say(*refusal)
        assert raw is not None
        strike = self._strike("dot", *envelope.recipients)
        if strike.loses_answer:
            self._keep(envelope, raw, answered=False)
        if await self._survives(strike):
            self._say(250, f"2.0.0 Ok: queued as {self._keep(envelope, raw, answered=True)}")
        return None

    def _refuses(self, raw: bytes | None) -> tuple[int, str] | None:
        if raw is None:
            return 552, f"5.3.4 Message size exceeds the limit of {self._house.relay.max_bytes} bytes"
        if raw.count(b"\n") != (lines := raw.count(b"\r\n")) or raw.count(b"\r") != lines:
            return 550, "5.5.2 Bare <CR> or <LF> received; lines end with <CR><LF>"
        if len(raw) > _LONGEST_LINE and max(map(len, raw.split(b"\r\n"))) > _LONGEST_LINE:
            return 554, f"5.6.0 A line is longer than {_LONGEST_LINE} octets"
        return None

    def _keep(self, envelope: Envelope, raw: bytes, *, answered: bool) -> int:
        parameters = {"sender": envelope.sender, "recipients": envelope.recipients}
        target = ", ".join(envelope.recipients)
        return self._house.arrivals.record(Channel.EMAIL, target, "mail", raw, parameters, answered=answered).number

    # the rest

    async def _rset(self, rest: str) -> None:
        self._envelope = None
        self._say(250, "2.0.0 Ok")

    async def _noop(self, rest: str) -> None:
        self._say(250, "2.0.0 Ok")

    async def _vrfy(self, rest: str) -> None:
        self._say(252, "2.0.0 Send some mail, I will try my best")

    async def _quit(self, rest: str) -> None:
        self._say(221, "2.0.0 Bye")
        raise Gone

    # faults

    def _strike(self, stage: str, *targets: str) -> Strike:
        return self._house.faults.strike(Channel.EMAIL, stage, targets)

    async def _goes_well(self, stage: str, *targets: str) -> bool:
        return await self._survives(self._strike(stage, *targets))

    async def _survives(self, strike: Strike) -> bool:
        """Lets a fault do its work; False when it answered in our place. Raises Gone when it ended the connection."""
        if strike.delay:
            self._wire.flush()
            await asyncio.sleep(strike.delay)
        if strike.end is None:
            return True
        match strike.end.effect:
            case Effect.DROP | Effect.LOSE_ANSWER:
                self._wire.flush()
                self._wire.cut()
                raise Gone
            case Effect.HANG:
                await self._wire.over()
                raise Gone
        self._refuse_as(strike.end)
        return False

    def _refuse_as(self, fault: Fault) -> None:
        code = {Effect.THROTTLE: 421, Effect.GREYLIST: 450}.get(fault.effect, fault.code)
        self._say(code, _FAULT_TEXT.get(code, f"{code // 100}.0.0 Refused on request"))
        if code == 421:
            raise Gone

    def _say(self, code: int, text: str) -> None:
        if code >= 400:
            self._house.arrivals.refuse(Channel.EMAIL, code)
        self._wire.say(f"{code} {text}\r\n".encode())


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _path(keyword: str, rest: str) -> tuple[str, Mapping[str, str]] | None:
    """Address and ESMTP options of `FROM:<a@example.com> SIZE=1`; None for anything else."""
    if rest[: len(keyword)].upper() != keyword:
        return None
    found = _PATH.fullmatch(rest[len(keyword) :].lstrip())
    if found is None:
        return None
    options = (option.partition("=") for option in found[2].split())
    return found[1], {name.upper(): value for name, _, value in options}
