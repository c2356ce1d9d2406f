"""Signed-in staff: a random id in a cookie, kept in memory of this process only."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LIFETIME = 8 * 60 * 60.0
"""Seconds a session lives, whatever is done in it."""
COOKIE = "publisher_session"


@dataclass
class Sessions:
    """Session id -> hash of the personal token it was opened with, so that it ends with the token's rights.

    Only hashes of the ids are kept: a memory dump signs nobody in.
    """

    monotonic: Callable[[], float] = time.monotonic
    _open: dict[bytes, tuple[bytes, float]] = field(default_factory=dict)

    def start(self, token_hash: bytes) -> str:
        """A new session's id."""
        now = self.monotonic()
        self._open = {key: value for key, value in self._open.items() if value[1] > now}
        session = secrets.token_urlsafe(32)
        self._open[_key(session)] = (token_hash, now + LIFETIME)
        return session

    def token_hash(self, session: str | None) -> bytes | None:
        """Of whom is signed in with this id; None for nobody or no longer."""
        token_hash, until = self._open.get(_key(session or ""), (None, 0.0))
        return token_hash if until > self.monotonic() else None

    def end(self, session: str | None) -> None:
        self._open.pop(_key(session or ""), None)


def _key(session: str) -> bytes:
    return hashlib.sha256(session.encode()).digest()
