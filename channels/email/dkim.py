"""DKIM-Signature (RFC 6376): rsa-sha256, relaxed header, simple body.

The body is one we wrote ourselves with CRLF and one line break at its end, so simple canonicalisation leaves it as it
is. Fields are listed once more than they occur: nobody can add a second From or Subject to a signed message.
"""

from __future__ import annotations

import re
from base64 import b64encode
from textwrap import wrap
from typing import Self

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.email.options import Dkim

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "content-type",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
    "content-language",
)
"""RFC 8058 section 4 wants both unsubscribe fields among them."""
_OVERSIGNED = SIGNED[:11]
_KEY_BITS = range(2048, 4097)  # RFC 8301 section 3.2: what every verifier accepts
_FIELD = re.compile(rb"([^:\r\n]+):((?:[^\r]|\r\n[ \t])*)\r\n")


class DkimKeyError(ValueError):
    """A signing key that cannot be used; the message says what to do."""


class Signer:
    """Signs for one domain with one key."""

    def __init__(self, domain: str, selector: str, key: RSAPrivateKey) -> None:
        self._key = key
        self._start = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};\r\n h={_listed()};\r\n bh="

    @classmethod
    def load(cls, settings: Dkim) -> Self:
        """Raises DkimKeyError for a key that is not there, not PEM, not RSA or of an unfit size."""
        where = settings.private_key_file or "private_key"
        try:
            key = load_pem_private_key(_pem(settings), password=None)
        except (OSError, ValueError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a private key in PEM without password"
            raise DkimKeyError(f"DKIM key {where} of {settings.domain}: {reason}") from error
        if not isinstance(key, RSAPrivateKey) or key.key_size not in _KEY_BITS:
            raise DkimKeyError(
                f"DKIM key {where} of {settings.domain}: use RSA of 2048 to 4096 bits (openssl genrsa 2048)"
            )
        return cls(settings.domain, settings.selector, key)

    def sign(self, header: bytes, body_sha256: bytes) -> str:
        """The folded value of DKIM-Signature for `header` (CRLF, without this field) over a body of that digest."""
        start = f"{self._start}{b64encode(body_sha256).decode()}; b="
        signature_field = _relaxed(b"DKIM-Signature", start.encode()).removesuffix(b"\r\n")
        signed = self._key.sign(_canonical(header) + signature_field, PKCS1v15(), SHA256())
        return start + "\r\n ".join(["", *wrap(b64encode(signed).decode(), 74)])


def _listed() -> str:
    names = sorted((*SIGNED, *_OVERSIGNED), key=SIGNED.index)
    rows = wrap(": ".join(names), 72, break_on_hyphens=False)
    return "\r\n ".join(row.replace(" ", "") for row in rows)


def _pem(settings: Dkim) -> bytes:
    if settings.private_key is not None:
        return settings.private_key.get_secret_value().encode()
    assert settings.private_key_file is not None
    return settings.private_key_file.read_bytes()


def _canonical(header: bytes) -> bytes:
    """The signed fields in the order of `h=`; each occurs at most once in what the composer writes."""
    present = {found[1].lower(): _relaxed(found[1], found[2]) for found in _FIELD.finditer(header)}
    return b"".join(present.get(name.encode(), b"") for name in SIGNED)


def _relaxed(name: bytes, value: bytes) -> bytes:
    """RFC 6376 section 3.4.2."""
    return name.lower().strip() + b":" + b" ".join(value.split()) + b"\r\n"
