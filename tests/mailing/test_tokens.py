"""Links that act for one reader, and Message-IDs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import slot_value
from publisher.content.kinds.kind import MailClass
from publisher.mailing.tokens import LIFE, Grant, MessageIds, Purpose, Tokens

KEY, OLDER = b"a key of the exchange, 32 bytes.", b"the key of the year before, gone"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
GRANT = Grant(Purpose.UNSUBSCRIBE, 4711, MailClass.SERVICE)


def sealed(keys: Sequence[bytes], grant: Grant = GRANT) -> str:
    return Tokens(keys).seal(grant, NOON)


def opened(keys: Sequence[bytes], token: str, now: datetime = NOON) -> Grant | None:
    return Tokens(keys).open(token, now)


@given(st.integers(0, 2**63), st.sampled_from(Purpose), st.sampled_from(MailClass), st.booleans())
def test_a_token_opens_to_what_was_sealed(
    person_id: int, purpose: Purpose, mail_class: MailClass, member: bool
) -> None:
    grant = Grant(purpose, person_id, mail_class, member)
    assert opened([KEY], sealed([KEY], grant)) == grant


def test_a_token_acts_for_two_years() -> None:
    token = sealed([KEY])
    assert opened([KEY], token, NOON + LIFE) == GRANT
    assert opened([KEY], token, NOON + LIFE + timedelta(days=1)) is None


def test_a_token_is_short_and_says_nothing() -> None:
    token = sealed([KEY])
    neighbour = sealed([KEY], Grant(Purpose.UNSUBSCRIBE, 4712, MailClass.SERVICE))
    assert re.fullmatch(r"[A-Za-z0-9_-]{39}", token)
    assert sum(a == b for a, b in zip(token, neighbour, strict=True)) < 12


def test_a_token_of_an_older_key_still_works_after_a_new_one_came() -> None:
    assert opened([KEY, OLDER], sealed([OLDER])) == GRANT
    assert opened([KEY], sealed([OLDER])) is None


@pytest.mark.parametrize("place", range(38))
def test_a_token_with_one_character_changed_is_nothing(place: int) -> None:
    token = sealed([KEY])
    other = "A" if token[place] != "A" else "B"
    assert opened([KEY], token[:place] + other + token[place + 1 :]) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{39}", fullmatch=True))
def test_anything_else_is_nothing(text: str) -> None:
    assert opened([KEY], text) is None


def test_a_long_key_is_as_good() -> None:
    assert opened([KEY * 9], sealed([KEY * 9])) == GRANT
    assert opened([KEY * 8], sealed([KEY * 9])) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Tokens([KEY, b"short"])


def test_a_message_id_is_the_same_again_and_another_for_every_message() -> None:
    ids = MessageIds(KEY)
    first = ids.of(1, 2, "news.example.com")
    assert first == MessageIds(KEY).of(1, 2, "news.example.com")
    assert len({first, ids.of(1, 3, "news.example.com"), ids.of(2, 2, "news.example.com")}) == 3
    assert slot_value("message_id", {"message_id": first}) == first
