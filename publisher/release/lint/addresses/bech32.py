"""Bech32 (BIP 173), Bech32m (BIP 350) and the addresses of SegWit that are made with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


class Encoding(IntEnum):
    """What the checksum of a right string comes out as."""

    BECH32 = 1
    BECH32M = 0x2BC830A3


@dataclass(frozen=True, slots=True)
class Decoded:
    """`values` are numbers of five bits, without the checksum."""

    prefix: str
    values: Sequence[int]
    encoding: Encoding


def decode(text: str, longest: int = 90) -> Decoded | None:
    """None for mixed case, a foreign character, a wrong length or a wrong checksum. BIP 173 allows 90 characters."""
    lower = text.lower()
    prefix, separator, data = lower.rpartition("1")
    if text not in (lower, text.upper()) or not separator or not prefix or len(text) > longest:
        return None
    if len(data) < _CHECKSUM or any(char not in _VALUES for char in data) or not all(33 <= ord(c) <= 126 for c in text):
        return None
    values = [_VALUES[char] for char in data]
    checksum = _polymod([*_expanded(prefix), *values])
    known = next((encoding for encoding in Encoding if encoding == checksum), None)
    return Decoded(prefix, values[:-_CHECKSUM], known) if known is not None else None


def is_segwit(text: str, prefix: str) -> bool:
    """True for an address of a witness program: version 0 in Bech32, all later ones in Bech32m (BIP 350)."""
    decoded = decode(text)
    if decoded is None or decoded.prefix != prefix or not decoded.values or decoded.values[0] > 16:
        return False
    version, program = decoded.values[0], _bytes(decoded.values[1:])
    right = Encoding.BECH32 if version == 0 else Encoding.BECH32M
    if program is None or decoded.encoding is not right:
        return False
    return len(program) in (20, 32) if version == 0 else 2 <= len(program) <= 40


def _expanded(prefix: str) -> Sequence[int]:
    return [*(ord(char) >> 5 for char in prefix), 0, *(ord(char) & 31 for char in prefix)]


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            checksum ^= term if top >> bit & 1 else 0
    return checksum


def _bytes(values: Sequence[int]) -> bytes | None:
    """Groups of five bits as bytes; None when more than four bits or anything but zeros would be left over."""
    number = 0
    for value in values:
        number = number << 5 | value
    rest = len(values) * 5 % 8
    if rest > 4 or number & ((1 << rest) - 1):
        return None
    return (number >> rest).to_bytes(len(values) * 5 // 8, "big")
