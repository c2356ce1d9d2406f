"""Base58 with and without a checksum: Bitcoin, TRON, Solana."""

from __future__ import annotations

import hashlib

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}


def decoded(text: str) -> bytes | None:
    """The bytes that `text` stands for; None when it holds a character that is not of the alphabet."""
    number = 0
    for char in text:
        if char not in _VALUES:
            return None
        number = number * 58 + _VALUES[char]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def checked(text: str) -> bytes | None:
    """The bytes before the checksum (four bytes of a double SHA-256); None when it is not right."""
    data = decoded(text)
    if data is None or len(data) < 5:
        return None
    payload, checksum = data[:-4], data[-4:]
    return payload if hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] == checksum else None
