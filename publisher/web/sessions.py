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
    """Session id -> person; only hashes of the ids are kept, so that a memory dump signs nobody in."""

    monotonic: Callable[[], float] = time.monotonic
    _open: dict[bytes, tuple[str, float]] = field(default_factory=dict)

    def start(self, person: str) -> str:
        """A new session's id."""
        now = self.monotonic()
        self._open = {key: value for key, value in self._open.items() if value[1] > now}
        session = secrets.token_urlsafe(32)
        self._open[_key(session)] = (person, now + LIFETIME)
        return session

    def person(self, session: str | None) -> str | None:
        """Who is signed in with this id; None for nobody or no longer."""
        person, until = self._open.get(_key(session or ""), ("", 0.0))
        return person if until > self.monotonic() else None

    def end(self, session: str | None) -> None:
        self._open.pop(_key(session or ""), None)


def _key(session: str) -> bytes:
    return hashlib.sha256(session.encode()).digest()
