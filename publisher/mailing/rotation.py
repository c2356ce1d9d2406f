"""Encrypts anew, with the first key, what an older one encrypted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from publisher import transaction
from publisher.encryption import CannotDecrypt, Encryption
from publisher.transaction import Begin

PIECE = 500
"""Texts per transaction: short enough that a mailing beside it does not wait."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An encrypted text in its row."""

    id: int
    about: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of it."""

    total: int
    """Texts that are stored encrypted."""
    renewed: int
    unreadable: Sequence[str]
    """Why each of those cannot be read, whose key is not among ours: they stay as they are."""


class Transaction(transaction.Transaction, Protocol):
    """The queries about encrypted texts."""

    async def encrypted(self) -> Mapping[str, int]:
        """What is stored encrypted -> how many texts."""

    async def encrypted_otherwise(self, what: str, prefix: str, after: int, limit: int) -> Sequence[Stored]:
        """Those that do not begin with `prefix`, by row id."""

    async def replace_encrypted(self, what: str, before: Stored, text: str) -> bool:
        """False when it is not what it was before."""


async def rotate(
    begin: Begin[Transaction], encryption: Encryption, on_progress: Callable[[int], None] = lambda renewed: None
) -> Rotated:
    """Piece by piece; interrupted, it is simply repeated. Mailings and pages go on meanwhile."""
    async with begin() as tx:
        counted = await tx.encrypted()
    renewed, unreadable = 0, []
    for what in counted:
        last = 0
        while True:
            async with begin() as tx:
                piece = await tx.encrypted_otherwise(what, encryption.prefix, last, PIECE)
                for stored in piece:
                    try:
                        text = encryption.encrypt(encryption.decrypt(stored.text, stored.about), stored.about)
                    except CannotDecrypt as error:
                        unreadable.append(str(error))
                    else:
                        renewed += await tx.replace_encrypted(what, stored, text)
            if not piece:
                break
            last = piece[-1].id
            on_progress(renewed)
    return Rotated(sum(counted.values()), renewed, unreadable)
