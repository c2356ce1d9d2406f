"""Signatures of Standard Webhooks 1.0.0, symmetric (`v1`): HMAC-SHA256 over `id.timestamp.body`.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
_LEAST, _MOST = 24, 64


def keys(secrets: str) -> tuple[bytes, ...]:
    """The keys in `secrets`, separated by white space; raises ValueError, which repeats none of them."""
    found = tuple(_key(secret) for secret in secrets.split())
    if not found:
        raise ValueError("there is no secret")
    return found


def signatures(keys: Sequence[bytes], message_id: str, timestamp: str, body: bytes) -> str:
    """The header `webhook-signature`: one signature per key, so that a receiver may know any of them."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not _LEAST <= len(key) <= _MOST:
        raise ValueError(f"not a secret; write {PREFIX} and the base64 of {_LEAST} to {_MOST} random bytes")
    return key
