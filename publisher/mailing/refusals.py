"""When too many of a mailing's readers are refused: then it is paused before it costs the sender's good name."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.delivery.outcomes import state_after
from publisher.delivery.states import DeliveryState
from publisher.mailing.results import Answer


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may be refused."""

    share: float = 1.0
    """Of the last `of` that the relay accepted or refused for good; 1 never pauses."""
    of: int = 200

    def exceeded(self, refused: int, of: int) -> bool:
        return self.share < 1 and refused > self.share * of


class Refusals:
    """What came of the last messages of each mailing, as this worker saw it; a new worker begins anew."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._last: dict[int, deque[bool]] = {}

    def note(self, mailing_id: int, answers: Sequence[Answer]) -> str | None:
        """Why the mailing must be paused, if it must; then the count begins anew."""
        last = self._last.setdefault(mailing_id, deque(maxlen=self.limit.of))
        states = [state_after(answer.outcome) for answer in answers]
        last += [state is DeliveryState.REJECTED for state in states if state in _SURE]
        if len(last) < self.limit.of or not self.limit.exceeded(sum(last), len(last)):
            return None
        refused = sum(last)
        last.clear()
        return f"{refused} of the last {self.limit.of} were refused: more than {self.limit.share:.0%}"

    def forget(self, mailing_id: int) -> None:
        """The mailing is over."""
        self._last.pop(mailing_id, None)


_SURE = (DeliveryState.DELIVERED, DeliveryState.REJECTED)
