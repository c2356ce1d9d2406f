"""What `amend`, `correct` and `retract` refuse, and what they say to do."""

from __future__ import annotations

from tests.cli.desk import Desk


def test_a_reason_that_has_no_words_is_refused_with_those_that_have(desk: Desk) -> None:
    refused = desk.refused("alice", "correct", desk.announcement(), "--because", "oops", "--reason", "a typo")

    assert (
        "'oops' is no reason to correct; the reasons are wrong_address, wrong_time, wrong_amount, wrong_text" in refused
    )


def test_what_is_not_out_is_neither_amended_nor_retracted(desk: Desk) -> None:
    folder = desk.announcement()
    refused = desk.refused("alice", "amend", folder, "--because", "news", "--reason", "block height known")
    assert "it is not published, so there is nothing to amend" in refused
    assert "Send it on its way with: publisher submit" in refused

    release = desk.submitted(folder)
    refused = desk.refused("alice", "retract", release, "--because", "mistake", "--reason", "wrong template")
    assert "it is published nowhere" in refused
    assert desk("show", release, "--json").json["state"] == "in_review"


def test_what_is_said_of_no_place_begins_with_no_colon(desk: Desk) -> None:
    said = desk.refused("alice", "retract", desk.submitted(), "--because", "mistake", "--reason", "hm")

    assert [line for line in said.splitlines() if line.startswith(":")] == []
    assert "error: it is published nowhere" in said.splitlines()[0]


def test_a_release_that_nobody_has_made_is_named(desk: Desk) -> None:
    assert "99" in desk.refused("alice", "retract", 99, "--because", "mistake", "--reason", "wrong template")
