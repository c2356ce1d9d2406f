"""What the database must not tell: encrypted where it is needed again, hashed where it is only recognised."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE = 12
_FORM = "e1"
"""How the rest of a stored text is to be read, should there ever be another way."""


class CannotDecrypt(ValueError):
    """Its key is not among ours, it belongs to something else, or it was changed."""


class Encryption:
    """AES-256-GCM (NIST SP 800-38D). The first key encrypts; the others decrypt what they encrypted before."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raises ValueError without a key, or for one that is not 32 bytes long."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"encryption needs one key or more, each of {KEY_BYTES} bytes")
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])

    def encrypt(self, text: str, about: str) -> str:
        """`e1.<name of the key>.<nonce, ciphertext and tag in base64url>`, which only opens for the same `about`.

        `about` names where it is stored, such as `subscriber 17`: a text moved to another row cannot be read there.
        """
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._ciphers[self._first].encrypt(nonce, text.encode(), about.encode())
        return f"{_FORM}.{self._first}.{base64.urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, stored: str, about: str) -> str:
        """Raises CannotDecrypt."""
        form, _, rest = stored.partition(".")
        name, _, encoded = rest.partition(".")
        if form != _FORM:
            raise CannotDecrypt(f"what is stored for {about} is not an encrypted text of ours")
        if name not in self._ciphers:
            raise CannotDecrypt(f"what is stored for {about} needs the data key {name}, which is not among the keys")
        try:
            sealed = base64.b64decode(encoded, altchars=b"-_", validate=True)
            return self._ciphers[name].decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise CannotDecrypt(f"what is stored for {about} was changed, or belongs to something else") from None

    @property
    def names(self) -> list[str]:
        """Of the keys, in their order."""
        return list(self._ciphers)

    @property
    def prefix(self) -> str:
        """How every text begins that the first key encrypted: whatever begins otherwise waits for a rotation."""
        return f"{_FORM}.{self._first}."


class Hashing:
    """Recognises a text again without keeping it. Its key is never changed: what was hashed cannot be hashed anew."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is not 32 bytes long."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"hashing needs a key of {KEY_BYTES} bytes")
        self._key = key

    def of(self, text: str, purpose: str) -> str:
        """64 hex digits (keyed BLAKE2b, RFC 7693); the same text has another hash for another purpose."""
        return hashlib.blake2b(f"{purpose}\0{text}".encode(), key=self._key, digest_size=32).hexdigest()


def _name(key: bytes) -> str:
    """Eight hex digits by which a key is told from the others, and which tell nothing about it."""
    return hashlib.blake2b(key, digest_size=4, person=b"data key").hexdigest()
