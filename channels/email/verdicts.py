"""What came of a message: replies of the relay and exceptions of aiosmtplib -> Outcome.

Only a loss after the whole message was written is Unconfirmed; whatever happens before is certainly not sent, because
a server must not deliver a message whose end it has not seen (RFC 5321 section 4.1.1.4, RFC 1047).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Literal

import aiosmtplib

from publisher.channel import Outcome, Rejected, Retry, Unconfirmed


class Stage(StrEnum):
    """How far a message had come."""

    CONNECT = "connecting to the relay"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    DATA = "offering the message"
    BODY = "writing the message"
    END = "waiting for the answer to the whole message"


class Nature(Enum):
    """What an exception says."""

    ANSWER = "the relay answered with a code"
    LOSS = "no answer came"
    REFUSAL = "nothing was written"


NATURES: Mapping[type[Exception], Nature] = {
    aiosmtplib.SMTPAuthenticationError: Nature.ANSWER,
    aiosmtplib.SMTPConnectResponseError: Nature.ANSWER,
    aiosmtplib.SMTPDataError: Nature.ANSWER,
    aiosmtplib.SMTPHeloError: Nature.ANSWER,
    aiosmtplib.SMTPRecipientRefused: Nature.ANSWER,
    aiosmtplib.SMTPSenderRefused: Nature.ANSWER,
    aiosmtplib.SMTPResponseException: Nature.ANSWER,
    aiosmtplib.SMTPConnectError: Nature.LOSS,
    aiosmtplib.SMTPConnectTimeoutError: Nature.LOSS,
    aiosmtplib.SMTPReadTimeoutError: Nature.LOSS,
    aiosmtplib.SMTPServerDisconnected: Nature.LOSS,
    aiosmtplib.SMTPTimeoutError: Nature.LOSS,
    aiosmtplib.SMTPException: Nature.LOSS,  # raised as such where STARTTLS or AUTH is not offered
    aiosmtplib.SMTPNotSupported: Nature.REFUSAL,
    aiosmtplib.SMTPRecipientsRefused: Nature.REFUSAL,
    OSError: Nature.LOSS,  # resets, and certificates that do not verify
    TimeoutError: Nature.LOSS,
    ValueError: Nature.REFUSAL,  # an address that cannot stand on a command line
}
"""Every public exception of aiosmtplib, and what else escapes from it; the most specific class decides."""

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_DEAD_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
"""RFC 3463 sections 3.2, 3.3 and RFC 7505: no such mailbox or domain, moved, disabled."""
_CREDENTIALS = frozenset({530, 534, 535, 538})
"""RFC 4954 section 6: the relay wants us to log in, or to encrypt, first."""
_WORDS = 200


def verdict(error: Exception, stage: Stage) -> Outcome:
    """The outcome of an exception at `stage`; one that is not the wire's or the relay's doing is raised again."""
    nature = next((NATURES[cls] for cls in type(error).__mro__ if cls in NATURES), None)
    if nature is None:
        raise error
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return refusal(error.code, error.message, stage)
    reason = _reason(stage, str(error) or type(error).__name__)
    if nature is Nature.REFUSAL:
        return Rejected(reason)
    if stage is Stage.END:
        return Unconfirmed(reason)
    return Retry(reason, scope="account" if stage in (Stage.CONNECT, Stage.SENDER) else "target")


def refusal(code: int, text: str, stage: Stage) -> Outcome:
    """The outcome of a reply that is not the expected one; `text` may begin with an enhanced code (RFC 3463)."""
    reason = _reason(stage, f"{code} {text}")
    found = _ENHANCED.match(text)
    detail = f"{found[2]}.{found[3]}" if found and found[1] == str(code)[:1] else ""
    if stage is Stage.CONNECT:
        return Retry(reason, scope="account")
    if 400 <= code < 500:
        return Retry(reason, scope=_who_waits(code, detail, stage))
    if 500 <= code < 600:
        return _permanent(code, detail, stage, reason)
    return Unconfirmed(reason) if stage is Stage.END else Retry(reason)


def _who_waits(code: int, detail: str, stage: Stage) -> Literal["target", "domain", "account"]:
    """421: the relay closes. 454: its encryption or log-in fails. x.3: its system is full or down (RFC 3463).

    What remains is about whoever takes this reader's mail, unless it names the mailbox: x.7 is their policy on how
    much they take from us, x.4 and x.1.2 say that they cannot be reached, and a bare 450, 451 or 452 says "not now".
    """
    if code in (421, 454) or stage is Stage.SENDER or detail.startswith("3."):
        return "account"
    mailbox = detail != "1.2" and detail.startswith(("1.", "2."))
    return "target" if mailbox or detail.startswith(("5.", "6.")) else "domain"


def _permanent(code: int, detail: str, stage: Stage, reason: str) -> Outcome:
    """A 5yz reply. Policy (x.7) and the relay's system (x.3) are about us: they never disable a reader's address."""
    if code == 552 and stage is Stage.RECIPIENT and not detail.startswith("3."):
        return Retry(reason)  # RFC 5321 section 4.5.3.1.10: to be read as 452
    too_large = code == 552 or detail == "3.4"
    if code in _CREDENTIALS or (stage is Stage.SENDER and not too_large):
        return Retry(reason, scope="account")
    return Rejected(reason, disable_target=stage is not Stage.SENDER and detail in _DEAD_ADDRESS)


def _reason(stage: Stage, said: str) -> str:
    return f"{stage}: {' '.join(said.split())[:_WORDS]}"
