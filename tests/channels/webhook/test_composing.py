"""What an event says, and what of it is found wanting before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.webhook import channel
from channels.webhook.composing import WebhookComposer
from channels.webhook.settings import Account
from publisher.channel import Part, Payload, slot
from tests.channels.webhook.builders import NEWER, RECORD, SECRET, event, parts, rendered, target


def codes(part: Part) -> list[str]:
    return [finding.code for finding in WebhookComposer().check([part])]


def test_an_event_holds_the_short_texts_the_record_and_who_shall_see_it() -> None:
    [part] = parts("Deposits resume", "At: 12:00")

    assert part.content == {
        "destination": "push",
        "segment": "app-users",
        "locale": "en-US",
        "push_title": "Deposits resume",
        "push_body": "At: 12:00",
        "collapse_key": RECORD["id"],
        "expires_after": 86_400,
        "record": RECORD,
    }


def test_the_slots_are_those_of_the_record() -> None:
    assert set(Payload(target(), tuple(parts())).slots) == {"reference", "url", "published_at"}


def test_a_filled_event_holds_no_marker() -> None:
    text = json.dumps(dict(event().content), ensure_ascii=False)

    assert slot("url") not in text
    assert "https://example.com/en-US/ANN-2026-00042" in text


def test_the_operator_says_when_a_message_is_stale() -> None:
    assert parts(expires_after=3600)[0].content["expires_after"] == 3600


@pytest.mark.parametrize("seconds", [-1, 2_419_201, "soon"])
def test_an_expiry_that_no_push_service_keeps_is_refused(seconds: object) -> None:
    with pytest.raises(ValidationError, match="expires_after"):
        channel.Options.model_validate({"expires_after": seconds})


@pytest.mark.parametrize(("body", "found"), [("x" * 178, []), ("x" * 179, ["webhook.long_body"]), ("🐦" * 89, [])])
def test_a_message_is_as_long_as_a_phone_shows(body: str, found: list[str]) -> None:
    assert codes(parts(body=body)[0]) == found


def test_a_link_in_the_message_counts_as_long_as_it_may_become() -> None:
    assert codes(parts(body="x" * 18 + slot("url"))[0]) == []
    assert codes(parts(body="x" * 19 + slot("url"))[0]) == ["webhook.long_body"]


def test_a_long_title_is_a_warning_only() -> None:
    [finding] = WebhookComposer().check(parts(title="x" * 101))

    assert (finding.code, finding.severity.value) == ("webhook.long_title", "warning")


@pytest.mark.parametrize(("title", "body"), [("", "x"), ("x", " ")])
def test_an_empty_message_is_found(title: str, body: str) -> None:
    assert codes(parts(title, body)[0]) == ["webhook.empty"]


@pytest.mark.parametrize("segment", ["", " ", "all\nusers"])
def test_a_segment_that_names_nobody_is_found(segment: str) -> None:
    [part] = WebhookComposer().compose(rendered(), target(segment))

    assert codes(part) == ["webhook.segment"]


@pytest.mark.parametrize(
    "url",
    ["https://push.example.com/announcements", "http://127.0.0.1:8085/a", "http://localhost/", "http://[::1]:80/a?b=c"],
)
def test_an_endpoint_is_https_or_on_this_machine(url: str) -> None:
    assert Account.model_validate({"url": url, "secret": SECRET}).url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://push.example.com/", "use https"),
        ("http://127.0.0.1.example.com/", "use https"),
        ("http://169.254.169.254/latest", "use https"),
        ("https://user:word@push.example.com/", "before @"),
        ("https://push.example.com/#a", "after #"),
        ("push.example.com", "whole address"),
        ("ftp://push.example.com/", "whole address"),
        ("https:///a", "whole address"),
    ],
)
def test_an_endpoint_that_would_leak_or_mean_nothing_is_refused(url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Account.model_validate({"url": url, "secret": SECRET})


@pytest.mark.parametrize("secret", ["", "whsec_c2hvcnQ=", SECRET[6:], f"{SECRET} nonsense", "whsec_ÿ" * 9])
def test_what_is_not_a_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValidationError, match="secret") as refusal:
        Account.model_validate({"url": "https://push.example.com/", "secret": secret})
    assert not secret or secret not in str(refusal.value)


def test_two_secrets_while_one_is_being_changed() -> None:
    assert Account.model_validate({"url": "https://push.example.com/", "secret": f"{NEWER}\n{SECRET}"})


def test_every_setting_has_a_heading_in_the_docs() -> None:
    headings = (Path(__file__).parents[3] / "docs/channels/webhook.md").read_text(encoding="utf-8").splitlines()
    settings = [*channel.Account.model_fields, *channel.Options.model_fields]
    assert [name for name in settings if f"### `{name}`" not in headings] == []
