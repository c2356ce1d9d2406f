"""However much arrives, what is kept stays small."""

from __future__ import annotations

import tracemalloc

from publisher.sandbox import Channel, Sandbox
from publisher.sandbox.arrivals import Arrivals
from tests.sandbox.conftest import HandClock


def mails(arrivals: Arrivals, count: int, size: int) -> None:
    for _ in range(count):
        reader = f"reader{arrivals.totals[Channel.EMAIL]}@example.com"
        arrivals.record(Channel.EMAIL, reader, "mail", bytes(size), {"recipients": [reader]})


def test_a_hundred_thousand_mails_take_no_more_room_than_ten_thousand() -> None:
    arrivals = Arrivals(HandClock())
    tracemalloc.start()
    try:
        mails(arrivals, 10_000, 1_000)
        before = tracemalloc.get_traced_memory()[0]
        mails(arrivals, 90_000, 1_000)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert arrivals.totals[Channel.EMAIL] == 100_000
    assert after - before < 100_000


def test_large_mails_make_others_go_by_their_bytes_but_the_newest_stays() -> None:
    arrivals = Arrivals(HandClock(), keep_bytes=10_000)

    mails(arrivals, 5, 4_000)
    assert [each.number for each in arrivals.newest(Channel.EMAIL)] == [5, 4]
    mails(arrivals, 1, 50_000)

    assert [each.number for each in arrivals.newest(Channel.EMAIL)] == [6]


def test_one_channel_does_not_push_out_another(sandbox: Sandbox) -> None:
    post = sandbox.arrivals.record(Channel.X, "ExampleExchange", "create", b"{}", {})

    mails(sandbox.arrivals, 2_000, 10)

    assert sandbox.arrivals.newest(Channel.X) == [post]
    assert len(sandbox.arrivals.newest(Channel.EMAIL)) == 1_000
