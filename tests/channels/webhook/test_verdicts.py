from __future__ import annotations

import pytest
from aiohttp import client_exceptions as wire

from channels.webhook.verdicts import ERRORS, REASONS, unreached
from publisher.channel import Retry

WIRE_ERRORS: list[type[Exception]] = [getattr(wire, name) for name in wire.__all__]


def test_aiohttp_still_has_the_exceptions_we_know() -> None:
    assert len(WIRE_ERRORS) >= 29


@pytest.mark.parametrize("kind", [*WIRE_ERRORS, TimeoutError, ConnectionResetError])
def test_every_public_exception_is_caught_and_means_that_a_repeat_helps(kind: type[Exception]) -> None:
    error = kind.__new__(kind)

    assert isinstance(error, ERRORS)
    outcome = unreached(error)
    assert isinstance(outcome, Retry)
    assert outcome.scope == "target"


def test_the_most_specific_comes_first() -> None:
    kinds = list(REASONS)

    assert not [(late, early) for place, late in enumerate(kinds) for early in kinds[:place] if issubclass(late, early)]
