from __future__ import annotations

import inspect
from datetime import timedelta

import pytest
from aiohttp import client_exceptions as wire
from tweepy import errors as sdk  # type: ignore[import-untyped]

from channels.x.verdicts import NATURES, Nature, rest, verdict
from publisher.channel import Retry, Unconfirmed
from tests.channels.x.builders import NOW

SDK_ERRORS = [thing for _, thing in inspect.getmembers(sdk, inspect.isclass) if issubclass(thing, Exception)]
WIRE_ERRORS = [getattr(wire, name) for name in wire.__all__]


def test_the_sdks_still_have_the_exceptions_we_know() -> None:
    assert len(SDK_ERRORS) >= 8
    assert len(WIRE_ERRORS) >= 29


@pytest.mark.parametrize("kind", [*SDK_ERRORS, *WIRE_ERRORS])
def test_every_public_exception_has_a_verdict_of_its_own(kind: type[Exception]) -> None:
    assert kind in NATURES


@pytest.mark.parametrize("kind", [kind for kind, nature in NATURES.items() if nature is Nature.DOUBTFUL])
async def test_what_may_have_arrived_is_never_tried_again(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert isinstance(await verdict(error, NOW), Unconfirmed)


@pytest.mark.parametrize("kind", [kind for kind, nature in NATURES.items() if nature is Nature.NOT_SENT])
async def test_what_never_left_is_tried_again(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert isinstance(await verdict(error, NOW), Retry)


@pytest.mark.parametrize("error", [TimeoutError(), KeyError("data"), TypeError(), AttributeError(), ValueError()])
async def test_a_time_out_and_an_answer_that_makes_no_sense_are_unconfirmed(error: Exception) -> None:
    assert isinstance(await verdict(error, NOW), Unconfirmed)


def later(seconds: float) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


def test_there_is_no_rest_while_something_is_left() -> None:
    assert rest({"x-rate-limit-remaining": "1", "x-rate-limit-reset": later(900)}, NOW) == 0.0
    assert rest({}, NOW) == 0.0


def test_the_rest_lasts_until_the_last_used_up_window_opens() -> None:
    headers = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": later(600),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": later(7200),
        "x-app-limit-24hour-remaining": "9",
        "x-app-limit-24hour-reset": later(80_000),
    }
    assert rest(headers, NOW) == 7200.0


@pytest.mark.parametrize("reset", [later(-60), "", "soon", "-5", "1e9"])
def test_a_reset_that_is_past_or_no_number_asks_for_nothing(reset: str) -> None:
    assert rest({"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}, NOW) == 0.0
