from __future__ import annotations

import pytest

from publisher.sandbox import Channel, Effect, Fault, FaultError, Faults


def test_a_fault_strikes_as_often_as_asked_and_leaves() -> None:
    faults = Faults()
    faults.add(Fault(Channel.X, Effect.DROP, times=2))

    ends = [faults.strike(Channel.X, "POST /2/tweets", ["Example"]).end is not None for _ in range(4)]

    assert (ends, faults.active()) == ([True, True, False, False], ())


def test_a_fault_strikes_its_channel_stage_and_target_only() -> None:
    faults = Faults()
    faults.add(Fault(Channel.TELEGRAM, Effect.DROP, stage="sendMessage", target="-100*"))

    struck = [
        faults.strike(channel, stage, [target]).end is not None
        for channel, stage, target in [
            (Channel.TELEGRAM, "sendMessage", "-1001"),
            (Channel.TELEGRAM, "sendMessage", "42"),
            (Channel.TELEGRAM, "deleteMessage", "-1001"),
            (Channel.X, "sendMessage", "-1001"),
        ]
    ]

    assert struck == [True, False, False, False]


def test_delays_add_up_and_the_oldest_end_wins() -> None:
    faults = Faults()
    for fault in (
        Fault(Channel.X, Effect.SLOW, seconds=1),
        Fault(Channel.X, Effect.SLOW, seconds=2),
        Fault(Channel.X, Effect.HANG),
        Fault(Channel.X, Effect.DROP),
    ):
        faults.add(fault)

    strike = faults.strike(Channel.X, "", [])

    assert (strike.delay, strike.end and strike.end.effect) == (3, Effect.HANG)
    assert [each.struck for each in faults.active()] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"times": 0}, "times is 0"),
        ({"seconds": -1}, "seconds is -1"),
        ({"code": 200}, "code is 200"),
        ({"stage": "helo"}, "SMTP has no stage 'helo'"),
    ],
)
def test_an_impossible_fault_is_refused(arguments: dict[str, int | str], says: str) -> None:
    with pytest.raises(FaultError, match=says):
        Fault(Channel.EMAIL, Effect.DROP, **arguments)  # type: ignore[arg-type]


def test_clearing_one_channel_leaves_the_others() -> None:
    faults = Faults()
    faults.add(Fault(Channel.X, Effect.DROP))
    faults.add(Fault(Channel.EMAIL, Effect.DROP))

    faults.clear(Channel.X)

    assert [each.fault.channel for each in faults.active()] == [Channel.EMAIL]
