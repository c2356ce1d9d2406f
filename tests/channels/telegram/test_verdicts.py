from __future__ import annotations

import inspect

import httpx
import pytest
from telegram import error as sdk

from channels.telegram.verdicts import MAY_HAVE_ARRIVED, VERDICTS, FloodWait, ServerFailed, verdict
from publisher.channel import Rejected, Retry, Unconfirmed

SDK_ERRORS = [thing for _, thing in inspect.getmembers(sdk, inspect.isclass) if issubclass(thing, Exception)]
WIRE_ERRORS = [
    thing
    for thing in (getattr(httpx, name) for name in httpx.__all__)
    if inspect.isclass(thing) and issubclass(thing, Exception)
]


def test_the_sdks_still_have_the_exceptions_we_know() -> None:
    assert len(SDK_ERRORS) >= 11
    assert len(WIRE_ERRORS) >= 25


@pytest.mark.parametrize("kind", SDK_ERRORS)
def test_every_public_exception_of_the_sdk_has_a_verdict_of_its_own(kind: type[Exception]) -> None:
    assert kind in VERDICTS


@pytest.mark.parametrize("kind", WIRE_ERRORS)
def test_every_public_exception_of_the_wire_is_known(kind: type[Exception]) -> None:
    assert kind in MAY_HAVE_ARRIVED


def caused_by(cause: BaseException, kind: type[sdk.NetworkError] = sdk.NetworkError) -> Exception:
    error = kind("failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("cause", [httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ConnectError, httpx.ProxyError])
def test_what_never_left_is_tried_again(cause: type[httpx.TransportError]) -> None:
    kind = sdk.TimedOut if issubclass(cause, httpx.TimeoutException) else sdk.NetworkError
    assert isinstance(verdict(caused_by(cause("no"), kind)), Retry)


@pytest.mark.parametrize(
    "cause",
    [
        httpx.ReadTimeout("no"),
        httpx.WriteTimeout("no"),
        httpx.ReadError("no"),
        httpx.WriteError("no"),
        httpx.RemoteProtocolError("no"),
        RuntimeError("no class we know"),
        TimeoutError(),
    ],
)
def test_what_may_have_left_is_never_tried_again(cause: Exception) -> None:
    assert isinstance(verdict(caused_by(cause, sdk.TimedOut)), Unconfirmed)


def test_a_bad_request_is_not_a_network_error_although_its_class_is() -> None:
    assert isinstance(verdict(sdk.BadRequest("chat not found")), Rejected)


def test_a_failing_server_and_an_unreadable_answer_are_unconfirmed() -> None:
    assert isinstance(verdict(ServerFailed("502 from the server")), Unconfirmed)
    assert isinstance(verdict(sdk.TelegramError("Invalid server response")), Unconfirmed)
    assert isinstance(verdict(KeyError("result")), Unconfirmed)


def test_a_migrated_group_names_the_new_chat_and_stops() -> None:
    outcome = verdict(sdk.ChatMigrated(-1009))
    assert isinstance(outcome, Rejected)
    assert outcome.disable_target
    assert "-1009" in outcome.reason


def test_a_bot_that_was_thrown_out_disables_the_target() -> None:
    outcome = verdict(sdk.Forbidden("bot was kicked from the channel chat"))
    assert isinstance(outcome, Rejected)
    assert outcome.disable_target


@pytest.mark.parametrize("kind", [sdk.InvalidToken, sdk.EndPointNotFound])
def test_a_wrong_token_or_address_lets_the_account_rest_and_loses_nothing(kind: type[sdk.TelegramError]) -> None:
    outcome = verdict(kind("Unauthorized"))
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"


@pytest.mark.filterwarnings("ignore:.*retry_after")
def test_the_wait_is_in_seconds_whatever_the_sdk_calls_it() -> None:
    assert verdict(sdk.RetryAfter(7)) == verdict(FloodWait(7.0))
