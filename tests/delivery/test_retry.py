"""When to try again, for every input a network could think of."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import Retry
from publisher.delivery.retry import LONGEST_OBEYED, LONGEST_WAIT, Expired, backoff, next_try
from tests.delivery.builders import NOON

waits = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.just(1e9) | st.integers(-5, 5).map(float)
attempts = st.integers(1, 10_000)
jitters = st.floats(0, 1, exclude_max=True)
lengths = st.floats(0, 10 * LONGEST_OBEYED)


@given(attempts, waits, lengths, jitters)
def test_the_next_try_is_after_now_and_before_the_deadline(
    attempt: int, after: float | None, length: float, jitter: float
) -> None:
    deadline = NOON + timedelta(seconds=length)

    again = next_try(attempt, Retry("429", after), NOON, deadline, jitter)

    assert isinstance(again, Expired) or NOON + timedelta(seconds=1) <= again < deadline


@given(attempts, st.floats(1, LONGEST_OBEYED), jitters)
def test_the_network_gets_exactly_the_wait_it_asks_for(attempt: int, after: float, jitter: float) -> None:
    again = next_try(attempt, Retry("429", after), NOON, NOON + timedelta(days=30), jitter)

    assert again == NOON + timedelta(seconds=after)


@given(st.floats(LONGEST_OBEYED, 1e12, exclude_min=True), jitters)
def test_an_absurd_wait_is_a_day(after: float, jitter: float) -> None:
    again = next_try(1, Retry("429", after), NOON, NOON + timedelta(days=30), jitter)

    assert again == NOON + timedelta(seconds=LONGEST_OBEYED)


@given(attempts, jitters)
def test_our_own_waits_grow_and_stay_bounded(attempt: int, jitter: float) -> None:
    assert backoff(attempt, jitter) <= backoff(attempt + 1, jitter) <= LONGEST_WAIT


def test_a_wait_beyond_the_deadline_says_why() -> None:
    again = next_try(1, Retry("429 Too Many Requests", 900), NOON, NOON + timedelta(seconds=60), 0)

    assert again == Expired("429 Too Many Requests; the next try, in 900 s, would be past the deadline")
