"""`publisher mailing`: what whoever is on duty sees and does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.mailing.canary import Canary
from publisher.store.control_rows import RECENT
from tests.cli.desk import Desk
from tests.cli.mailed import DONE, FULL, READERS, add_finished, address, mailed, sent_again

IDENTITY = "12 = 8 queued + 3 delivered + 1 rejected"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return mailed(tmp_path)


def test_the_numbers_always_add_up(desk: Desk) -> None:
    told = desk("mailing", "status", 1, "--json").json
    assert (told["stands"], told["audience"], told["adds_up"]) == ("sending", READERS, True)
    assert told["states"] == {"queued": 8, "delivered": 3, "rejected": 1}
    assert IDENTITY in desk("mailing", "status", 1).out
    assert IDENTITY in desk("mailing", "list").out
    assert desk("mailing", "list", "--json").json[0]["states"] == told["states"]


def test_pause_resume_and_cancel_are_acts_of_a_person(desk: Desk) -> None:
    said = desk.as_("erin", "mailing", "pause", 1, "--reason", "wrong amount").out
    assert said == f"mailing 1 is paused; {IDENTITY}\n"
    assert "paused by erin: wrong amount" in desk("mailing", "status", 1).out
    assert any("mailing 1 is paused" in each["alarm"] for each in desk("status", "--json").json["alarms"])
    assert "is paused already, by erin" in desk.refused("alice", "mailing", "pause", 1, "--reason", "too")
    desk.as_("alice", "mailing", "resume", 1)
    desk.as_("alice", "mailing", "cancel", 1, "--reason", "called off")
    acts = desk("mailing", "status", 1, "--json").json["history"]
    assert [(each["after"], each["who"], each["reason"]) for each in acts] == [
        ("paused", "erin", "wrong amount"),
        ("sending", "alice", "resumed"),
        ("cancelled", "alice", "called off"),
    ]


def test_who_got_it_twice_is_counted(desk: Desk) -> None:
    sent_again(desk, 2)
    assert "2 sent a second time" in desk("mailing", "status", 1).out.splitlines()


def test_a_mailing_that_stands_still_is_an_alarm_however_many_came_after_it(desk: Desk) -> None:
    desk.as_("erin", "mailing", "pause", 1, "--reason", "wrong amount")
    add_finished(desk, RECENT)
    assert 1 not in {each["mailing"] for each in desk("mailing", "list", "--json").json}
    (alarm,) = [each["alarm"] for each in desk("status", "--json").json["alarms"] if "mailing" in each["alarm"]]
    assert "mailing 1 is paused" in alarm


def test_a_stranger_pauses_nothing(desk: Desk) -> None:
    (desk.root / "eve.token").write_text("not a token", encoding="utf-8")
    desk.refused("eve", "mailing", "pause", 1, "--reason", "x")
    assert desk("mailing", "status", 1, "--json").json["stands"] == "sending"


def test_the_rest_of_a_canary_waits_for_a_go(tmp_path: Path) -> None:
    desk = mailed(tmp_path, Canary(share=0.25))
    assert "the first 3 of 12 readers get it, the rest waits for: publisher mailing go 1" in desk("status").out
    assert desk.as_("erin", "mailing", "go", 1, "--reason", "looks right").out == "mailing 1 goes on\n"


def test_who_did_not_get_it(desk: Desk) -> None:
    lines = [line.split("\t") for line in desk("mailing", "missing", 1).out.splitlines()]
    assert len(lines) == READERS - 3
    assert lines[0] == [address(3), "rejected", "newsletter", "en-US", FULL]
    reference = desk("mailing", "list", "--json").json[0]["reference"]
    assert [line.split("\t") for line in desk("mailing", "missing", reference).out.splitlines()] == lines


def test_what_one_reader_got(desk: Desk) -> None:
    (got,) = desk("mailing", "who", "READER03@example.com", "--json").json
    assert (got["mailing"], got["state"], got["reason"]) == (1, "rejected", FULL)
    assert address(1) in desk("mailing", "missing", 1, "--address", address(1)).out
    assert desk("mailing", "who", "nobody@example.com").out == "no mailing had nobody@example.com in its audience\n"


def test_who_was_refused_is_queued_once_more(tmp_path: Path) -> None:
    desk = mailed(tmp_path, ended=DONE)
    assert desk("mailing", "status", 1, "--json").json["stands"] == "over"
    said = desk.as_("erin", "mailing", "resend-missing", 1, "--reason", "the relay is mended").out
    assert said == "mailing 1 goes on; readers: 2\n"
    told = desk("mailing", "status", 1, "--json").json
    assert (told["stands"], told["states"]) == ("sending", {"queued": 2, "delivered": 10})


def test_a_mailing_that_is_over_is_followed_to_its_end(tmp_path: Path) -> None:
    desk = mailed(tmp_path, ended=DONE)
    assert "12 = 10 delivered + 2 rejected; over since" in desk("mailing", "status", 1, "--watch").out
    (line,) = desk("mailing", "status", 1, "--watch", "--json").out.splitlines()
    assert json.loads(line)["states"] == {"delivered": 10, "rejected": 2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", 77), "there is no mailing 77"),
        (("missing", 77), "there is no release 77"),
        (("missing", "eth"), "neither the number of a release nor a reference"),
        (("missing", "ANN-2026-99999"), "nothing of ANN-2026-99999 was mailed"),
        (("missing", 1, "--address", "nobody@example.com"), "was not in the audience of 1"),
    ],
)
def test_what_is_not_there_is_said(desk: Desk, arguments: tuple[object, ...], said: str) -> None:
    answer = desk.tried("mailing", *arguments)
    assert (answer.code, said in answer.err) == (1, True)


@pytest.mark.parametrize(("rate", "late"), [(0.00005, True), (10, False)])
def test_mail_that_would_be_late_for_its_event_is_refused_before_anybody_approves(
    tmp_path: Path, rate: float, late: bool
) -> None:
    """Twelve readers at one in five and a half hours need longer than the two days until it starts."""
    desk = mailed(tmp_path, ended=DONE)
    desk.setting(r"^\[mailing\]$", f"[mailing]\nrate = {rate}")
    said = desk.tried("submit", desk.announcement("sol"), "--token-file", desk.root / "alice.token")
    assert (said.code, "mail to 12 readers until about" in said.err) == (int(late), late)
