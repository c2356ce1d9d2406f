"""What arrived: every request that a twin accepted, with its exact bytes. In memory, bounded."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from publisher.sandbox.faults import Channel
from publisher.wall_time import Clock

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | Sequence[Json] | None"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One accepted request. `raw` is its body, byte for byte; a mail's is the message as it was meant (unstuffed)."""

    number: int
    at: datetime
    channel: Channel
    target: str
    action: str
    raw: bytes = field(repr=False)
    parameters: Mapping[str, Json] = field(repr=False)
    given_id: str = ""
    """What the network called it: a message id, a post id; empty for a mail."""
    answered: bool = True
    """False when a fault cut the connection after all was done: the sender cannot know."""


class Arrivals:
    """The newest arrivals of each channel (at most `keep` and `keep_bytes`) and the number of all of them."""

    def __init__(self, clock: Clock, *, keep: int = 1000, keep_bytes: int = 64_000_000) -> None:
        self._clock, self._keep, self._keep_bytes = clock, keep, keep_bytes
        self._kept: dict[Channel, deque[Arrival]] = {channel: deque() for channel in Channel}
        self._bytes: Counter[Channel] = Counter()
        self.totals: Counter[Channel] = Counter()
        self.refusals: Counter[tuple[Channel, int]] = Counter()
        """How often a twin said no: (channel, status or reply code)."""

    def record(
        self,
        channel: Channel,
        target: str,
        action: str,
        raw: bytes,
        parameters: Mapping[str, Json],
        *,
        given_id: str = "",
        answered: bool = True,
    ) -> Arrival:
        """Keeps one accepted request, and forgets the oldest ones beyond the bounds."""
        self.totals[channel] += 1
        number, now = self.totals[channel], self._clock.now()
        arrival = Arrival(number, now, channel, target, action, raw, parameters, given_id, answered)
        self._kept[channel].append(arrival)
        self._bytes[channel] += len(raw)
        self._forget(channel)
        return arrival

    def now(self) -> datetime:
        """The clock that arrivals are dated by."""
        return self._clock.now()

    def refuse(self, channel: Channel, code: int) -> None:
        """Counts a refusal."""
        self.refusals[channel, code] += 1

    def newest(self, channel: Channel, limit: int | None = None) -> list[Arrival]:
        """The kept arrivals of a channel, newest first."""
        return list(islice(reversed(self._kept[channel]), limit))

    def find(self, channel: Channel, number: int) -> Arrival | None:
        """The arrival with that number, while it is kept."""
        kept = self._kept[channel]
        if not kept or not kept[0].number <= number <= kept[-1].number:
            return None
        return kept[number - kept[0].number]

    @property
    def version(self) -> int:
        """Grows whenever something arrives or is refused."""
        return self.totals.total() + self.refusals.total()

    def _forget(self, channel: Channel) -> None:
        kept = self._kept[channel]
        while len(kept) > self._keep or (len(kept) > 1 and self._bytes[channel] > self._keep_bytes):
            self._bytes[channel] -= len(kept.popleft().raw)
