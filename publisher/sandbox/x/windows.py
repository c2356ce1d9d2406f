"""Rate limits: requests in a window that opens with its first request, told in headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher.sandbox.world import XLimits

_QUARTER_HOUR, _DAY = 900, 86_400
POST, DELETE, READ, ME = "POST /2/tweets", "DELETE /2/tweets/:id", "GET /2/users/:id/tweets", "GET /2/users/me"
UPLOAD, METADATA = "POST /2/media/upload", "POST /2/media/metadata"
_HEADERS: Mapping[str, str] = {"": "x-rate-limit", "user": "x-user-limit-24hour", "app": "x-app-limit-24hour"}


@dataclass(slots=True)
class Window:
    """`used` of `limit` requests before `reset` (Unix seconds)."""

    limit: int
    seconds: int
    used: int = 0
    reset: int = 0

    def roll(self, now: int) -> None:
        """Opens a new window when the old one is over."""
        if now >= self.reset:
            self.used, self.reset = 0, now + self.seconds

    @property
    def full(self) -> bool:
        return self.used >= self.limit

    def headers(self, prefix: str) -> dict[str, str]:
        values = {"limit": self.limit, "remaining": max(0, self.limit - self.used), "reset": self.reset}
        return {f"{prefix}-{name}": str(value) for name, value in values.items()}


class Windows:
    """Every window of the API."""

    def __init__(self, limits: XLimits) -> None:
        self._limits = limits
        self._open: dict[tuple[str, str, str], Window] = {}

    def enter(self, account_id: str, operation: str, now: datetime) -> tuple[bool, dict[str, str]]:
        """Counts a request unless a window is full; whether it may go on, and the headers of its answer."""
        windows = self._windows(account_id, operation)
        for window in windows.values():
            window.roll(int(now.timestamp()))
        passes = not any(window.full for window in windows.values())
        for window in windows.values() if passes else ():
            window.used += 1
        return passes, _all_headers(windows)

    def exhausted(self, account_id: str, operation: str, now: datetime, seconds: float) -> dict[str, str]:
        """The headers of a 429 on request: nothing left for `seconds`."""
        window = self._windows(account_id, operation)[""]
        return Window(window.limit, window.seconds, window.limit, int(now.timestamp() + seconds)).headers(
            "x-rate-limit"
        )

    def _windows(self, account_id: str, operation: str) -> dict[str, Window]:
        limits = self._limits
        per_user = {POST: limits.posts, DELETE: limits.deletes, UPLOAD: limits.media, METADATA: limits.media}.get(
            operation, limits.reads
        )
        found = {"": self._window(operation, "", account_id, per_user, _QUARTER_HOUR)}
        if operation == POST:
            found["user"] = self._window(operation, "user", account_id, limits.user_day, _DAY)
            found["app"] = self._window(operation, "app", "", limits.app_day, _DAY)
        return found

    def _window(self, operation: str, scope: str, owner: str, limit: int, seconds: int) -> Window:
        return self._open.setdefault((operation, scope, owner), Window(limit, seconds))


def _all_headers(windows: Mapping[str, Window]) -> dict[str, str]:
    found: dict[str, str] = {}
    for scope, window in windows.items():
        found |= window.headers(_HEADERS[scope])
    return found
