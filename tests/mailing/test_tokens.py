"""Links that act for one reader, and Message-IDs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import slot_value
from publisher.content.kinds.kind import MailClass
from publisher.mailing.tokens import Grant, MessageIds, Purpose, Tokens

KEY, OLDER = b"a key of the exchange, 32 bytes.", b"the key of the year before, gone"
GRANT = Grant(Purpose.UNSUBSCRIBE, 4711, MailClass.SERVICE)


@given(st.integers(0, 2**63), st.sampled_from(Purpose), st.sampled_from(MailClass))
def test_a_token_opens_to_what_was_sealed(subscriber_id: int, purpose: Purpose, mail_class: MailClass) -> None:
    grant = Grant(purpose, subscriber_id, mail_class)
    assert Tokens([KEY]).open(Tokens([KEY]).seal(grant)) == grant


def test_a_token_is_short_and_says_nothing() -> None:
    token = Tokens([KEY]).seal(GRANT)
    neighbour = Tokens([KEY]).seal(Grant(Purpose.UNSUBSCRIBE, 4712, MailClass.SERVICE))
    assert re.fullmatch(r"[A-Za-z0-9_-]{35}", token)
    assert sum(a == b for a, b in zip(token, neighbour, strict=True)) < 12


def test_a_token_of_an_older_key_still_works_after_a_new_one_came() -> None:
    assert Tokens([KEY, OLDER]).open(Tokens([OLDER]).seal(GRANT)) == GRANT
    assert Tokens([KEY]).open(Tokens([OLDER]).seal(GRANT)) is None


@pytest.mark.parametrize("place", range(34))
def test_a_token_with_one_character_changed_is_nothing(place: int) -> None:
    token = Tokens([KEY]).seal(GRANT)
    other = "A" if token[place] != "A" else "B"
    assert Tokens([KEY]).open(token[:place] + other + token[place + 1 :]) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{35}", fullmatch=True))
def test_anything_else_is_nothing(text: str) -> None:
    assert Tokens([KEY]).open(text) is None


def test_a_long_key_is_as_good() -> None:
    assert Tokens([KEY * 9]).open(Tokens([KEY * 9]).seal(GRANT)) == GRANT
    assert Tokens([KEY * 8]).open(Tokens([KEY * 9]).seal(GRANT)) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Tokens([KEY, b"short"])


def test_a_message_id_is_the_same_again_and_another_for_every_message() -> None:
    ids = MessageIds(KEY)
    first = ids.of(1, 2, "news.example.com")
    assert first == MessageIds(KEY).of(1, 2, "news.example.com")
    assert len({first, ids.of(1, 3, "news.example.com"), ids.of(2, 2, "news.example.com")}) == 3
    assert slot_value("message_id", {"message_id": first}) == first
