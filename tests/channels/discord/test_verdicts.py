from __future__ import annotations

import pytest
from aiohttp import client_exceptions as wire

from channels.discord.verdicts import CODES, DOUBTFUL, ERRORS, NOT_SENT, Answer, Concern, refusal, unreached
from publisher.channel import Rejected, Retry, Unconfirmed

WIRE_ERRORS: list[type[Exception]] = [getattr(wire, name) for name in wire.__all__]


def answer(status: int, content: object = None, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def test_aiohttp_still_has_the_exceptions_we_know() -> None:
    assert len(WIRE_ERRORS) >= 29


@pytest.mark.parametrize("kind", WIRE_ERRORS)
def test_every_public_exception_has_a_verdict_of_its_own(kind: type[Exception]) -> None:
    assert (kind in NOT_SENT) != (kind in DOUBTFUL)
    assert issubclass(kind, ERRORS)


@pytest.mark.parametrize("kind", sorted(NOT_SENT, key=str))
def test_what_never_left_is_tried_again(kind: type[Exception]) -> None:
    assert isinstance(unreached(kind.__new__(kind)), Retry)


@pytest.mark.parametrize("kind", [*sorted(DOUBTFUL, key=str), TimeoutError, ConnectionResetError, ValueError])
def test_what_may_have_arrived_is_never_tried_again(kind: type[Exception]) -> None:
    assert isinstance(unreached(kind.__new__(kind)), Unconfirmed)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("content", [None, {"message": "overloaded", "code": 130000}, {"code": 50013}])
def test_a_failing_server_may_have_posted_it_whatever_it_says(status: int, content: object) -> None:
    assert isinstance(refusal(answer(status, content)), Unconfirmed)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_yes_is_no_refusal(status: int) -> None:
    assert refusal(answer(status)) is None


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_table_says_whom_it_concerns(code: int) -> None:
    concern, reason = CODES[code]
    outcome = refusal(answer(403, {"code": code, "message": "no"}))

    assert outcome is not None
    assert reason in outcome.reason
    match concern:
        case Concern.TARGET:
            assert isinstance(outcome, Rejected)
            assert outcome.disable_target
        case Concern.ACCOUNT:
            assert isinstance(outcome, Retry)
            assert outcome.scope == "account"
        case Concern.LATER:
            assert isinstance(outcome, Retry)
            assert outcome.scope == "target"


def test_any_other_code_refuses_this_message_only() -> None:
    said = {"code": 200000, "message": "Message was blocked by automatic moderation"}

    assert refusal(answer(400, said)) == Rejected(
        "Discord refused it: Message was blocked by automatic moderation (200000)"
    )


def test_a_limit_of_the_channel_delays_the_channel_to_the_millisecond() -> None:
    limited = answer(429, {"retry_after": 64.57, "global": False}, Retry_After="65", X_RateLimit_Scope="user")

    assert refusal(limited) == Retry("Discord asks to slow down", 64.57, "target")


@pytest.mark.parametrize(
    "limited",
    [
        answer(429, {"retry_after": 3, "global": True}),
        answer(429, {"retry_after": 3.0}, X_RateLimit_Scope="global"),
        answer(429, None, Retry_After="3"),
        answer(429, "error code: 1015", Retry_After="3"),
    ],
)
def test_a_limit_of_the_bot_or_its_address_delays_all_of_it(limited: Answer) -> None:
    assert refusal(limited) == Retry("Discord asks to slow down", 3.0, "account")


@pytest.mark.parametrize("said", [True, -1, "soon", None])
def test_a_limit_without_a_time_is_still_not_sent(said: object) -> None:
    assert refusal(answer(429, {"retry_after": said})) == Retry("Discord asks to slow down", None, "target")


@pytest.mark.parametrize(
    "strange",
    [answer(302), answer(403, None), answer(404, {"message": "404: Not Found", "code": 0}), answer(401, {"code": 0})],
)
def test_a_wrong_token_or_address_lets_the_account_rest_and_loses_nothing(strange: Answer) -> None:
    outcome = refusal(strange)

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
