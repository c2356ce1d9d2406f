from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.x import channel
from channels.x.composing import LONGEST, XComposer
from channels.x.settings import Account
from publisher.channel import Part, Payload, Severity, Target, fill_text, slot
from publisher.measure import weighted
from tests.channels.x.builders import parts


def codes(*found: Part) -> list[str]:
    return [finding.code for finding in XComposer().check(found)]


def text_of(part: Part) -> str:
    return str(part.content["text"])


LONG = "The network upgrade begins at block 21,000,000. Deposits and withdrawals stop. " * 10


def test_a_text_that_fits_is_one_post_even_where_threads_are_wanted() -> None:
    assert parts(f" Listing\n\n{slot('url')}\n", thread=True) == [
        Part("post", {"text": f"Listing\n\n{slot('url')}", "limit": 280})
    ]


def test_a_thread_is_numbered_and_each_part_answers_the_one_before() -> None:
    thread = parts(f"{LONG}{slot('url')}", thread=True)

    assert [part.name for part in thread] == [f"post-{number}" for number in range(1, len(thread) + 1)]
    assert text_of(thread[0]).startswith(f"1/{len(thread)} The network")
    assert "in_reply_to" not in thread[0].content
    assert {part.content["in_reply_to"] for part in thread[1:]} == {slot("previous.id")}
    assert codes(*thread) == []


def test_a_thread_fits_with_its_slots_at_their_greatest_length() -> None:
    thread = parts(f"{slot('reference')} {LONG}{slot('published_at')} {slot('url')}", thread=True)
    assert all(weighted(fill_text(text_of(part), LONGEST)) <= 280 for part in thread)


def test_a_frozen_thread_is_read_back_as_it_was() -> None:
    target = Target("x-main", "x", "x", "ExampleExchange", "en-US", {"thread": True})
    payload = Payload(target, tuple(parts(f"{LONG}{slot('url')}", thread=True)))
    assert Payload.from_json(payload.to_json()).sha256 == payload.sha256
    assert set(payload.slots) == {"previous.id", "url"}


def test_without_threads_a_long_text_is_an_error_that_says_by_how_much() -> None:
    (finding,) = XComposer().check(parts("x" * 300))
    assert finding.code == "x.too_long"
    assert "20 longer than the 280" in finding.message
    assert "thread = true" in finding.fix


def test_a_premium_account_may_say_more() -> None:
    assert codes(*parts("x" * 300, limit=4000)) == []


def test_a_link_counts_23_however_long_it_gets() -> None:
    assert codes(*parts("x" * 256 + " " + slot("url"))) == []
    assert codes(*parts("x" * 257 + " " + slot("url"))) == ["x.too_long"]


def test_two_cashtags_are_one_too_many() -> None:
    assert codes(*parts("$ACME opens")) == []
    (finding,) = XComposer().check(parts("$ACME and $COYO open"))
    assert finding.code == "x.cashtags"
    assert "ACME, COYO" in finding.message


def test_a_file_name_becomes_a_link_and_staff_are_told() -> None:
    (finding,) = XComposer().check(parts(f"Read foo.md\n{slot('url')}"))
    assert (finding.code, finding.severity) == ("x.unintended_link", Severity.WARNING)
    assert "foo.md" in finding.message


def test_a_full_address_is_meant_to_be_a_link() -> None:
    assert codes(*parts("See https://example.com/fees for details")) == []


@pytest.mark.parametrize("text", [f"see({slot('url')}/x", f"see:{slot('url')}#top", f"a{slot('url')}"])
def test_a_link_that_runs_into_its_surroundings_is_an_error(text: str) -> None:
    assert "x.link" in codes(*parts(text))


def test_a_link_between_cjk_characters_is_fine() -> None:
    assert codes(*parts(f"详情：{slot('url')}。")) == []


def test_invalid_characters_and_emptiness_are_errors() -> None:
    assert codes(*parts("a\ufeffb")) == ["x.invalid"]
    assert codes(*parts(" ")) == ["x.empty"]


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="threads"):
        parts("x", threads=True)


KEYS = {"consumer_key": "aa", "consumer_secret": "bb", "access_token": "cc", "access_token_secret": "dd"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "either"),
        ({**KEYS, "user_token": "ee"}, "either"),
        ({"consumer_key": "aa"}, "access_token_secret"),
    ],
)
def test_an_account_has_exactly_one_way_in(keys: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Account.model_validate({"handle": "ExampleExchange", "user_id": "16", **keys})


def test_an_account_never_shows_its_keys() -> None:
    account = Account.model_validate({"handle": "ExampleExchange", "user_id": "16", **dict.fromkeys(KEYS, "s3cret")})
    assert "s3cret" not in repr(account)


def test_the_channel_is_what_the_registry_expects() -> None:
    assert channel.name == "x"
    assert channel.connect_posting is not None
    assert not channel.composer.capabilities.amends


def test_every_setting_has_a_heading_in_the_docs() -> None:
    headings = (Path(__file__).parents[3] / "docs/channels/x.md").read_text(encoding="utf-8").splitlines()
    settings = [*channel.Account.model_fields, *channel.Options.model_fields]
    assert [name for name in settings if f"### `{name}`" not in headings] == []
