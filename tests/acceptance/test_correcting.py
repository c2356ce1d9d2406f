"""What was wrong is put right where readers cannot miss it, and what was withdrawn is nowhere left as if it held."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email import message_from_string
from typing import Any

import pytest

from publisher.app import App
from publisher.content.correction import Act, Correction
from publisher.delivery.gate import target_stop
from publisher.delivery.stop import switch_off, switch_on
from publisher.release.approval import Refused
from tests.acceptance.desk import Desk
from tests.acceptance.test_what_follows import change, operations

WRONG, RIGHT = "0x52908400098527886E0F7030069857D2E4169EE7", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"


def mailed(desk: Desk, word: str, name: str) -> Sequence[Mapping[str, Any]]:
    """What one reader got about it, oldest first."""
    return [mail for mail in desk.arrivals("email", word) if mail["target"] == f"{name}@readers.example"]


def field(mail: Mapping[str, Any], name: str) -> str:
    return str(message_from_string(mail["raw"])[name])


def done(desk: Desk, channel: str, word: str) -> Sequence[str]:
    return [str(each["action"]) for each in desk.arrivals(channel, word)]


def test_a_wrong_address_is_told_by_new_posts_and_to_exactly_those_who_have_it(desk: Desk) -> None:
    desk.add_readers(["stays", "leaves"])
    folder = desk.announcement("listing", "Erratum")
    before = desk.settled(desk.publish(folder))
    desk.add_readers(["comes-later"])
    desk.stop_readers(["leaves"])

    change(folder, "announcement.toml", WRONG, RIGHT)
    second = desk.published(desk.submit(folder, Correction.of(Act.CORRECT, "wrong_address")))

    lines = desk.settled(second)
    assert (desk.state(second), set(operations(lines).values())) == ("published", {"amend"}), lines
    assert set(lines) == set(before)
    page = desk.site(before["website", "en-US"].url).text
    assert "An address in the first version was wrong. Do not use it." in page
    assert WRONG not in page
    assert RIGHT in page
    assert [len(mailed(desk, "Erratum", name)) for name in ("stays", "leaves", "comes-later")] == [2, 1, 0]
    first, correction = mailed(desk, "Erratum", "stays")
    assert correction["letter"]["subject"].startswith("Correction: ")
    assert field(correction, "References") == field(first, "References")
    wrong, right, deleted = desk.arrivals("x")[-3:]
    assert right["parameters"]["text"].startswith("Correction: ")
    assert (deleted["action"], deleted["given_id"]) == ("DELETE /2/tweets/:id", wrong["given_id"])
    told = [post for post in desk.arrivals("telegram") if post["target"] == "@example_exchange"]
    first_post, new_post, instead = told[-3:]
    assert RIGHT in new_post["parameters"]["text"]
    assert json.loads(new_post["parameters"]["reply_parameters"])["message_id"] == int(first_post["given_id"])
    assert (instead["action"], instead["parameters"]["message_id"]) == ("editMessageText", first_post["given_id"])
    assert "Erratum" not in instead["parameters"]["text"]
    assert lines["telegram-en", "en-US"].url == f"https://t.me/example_exchange/{new_post['given_id']}"


def test_what_is_withdrawn_is_nowhere_left_as_if_it_held(desk: Desk) -> None:
    desk.add_readers(["had-it"])
    folder = desk.announcement("maintenance", "Recall")
    first = desk.publish(folder)
    before = desk.settled(first)
    desk.add_readers(["never-had-it"])

    second = desk.published(desk.retract(first, "not_taking_place"))

    lines = desk.settled(second)
    assert (desk.state(second), set(operations(lines).values())) == ("published", {"retract"}), lines
    page = desk.site(before["website", "en-US"].url).text
    assert "was withdrawn" in page
    assert "What it announced does not take place." in page
    assert "Deposits" not in page
    assert [len(mailed(desk, "Recall", name)) for name in ("had-it", "never-had-it")] == [2, 0]
    assert mailed(desk, "Recall", "had-it")[1]["letter"]["subject"].startswith("Withdrawn: ")
    assert done(desk, "x", "Recall")[-1].startswith("POST")
    feed = desk.site("/en-US/feed.atom").text
    assert "Withdrawn: Recall" in feed
    with pytest.raises(Refused, match="withdrawn already"):
        desk.retract(first, "mistake")


def test_what_is_half_sent_is_stopped_and_taken_back(desk: Desk) -> None:
    desk.add_readers(["waits"])
    folder = desk.announcement("maintenance", "Halfway")

    async def no_mail(app: App) -> None:
        async with app.store.begin() as tx:
            await switch_off(tx, target_stop("newsletter"), at=app.clock.now(), actor="olga", reason="relay away")

    async def mail(app: App) -> None:
        async with app.store.begin() as tx:
            await switch_on(tx, target_stop("newsletter"), at=app.clock.now(), actor="olga", reason="it is back")

    desk.do(no_mail)
    first = desk.scheduled(folder)
    desk.due(first)
    desk.wait_until(lambda: bool(done(desk, "x", "Halfway")), "nothing on X", hurry=2)

    second = desk.published(desk.retract(first, "mistake"))
    desk.do(mail)

    assert desk.state(second) == "published"
    assert "newsletter" not in {destination for destination, _ in desk.settled(second)}
    assert mailed(desk, "Halfway", "waits") == []
    assert "was withdrawn" in desk.site(desk.settled(first)["website", "en-US"].url).text
