"""Rate limits: calls to one channel in five seconds, all calls in a second; told in headers."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime

from publisher.sandbox.world import DiscordServer

_BUCKET_SECONDS, _GLOBAL_SECONDS = 5.0, 1.0


class Limited(Exception):
    """Too many requests; `seconds` until the next, `everywhere` when all of the bot's calls must wait."""

    def __init__(self, seconds: float, *, everywhere: bool = False) -> None:
        super().__init__(seconds)
        self.seconds, self.everywhere = seconds, everywhere


class Limits:
    """Counts what passes; times are the injected clock's."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._buckets: dict[str, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()

    def enter(self, bucket: str, now: datetime) -> Mapping[str, str]:
        """Counts a call; the headers of its answer. Raises Limited."""
        moment = now.timestamp()
        if wait := _room(self._all, self._server.per_second, _GLOBAL_SECONDS, moment):
            raise Limited(wait, everywhere=True)
        calls = self._buckets[bucket]
        if wait := _room(calls, self._server.per_channel, _BUCKET_SECONDS, moment):
            raise Limited(wait)
        calls.append(moment)
        self._all.append(moment)
        return {
            "X-RateLimit-Limit": str(self._server.per_channel),
            "X-RateLimit-Remaining": str(self._server.per_channel - len(calls)),
            "X-RateLimit-Reset-After": f"{calls[0] + _BUCKET_SECONDS - moment:.3f}",
            "X-RateLimit-Bucket": "sandbox",
        }


def _room(times: deque[float], maximum: int, window: float, moment: float) -> float:
    while times and times[0] <= moment - window:
        times.popleft()
    return 0.0 if len(times) < maximum else times[-maximum] + window - moment
