"""AUTH PLAIN (RFC 4616) and AUTH LOGIN, each with or without an initial response (RFC 4954)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from publisher.sandbox.smtp.wire import Wire

WELCOME = 235


async def ask(wire: Wire, credentials: Mapping[str, str], rest: str) -> tuple[int, str]:
    """Asks the client for what `AUTH <rest>` still lacks; the reply to its answer. Raises Gone, LineTooLong."""
    mechanism, _, initial = rest.partition(" ")
    try:
        name, password = await _answers(wire, mechanism.upper(), initial)
    except KeyError:
        return 504, "5.5.4 Use AUTH PLAIN or AUTH LOGIN"
    except ValueError:
        return 501, "5.5.2 That was not base64 of a name and a password"
    expected = credentials.get(name, "")
    if expected and hmac.compare_digest(expected.encode(), password.encode()):
        return WELCOME, "2.7.0 Authentication successful"
    return 535, "5.7.8 Authentication credentials invalid"


async def _answers(wire: Wire, mechanism: str, initial: str) -> tuple[str, str]:
    if mechanism == "PLAIN":
        _, name, password = _decoded(initial or await _challenge(wire, "")).split("\0")
        return name, password
    if mechanism == "LOGIN":
        name = _decoded(initial or await _challenge(wire, "Username:"))
        return name, _decoded(await _challenge(wire, "Password:"))
    raise KeyError(mechanism)


async def _challenge(wire: Wire, text: str) -> str:
    wire.say(f"334 {base64.b64encode(text.encode()).decode()}\r\n".encode())
    return (await wire.line()).decode("ascii", "replace")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except binascii.Error as error:
        raise ValueError(text) from error
