"""Anybody on duty stops things from the staff pages: one form each, in their name, from no other site."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from publisher.delivery.states import DeliveryState
from tests.cli.desk import made
from tests.web.desk import Staff, staffed


@pytest.fixture
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    with staffed(made(tmp_path_factory.mktemp("acts") / "desk")) as staff:
        yield staff


@pytest.fixture
def alice(staff: Staff) -> Iterator[httpx.Client]:
    """An author, signed in: stopping asks for no group."""
    with httpx.Client(base_url=staff.url, headers={"Origin": staff.url}, follow_redirects=True) as client:
        client.post("/login", data={"token": staff.token})
        yield client


def test_a_release_is_held_let_go_on_and_cancelled(alice: httpx.Client) -> None:
    held = alice.post("/releases/1/hold", data={"reason": "wrong address"}).text
    resumed = alice.post("/releases/1/resume", data={"reason": "it was right"}).text
    cancelled = alice.post("/releases/1/cancel", data={"reason": "called off"}).text

    assert "queued to <strong>held</strong> by alice: wrong address" in held
    assert "Let this release go on" in held
    assert "held to <strong>queued</strong> by alice: it was right" in resumed
    assert "queued to <strong>cancelled</strong> by alice: called off" in cancelled
    assert "Cancel this release" not in cancelled


@pytest.mark.parametrize("what", ["kill_switch", "target:telegram-en", "account:bot"])
def test_everything_a_destination_or_an_account_is_stopped_and_let_go_on(alice: httpx.Client, what: str) -> None:
    stopped = alice.post("/stops", data={"what": what, "reason": "the token leaked"}).text
    ended = alice.post("/stops/end", data={"what": what, "reason": "a new token"}).text

    assert "is stopped by alice" in stopped
    assert "is stopped by" not in ended
    assert f"<strong>stopped</strong> by alice: {what}: the token leaked" in ended
    assert f"<strong>goes on</strong> by alice: {what}: a new token" in ended


def test_what_is_public_cannot_be_held(staff: Staff, alice: httpx.Client) -> None:
    staff.move("website", DeliveryState.SENDING, DeliveryState.DELIVERED)

    answer = alice.post("/releases/1/hold", data={"reason": "wrong address"})

    assert answer.status_code == 409
    assert "the rest catches up" in answer.text
    assert "Hold this release" not in alice.get("/releases/1").text


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/releases/1/hold", {}, "say why"),
        ("/releases/1/hold", {"reason": "  "}, "say why"),
        ("/releases/2/hold", {"reason": "x"}, "is in_review"),
        ("/stops", {"what": "kill_switch"}, "say why"),
        ("/stops", {"what": "the moon", "reason": "x"}, "choose what to stop"),
        ("/stops/end", {"what": "kill_switch", "reason": "x"}, "is not stopped"),
    ],
)
def test_what_cannot_be_done_is_said(alice: httpx.Client, path: str, form: dict[str, str], said: str) -> None:
    answer = alice.post(path, data=form)

    assert (answer.status_code, said in answer.text) == (409, True)


@pytest.mark.parametrize("path", ["/releases/99/hold", "/releases/1/explode", "/releases/one/hold"])
def test_what_is_not_there_is_not_found(alice: httpx.Client, path: str) -> None:
    assert alice.post(path, data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["/releases/1/hold", "/stops", "/stops/end"])
def test_no_other_site_and_no_stranger_stops_anything(staff: Staff, alice: httpx.Client, path: str) -> None:
    form = {"what": "kill_switch", "reason": "x"}

    forged = alice.post(path, data=form, headers={"Origin": "https://evil.example"})
    stranger = httpx.post(f"{staff.url}{path}", data=form, headers={"Origin": staff.url})

    assert (forged.status_code, stranger.status_code, stranger.headers["location"]) == (403, 303, "/login")
    assert alice.get("/status.json").json()["stops"] == []
    assert "Let this release go on" not in alice.get("/releases/1").text
