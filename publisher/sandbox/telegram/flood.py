"""Telegram's flood limits: one message a second and chat (in bursts), twenty a minute and group, thirty a second."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from datetime import datetime
from typing import TypeAlias

from publisher.sandbox.world import Flood

_Bucket: TypeAlias = "tuple[float, float]"
"""Messages left, and the second in which that was true."""


class FloodGate:
    """Counts what passes; times are the injected clock's."""

    def __init__(self, limits: Flood) -> None:
        self._limits = limits
        self._buckets: dict[int, _Bucket] = {}
        self._minutes: dict[int, deque[float]] = defaultdict(deque)
        self._second: deque[float] = deque()

    def wait(self, chat_id: int, is_private: bool, now: datetime) -> int:
        """0 and counted, or the seconds (rounded up) to wait before the next try; a refused try does not count."""
        moment = now.timestamp()
        group = 0.0 if is_private else _room(self._minutes[chat_id], self._limits.per_group_per_minute, 60, moment)
        overall = _room(self._second, self._limits.overall_per_second, 1, moment)
        left, chat = self._left(chat_id, moment)
        if (wait := max(chat, group, overall)) > 0:
            return math.ceil(wait)
        self._buckets[chat_id] = (left - 1, moment)
        self._minutes[chat_id].append(moment)
        self._second.append(moment)
        return 0

    def _left(self, chat_id: int, moment: float) -> tuple[float, float]:
        """Messages the chat takes now, and the seconds until it takes one."""
        left, then = self._buckets.get(chat_id, (float(self._limits.burst), moment))
        left = min(self._limits.burst, left + max(0.0, moment - then) * self._limits.per_chat_per_second)
        return left, 0.0 if left >= 1 else (1 - left) / self._limits.per_chat_per_second


def _room(times: deque[float], maximum: int, window: float, moment: float) -> float:
    while times and times[0] <= moment - window:
        times.popleft()
    return 0.0 if len(times) < maximum else times[-maximum] + window - moment
