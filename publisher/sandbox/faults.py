"""Faults on request: what goes wrong, where, for whom and how often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count


class Channel(StrEnum):
    """The outside networks that have a twin here."""

    TELEGRAM = "telegram"
    X = "x"
    EMAIL = "email"
    WEBHOOK = "webhook"
    DISCORD = "discord"


class Effect(StrEnum):
    """What a fault does to a request."""

    SLOW = "slow"
    """Answers after `seconds`."""
    DROP = "drop"
    """Cuts the connection; nothing was done."""
    HANG = "hang"
    """Never answers; nothing was done."""
    THROTTLE = "throttle"
    """429 with the network's own way of saying `seconds`; SMTP: 421 and the connection closes."""
    ERROR = "error"
    """Answers `code` (an HTTP status, an SMTP reply); nothing was done."""
    GREYLIST = "greylist"
    """SMTP: answers 450 to the first attempt for each recipient, and lets the next one pass."""
    LOSE_ANSWER = "lose_answer"
    """Does all of it, keeps it, and cuts the connection instead of answering."""


SMTP_STAGES = ("connect", "mail", "rcpt", "data", "body", "dot")
"""`body`: in the middle of the message; `dot`: after the final dot, before the answer."""


REMEMBERED = 100_000
"""Recipients that a greylist knows."""


class FaultError(ValueError):
    """A fault that no twin could show; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `stage` is one of SMTP_STAGES, a Bot API method (`sendMessage`), an X operation (`POST /2/tweets`), the type of an
    event (`announcement.amended`) or what is done to a message on Discord (`create`, `edit`, `delete`, `list`, `me`);
    empty for any, which for a mail is `rcpt`, or `dot` for a lost answer.
    `target` is a pattern (`*`, `?`) over a chat id, a handle, a sender (stages connect and mail), a recipient or a
    segment.
    `times` is how often it strikes before it is spent; None until it is removed.
    """

    channel: Channel
    effect: Effect
    stage: str = ""
    target: str = "*"
    times: int | None = None
    seconds: float = 2.0
    code: int = 503

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise FaultError(f"times is {self.times}; use 1 or more, or leave it out for always")
        if not 0 <= self.seconds <= 3600:
            raise FaultError(f"seconds is {self.seconds}; use 0 to 3600")
        if not 400 <= self.code <= 599:
            raise FaultError(f"code is {self.code}; use 400 to 599, the range of refusals")
        if self.effect is Effect.GREYLIST and (self.channel is not Channel.EMAIL or self.stage not in ("", "rcpt")):
            raise FaultError("greylist is what a relay does at rcpt; use channel email and leave stage out")
        if self.channel is Channel.EMAIL and self.stage not in ("", *SMTP_STAGES):
            raise FaultError(f"SMTP has no stage {self.stage!r}; use one of {', '.join(SMTP_STAGES)}")

    def strikes_at(self, stage: str) -> bool:
        """Whether it belongs to `stage`. A fault of a mail that names none strikes at the recipient, once per mail."""
        if self.stage or self.channel is not Channel.EMAIL:
            return self.stage in ("", stage)
        return stage == ("dot" if self.effect is Effect.LOSE_ANSWER else "rcpt")


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens to one request: a delay in seconds, then at most one end."""

    delay: float = 0.0
    end: Fault | None = None

    @property
    def loses_answer(self) -> bool:
        return self.end is not None and self.end.effect is Effect.LOSE_ANSWER


_NOTHING = Strike()


@dataclass(slots=True)
class Switched:
    """A fault that is on; `struck` counts."""

    id: int
    fault: Fault
    struck: int = field(default=0)
    met: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Who has tried before, at most `REMEMBERED` of them; for greylisting only."""

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class Faults:
    """The faults that are on, oldest first. A spent fault leaves by itself."""

    def __init__(self) -> None:
        self._on: list[Switched] = []
        self._ids = count(1)
        self.version = 0

    def add(self, fault: Fault) -> Switched:
        """Switches `fault` on."""
        switched = Switched(next(self._ids), fault)
        self._on.append(switched)
        self.version += 1
        return switched

    def remove(self, fault_id: int) -> bool:
        """Switches one off; False when it is not on (any more)."""
        before = len(self._on)
        self._on = [each for each in self._on if each.id != fault_id]
        self.version += 1
        return len(self._on) < before

    def clear(self, channel: Channel | None = None) -> None:
        """Switches all off, or all of one channel."""
        self._on = [each for each in self._on if channel is not None and each.fault.channel is not channel]
        self.version += 1

    def active(self) -> Sequence[Switched]:
        return tuple(self._on)

    def strike(self, channel: Channel, stage: str, targets: Sequence[str]) -> Strike:
        """What happens to a request; counts every fault that takes part. The oldest end wins, delays add up."""
        if not self._on:
            return _NOTHING
        delay, end = 0.0, None
        for each in [each for each in self._on if _concerns(each.fault, channel, stage, targets)]:
            if each.fault.effect is Effect.GREYLIST and _has_met(each, targets):
                continue
            if each.fault.effect is Effect.SLOW:
                delay += each.fault.seconds
            elif end is None:
                end = each.fault
            else:
                continue
            self._count(each)
        return Strike(delay, end)

    def _count(self, switched: Switched) -> None:
        switched.struck += 1
        self.version += 1
        if switched.spent:
            self._on.remove(switched)


def _has_met(switched: Switched, targets: Sequence[str]) -> bool:
    """Whether all of them tried before; from now on they have."""
    new = [target for target in map(str.lower, targets) if target not in switched.met]
    switched.met.update(dict.fromkeys(new))
    while len(switched.met) > REMEMBERED:
        switched.met.popitem(last=False)
    return not new


def _concerns(fault: Fault, channel: Channel, stage: str, targets: Sequence[str]) -> bool:
    if fault.channel is not channel or not fault.strikes_at(stage):
        return False
    return fault.target == "*" or any(fnmatchcase(target.lower(), fault.target.lower()) for target in targets)
