"""A broadcast to a hundred thousand readers, steered by hand through the command line, its worker killed on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.delivery.engine.embedded import Share
from publisher.mailing.ledger import Timing
from tests.acceptance.desk import ROOT, Desk
from tests.acceptance.opening import desk as open_desk

pytestmark = pytest.mark.soak

READERS, CANARY = 100_000, 1_000
KILLED_AT = (3, 6)
"""Tenths of the readers."""
PATIENCE = 1_800.0
IN_DOUBT = Share().destination * Timing().window
"""The readers of the groups that one worker has in hand."""


@pytest.fixture
def steered(tmp_path: Path) -> Iterator[Steering]:
    token = tmp_path / "erin.token"
    with open_desk(tmp_path / "desk") as running:
        token.write_text(running.tokens["erin"])
        token.chmod(0o600)
        yield Steering(running, token)


class Steering:
    """One person on duty, with a terminal."""

    def __init__(self, desk: Desk, token: Path) -> None:
        self.desk, self._token = desk, token
        self.mailing = self.looks = 0

    def begun(self) -> list[int]:
        """The English mailings."""
        found = json.loads(self.command("mailing", "list", "--json"))
        return [each["mailing"] for each in found if each["locale"] == "en-US"]

    def command(self, *words: str) -> str:
        command = [sys.executable, "-m", "publisher.cli", *words, "--workspace", str(self.desk.workspace)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def act(self, *words: str) -> str:
        return self.command("mailing", *words, "--token-file", str(self._token))

    def look(self) -> Mapping[str, Any]:
        """What `mailing status` says of the English mailing, which adds up at every moment."""
        found: Mapping[str, Any] = json.loads(self.command("mailing", "status", str(self.mailing), "--json"))
        assert found["adds_up"], found
        assert sum(found["states"].values()) == found["audience"]
        self.looks += 1
        return found

    def until(self, true: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """The first look at which it is."""
        deadline = time.monotonic() + PATIENCE
        while not true(found := self.look()):
            assert time.monotonic() < deadline, f"{found}\n{self.desk.log()[-3000:]}"
        return found

    def until_delivered(self, tenths: int) -> None:
        self.until(lambda found: int(found["states"].get("delivered", 0)) >= READERS * tenths // 10)


def test_a_hundred_thousand_are_paused_resumed_killed_and_accounted_for(steered: Steering, tmp_path: Path) -> None:
    desk, listed = steered.desk, tmp_path / "readers.csv"
    with listed.open("w") as out:
        out.write("address,locale,kinds\n")
        out.writelines(f"reader{number}@many.example,en-US,*\n" for number in range(READERS))
    steered.command("subscribers", "import", str(listed), "--source", "the former list")
    release = desk.scheduled(desk.announcement("listing", "Hundred"))
    before = desk.total("email")
    desk.due(release)
    desk.wait_until(lambda: bool(steered.begun()), "no mailing began")
    steered.mailing = steered.begun()[0]

    canary = steered.until(lambda found: found["states"].get("delivered") == CANARY)
    steered.act("go", str(release), "--reason", "the first ones look right")
    steered.until_delivered(1)
    steered.act("pause", str(steered.mailing), "--reason", "a number looked wrong")
    paused = steered.until(lambda found: not found["states"].get("sending"))
    still = steered.look()
    steered.act("resume", str(steered.mailing))
    for tenths in KILLED_AT:
        steered.until_delivered(tenths)
        desk.kill_worker()
    ended = steered.until(lambda found: found["stands"] == "over")

    states, came = ended["states"], desk.total("email") - before
    print(f"\n{steered.looks} looks, {came} mails taken, canary {canary['states']}, at the end {states}")  # noqa: T201
    assert canary["stands"] == "canary"
    assert (paused["stands"], still["states"]) == ("paused", paused["states"])
    in_doubt = states.get("unconfirmed", 0)
    assert in_doubt <= len(KILLED_AT) * IN_DOUBT
    assert states["delivered"] + in_doubt == ended["audience"] >= READERS
    others = 2  # readers of Chinese
    assert states["delivered"] + others <= came <= states["delivered"] + in_doubt + others
