"""A composed message, split once per edition and joined per reader."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from channels.email.mime.quoted_printable import encode
from publisher.channel import SLOT_MARKER, SLOTS, Slots, slot, slot_value

SHARED = ("reference", "url", "published_at", "postponed_to", *(name for name in SLOTS if name.startswith("event.")))
"""Slots that hold the same value in every message of an edition."""
_SIGNATURE = f"DKIM-Signature: {slot('dkim')}\r\n"
_LINE_BYTES = 998  # RFC 5322 section 2.1.1


class MalformedTemplateError(ValueError):
    """Not a message that `MailComposer.compose` made."""


class Signs(Protocol):
    def sign(self, header: bytes, body_sha256: bytes) -> str:
        """The value of DKIM-Signature."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Constant text and slot names in turn, beginning and ending with constant text."""

    constants: Sequence[bytes]
    names: Sequence[str]
    write: Callable[[str], bytes]
    distinct: Sequence[str]
    """The names once each: a link that stands in both texts is checked and written once."""

    @classmethod
    def split(cls, text: str, write: Callable[[str], bytes]) -> Pieces:
        pieces = SLOT_MARKER.split(text)
        return cls._of([piece.encode("ascii") for piece in pieces[::2]], pieces[1::2], write)

    @classmethod
    def _of(cls, constants: Sequence[bytes], names: Sequence[str], write: Callable[[str], bytes]) -> Pieces:
        return cls(constants, names, write, tuple(dict.fromkeys(names)))

    def with_shared(self, slots: Slots) -> Pieces:
        """The same with the slots of the edition filled: fewer pieces to join per reader."""
        constants, names = [self.constants[0]], []
        for name, after in zip(self.names, self.constants[1:], strict=True):
            if name in SHARED:
                constants[-1] += self.write(slot_value(name, slots)) + after
            else:
                names.append(name)
                constants.append(after)
        return self._of(constants, names, self.write)

    def after_first(self, slots: Slots) -> bytes:
        """Everything after the first constant piece."""
        written = {name: self.write(slot_value(name, slots)) for name in self.distinct}
        filled = [b""] * (2 * len(self.names))
        filled[::2] = [written[name] for name in self.names]
        filled[1::2] = self.constants[1:]
        return b"".join(filled)


@dataclass(frozen=True, slots=True)
class _Edition:
    """A template with the slots filled that all its messages share."""

    shared: Slots
    header: Pieces
    body: Pieces
    hashed: hashlib._Hash
    """SHA-256 of the body's constant beginning; each message continues a copy."""


class Template:
    """A frozen message whose slots can be filled quickly. Raises MalformedTemplateError for any other text."""

    def __init__(self, message: str) -> None:
        _verify(message)
        header, _, body = message.partition("\r\n\r\n")
        self.signed = header.startswith(_SIGNATURE)
        self._header = Pieces.split(header.removeprefix(_SIGNATURE) + "\r\n", _raw)
        self._body = Pieces.split(body, _quoted_printable)
        self._shared = [name for name in SHARED if name in {*self._header.distinct, *self._body.distinct}]
        self._latest: _Edition | None = None

    def fill(self, slots: Slots, signer: Signs | None = None) -> bytes:
        """The message for one reader, signed when the template asks for it; raises SlotError. Safe in any thread."""
        edition = self._edition(slots)
        header = edition.header.constants[0] + edition.header.after_first(slots)
        rest = edition.body.after_first(slots)
        signature = b""
        if self.signed:
            if signer is None:
                raise ValueError("a message that asks for a signature needs a signer")
            body_hash = edition.hashed.copy()
            body_hash.update(rest)
            signature = f"DKIM-Signature: {signer.sign(header, body_hash.digest())}\r\n".encode("ascii")
        return b"".join((signature, header, b"\r\n", edition.body.constants[0], rest))

    def _edition(self, slots: Slots) -> _Edition:
        shared = {name: slots[name] for name in self._shared if name in slots}
        edition = self._latest
        if edition is None or edition.shared != shared:
            body = self._body.with_shared(slots)
            hashed = hashlib.sha256(body.constants[0])
            edition = self._latest = _Edition(shared, self._header.with_shared(slots), body, hashed)
        return edition


def _raw(value: str) -> bytes:
    return value.encode()  # an international address stands in its header as it is: RFC 6532 section 3.2


def _quoted_printable(value: str) -> bytes:
    return encode(value).encode("ascii")


def _verify(message: str) -> None:
    """What lets a filled template go over the wire as it is: no dot-stuffing, no encoding, no folding."""
    unknown = set(SLOT_MARKER.findall(message)) - SLOTS.keys()
    if unknown:
        raise MalformedTemplateError(f"unknown slots {', '.join(sorted(unknown))}")
    longest = SLOT_MARKER.sub(lambda found: "x" * SLOTS[found[1]].max_bytes, message.replace(_SIGNATURE, "", 1))
    if not longest.isascii() or "\0" in longest:
        raise MalformedTemplateError("it holds something else than ASCII text")
    if re.search(r"(?<!\r)\n|\r(?!\n)", message) or not message.endswith("\r\n") or "\r\n\r\n" not in message:
        raise MalformedTemplateError("its lines do not end with CRLF, or it has no body")
    for number, line in enumerate(longest.split("\r\n"), 1):
        if line.startswith(".") or len(line) > _LINE_BYTES:
            raise MalformedTemplateError(f"line {number} starts with a dot or is longer than {_LINE_BYTES} bytes")
