"""The switches of the page: the faults that one press turns on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.sandbox.faults import Channel, Effect, Fault, Faults, Switched


@dataclass(frozen=True, slots=True)
class Switch:
    """A fault under a name; `hint` says what the sender will meet."""

    key: str
    label: str
    hint: str
    fault: Fault

    def found(self, faults: Faults) -> Switched | None:
        """It, when it is on."""
        return next((each for each in faults.active() if each.fault == self.fault), None)


def _posting(channel: Channel) -> Sequence[Switch]:
    return (
        Switch("slow", "Slow", "answers after 3 seconds", Fault(channel, Effect.SLOW, seconds=3)),
        Switch("drop", "Cut", "the connection is cut and nothing is done", Fault(channel, Effect.DROP)),
        Switch("hang", "Hang", "never answers", Fault(channel, Effect.HANG)),
        Switch(
            "throttle", "429", "too many requests, try again in 5 seconds", Fault(channel, Effect.THROTTLE, seconds=5)
        ),
        Switch("error", "503", "service unavailable", Fault(channel, Effect.ERROR, code=503)),
        Switch("lose_answer", "Lose answer", "accepted, but the answer is lost", Fault(channel, Effect.LOSE_ANSWER)),
    )


SWITCHES: Mapping[Channel, Sequence[Switch]] = {
    Channel.TELEGRAM: _posting(Channel.TELEGRAM),
    Channel.X: _posting(Channel.X),
    Channel.WEBHOOK: _posting(Channel.WEBHOOK),
    Channel.DISCORD: _posting(Channel.DISCORD),
    Channel.EMAIL: (
        Switch(
            "slow", "Slow", "each recipient is answered after 3 seconds", Fault(Channel.EMAIL, Effect.SLOW, seconds=3)
        ),
        Switch("drop", "Cut", "the connection is cut before the message", Fault(Channel.EMAIL, Effect.DROP)),
        Switch("hang", "Hang", "never answers", Fault(Channel.EMAIL, Effect.HANG)),
        Switch("throttle", "421", "the relay closes the connection for now", Fault(Channel.EMAIL, Effect.THROTTLE)),
        Switch("busy", "450", "mailbox busy, try again later", Fault(Channel.EMAIL, Effect.ERROR, code=450)),
        Switch(
            "greylist",
            "Greylist",
            "each reader's first attempt gets 450, the next one passes",
            Fault(Channel.EMAIL, Effect.GREYLIST),
        ),
        Switch("refuse", "550", "no such mailbox", Fault(Channel.EMAIL, Effect.ERROR, code=550)),
        Switch(
            "lose_answer", "Lose answer", "accepted, but the answer is lost", Fault(Channel.EMAIL, Effect.LOSE_ANSWER)
        ),
    ),
}


def toggle(faults: Faults, channel: Channel, key: str) -> bool:
    """Turns a switch; False when there is none with that key."""
    switch = next((switch for switch in SWITCHES[channel] if switch.key == key), None)
    if switch is None:
        return False
    found = switch.found(faults)
    if found is None:
        faults.add(switch.fault)
    else:
        faults.remove(found.id)
    return True
