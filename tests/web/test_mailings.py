"""The staff pages show a mailing with its numbers, and whoever is on duty stops it there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from publisher.app import App
from publisher.mailing.canary import Canary
from publisher.settings import load
from publisher.web.sessions import Sessions
from publisher.web.staff import staff_app
from tests.cli.mailed import mailed
from tests.site.serving import served
from tests.web.desk import Time

IDENTITY = "12 = 8 queued + 3 delivered + 1 rejected"


@pytest.fixture
def erin(tmp_path: Path) -> Iterator[httpx.Client]:
    """An editor, signed in; mailing 1 waits for a go."""
    desk = mailed(tmp_path, Canary(share=0.25))
    app = App(desk.root, load(desk.root))
    with (
        served(staff_app(app, Sessions(Time()))) as url,
        httpx.Client(base_url=url, headers={"Origin": url}, follow_redirects=True) as client,
    ):
        client.post("/login", data={"token": (desk.root / "erin.token").read_text(encoding="utf-8").strip()})
        yield client
    asyncio.run(app.close())


def act(client: httpx.Client, decision: str, reason: str) -> httpx.Response:
    return client.post(f"/mailings/1/{decision}", data={"reason": reason})


def test_a_mailing_is_let_go_paused_resumed_and_cancelled(erin: httpx.Client) -> None:
    before = erin.get("/releases/1").text
    gone, paused = act(erin, "go", "looks right").text, act(erin, "pause", "wrong amount").text
    resumed, cancelled = act(erin, "resume", "it was right").text, act(erin, "cancel", "called off").text

    assert (IDENTITY in before, "Let the rest follow" in before) == (True, True)
    assert ("Let the rest follow" in gone, "Pause</button>" in gone) == (False, True)
    assert "paused by erin: wrong amount" in paused
    assert "paused to <strong>sending</strong> by erin: it was right" in resumed
    assert ("cancelled by erin: called off" in cancelled, "Pause</button>" in cancelled) == (True, False)
    assert "mailing 1 is" not in erin.get("/").text


def test_what_stands_still_is_an_alarm_of_today(erin: httpx.Client) -> None:
    assert "mailing 1 is canary: the first 3 of 12 readers get it" in erin.get("/").text


@pytest.mark.parametrize(
    ("path", "reason", "status", "said"),
    [
        ("/mailings/1/resume", "x", 409, "is not paused"),
        ("/mailings/1/pause", " ", 409, "say why"),
        ("/mailings/1/explode", "x", 404, "nothing at this address"),
        ("/mailings/77/pause", "x", 404, "nothing at this address"),
    ],
)
def test_what_cannot_be_done_is_said(erin: httpx.Client, path: str, reason: str, status: int, said: str) -> None:
    answer = erin.post(path, data={"reason": reason})
    assert (answer.status_code, said in answer.text) == (status, True)
