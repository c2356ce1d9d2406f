"""The anti-phishing code: a word that a reader chooses and that every mail to them shows, so that they know a fake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from publisher import transaction
from publisher.encryption import Encryption

SHORTEST, LONGEST = 4, 32
NONE = "-"
"""What stands in the mail of a reader who has not chosen one. Nobody can choose it."""

_CODE = re.compile(rf"[A-Za-z0-9]{{{SHORTEST},{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code as it is stored."""

    subscriber_id: int
    text: str = field(repr=False)


class CodeError(ValueError):
    """A code that cannot be one; the message says why, and does not repeat it."""


class Transaction(transaction.Transaction, Protocol):
    """The query about codes."""

    async def save_code(self, subscriber_id: int, stored: str | None, at: datetime) -> None:
        """`stored` is encrypted; None takes it away."""


def read_code(text: str) -> str:
    """The code; raises CodeError."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise CodeError(f"must be {SHORTEST} to {LONGEST} letters a-z, A-Z or digits, without blanks")
    return code


async def choose_code(
    tx: Transaction, encryption: Encryption, subscriber_id: int, code: str | None, at: datetime
) -> None:
    """The code that mails show from now on, as `read_code` returns it; None for none. Stored encrypted."""
    stored = encryption.encrypt(code, about(subscriber_id)) if code is not None else None
    await tx.save_code(subscriber_id, stored, at)


def shown(encryption: Encryption, code: StoredCode | None) -> str:
    """What the slot is filled with; raises CannotDecrypt."""
    return NONE if code is None else encryption.decrypt(code.text, about(code.subscriber_id))


def about(subscriber_id: int) -> str:
    """The place that an encrypted code is bound to."""
    return f"subscriber {subscriber_id}"
