"""Nothing lost, nothing silently doubled: what each fault of a network leads to, and how many copies there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from publisher.delivery.resolve import Resolution
from tests.acceptance.desk import Desk

POST = {"telegram": "sendMessage", "x": "POST /2/tweets"}
PLACES = {"telegram": ("telegram-en", "en-US"), "x": ("x-main", "en-US")}
HURRY = 2.0
"""Seconds by which the desk's clock runs ahead at each look: nobody waits for a probe or a retry."""


def fault(desk: Desk, channel: str, effect: str, **more: object) -> None:
    """At the next post only."""
    desk.fault(channel, effect, stage=POST[channel], times=1, **more)


FAULTS = {
    "slow": ("delivered", 1, "delivered", 1),
    "throttle": ("delivered", 1, "delivered", 1),
    "drop": ("unconfirmed", 0, "delivered", 1),
    "hang": ("unconfirmed", 0, "delivered", 1),
    "error": ("unconfirmed", 0, "delivered", 1),
    "lose_answer": ("unconfirmed", 1, "delivered", 1),
}
"""How the post on Telegram ends and how many copies there are; the same on X, which can be read back."""


@pytest.mark.parametrize("effect", FAULTS)
def test_a_post_ends_in_the_state_that_is_true(desk: Desk, effect: str) -> None:
    word = f"Chain{effect.replace('_', '').title()}"
    for channel in POST:
        fault(desk, channel, effect, seconds=0.5)

    release = desk.scheduled(desk.announcement("maintenance", word, to="posts"))
    desk.due(release)
    lines = desk.settled(release, hurry=HURRY)

    telegram, x = (lines[PLACES[channel]] for channel in ("telegram", "x"))
    copies = {channel: len(desk.arrivals(channel, word)) for channel in POST}
    assert (telegram.state, copies["telegram"], x.state, copies["x"]) == FAULTS[effect]
    assert desk.sandbox("GET", "/faults").json() == [], "the fault never struck"
    doubted = {line.channel for line in (telegram, x) if "unconfirmed" in desk.history(line.id)}
    assert doubted == (set() if effect in ("slow", "throttle") else {"telegram", "x"})


def test_a_lost_answer_on_x_is_found_on_the_timeline(desk: Desk) -> None:
    fault(desk, "x", "lose_answer")

    release = desk.scheduled(desk.announcement("maintenance", "Readback", to="posts"))
    desk.due(release)
    line = desk.settled(release, hurry=HURRY)[PLACES["x"]]

    [post] = desk.arrivals("x", "Readback")
    assert (line.state, line.reason, post["answered"]) == ("delivered", "read back: it is there", False)
    assert line.url.endswith(post["given_id"])


@pytest.mark.parametrize(("resolution", "copies"), [(Resolution.DELIVERED, 1), (Resolution.RESEND, 2)])
def test_a_lost_answer_on_telegram_waits_for_a_person(desk: Desk, resolution: Resolution, copies: int) -> None:
    word = f"Judged{resolution.title()}"
    fault(desk, "telegram", "lose_answer")
    release = desk.scheduled(desk.announcement("maintenance", word, to="posts"))
    desk.due(release)

    doubtful = desk.settled(release, hurry=HURRY)[PLACES["telegram"]]
    desk.pass_time(3600)
    assert len(desk.arrivals("telegram", word)) == 1
    desk.resolve(doubtful.id, resolution)

    assert doubtful.state == "unconfirmed"
    assert desk.settled(release, hurry=HURRY)[PLACES["telegram"]].state == "delivered"
    assert len(desk.arrivals("telegram", word)) == copies
    assert desk.state(release) == "published"


MAIL_FAULTS: Mapping[str, tuple[Mapping[str, Any], str, int]] = {
    "calm": ({}, "delivered", 1),
    "slow": ({"effect": "slow", "seconds": 0.5}, "delivered", 1),
    "cut": ({"effect": "drop", "stage": "rcpt"}, "delivered", 1),
    "silent": ({"effect": "hang", "stage": "rcpt"}, "delivered", 1),
    "closing": ({"effect": "throttle", "stage": "rcpt"}, "delivered", 1),
    "busy": ({"effect": "error", "code": 450}, "delivered", 1),
    "refused": ({"effect": "error", "code": 550}, "rejected", 0),
    "unsure": ({"effect": "lose_answer"}, "depends", 1),
    "mute": ({"effect": "hang", "stage": "dot"}, "depends", 0),
}
"""Reader: what goes wrong once, how it ends (`depends`: on the kind's policy), how many copies came at first."""


@pytest.mark.parametrize(("kind", "ends", "again"), [("maintenance", "delivered", 1), ("listing", "unconfirmed", 0)])
def test_a_mail_ends_in_the_state_that_is_true(desk: Desk, kind: str, ends: str, again: int) -> None:
    """After the final dot nobody can tell: the kind's policy resends once, with the same Message-ID, or parks."""
    word = f"Mailed{kind.title()}"
    readers = {name: f"{word}-{name}".lower() for name in MAIL_FAULTS}
    desk.add_readers(list(readers.values()))
    for name, (wrong, _, _) in MAIL_FAULTS.items():
        if wrong:
            desk.fault("email", **{"target": f"{readers[name]}@*", "times": 1, **wrong})

    release = desk.scheduled(desk.announcement(kind, word, to="mail"))
    desk.due(release)
    line = desk.settled(release, hurry=10)["newsletter", "en-US"]
    recipients = desk.recipients(line.id)

    arrived = Counter(mail["target"].partition("@")[0] for mail in desk.arrivals("email", word))
    for name, (_, state, copies) in MAIL_FAULTS.items():
        doubtful = state == "depends"
        wanted = (ends, copies + again, again) if doubtful else (state, copies, 0)
        found = recipients[f"{readers[name]}@readers.example"]
        assert (found.state, arrived[readers[name]], found.resends) == wanted, name
    unsure = [mail for mail in desk.arrivals("email", word) if mail["target"].startswith(readers["unsure"])]
    assert len({dict(mail["letter"]["headers"])["Message-ID"] for mail in unsure}) == 1
    assert desk.sandbox("GET", "/faults").json() == [], "not every fault struck"


def test_a_destination_that_hangs_delays_no_other(desk: Desk) -> None:
    desk.fault("telegram", "hang", target="-1001000000001")
    stuck = desk.scheduled(desk.announcement("maintenance", "Hanging", to="slow"))
    other = desk.scheduled(desk.announcement("maintenance", "Flowing"))

    desk.due(stuck)
    desk.due(other)

    assert {line.state for line in desk.settled(other, hurry=HURRY).values()} == {"delivered"}
    desk.wait_until(lambda: len(desk.unfinished(stuck)) == 1, "the others wait for it", hurry=HURRY)
    [hanging] = desk.unfinished(stuck)
    assert (hanging.destination, hanging.state, hanging.attempts) == ("patient", "sending", 1)
    assert len(desk.arrivals("x", "Hanging")) == 1
