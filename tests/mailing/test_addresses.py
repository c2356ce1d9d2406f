"""Which addresses are taken, and why the others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import SLOTS, slot_value
from publisher.mailing.addresses import AddressError, address_key, mailbox_key, read_address


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("reader@example.com", "reader@example.com"),
        (" reader@example.com ", "reader@example.com"),
        ("Reader.Name+news@Example.COM", "Reader.Name+news@example.com"),
        ("reader@bücher.example", "reader@xn--bcher-kva.example"),
        ("reader@例え.example", "reader@xn--r8jz45g.example"),
        ("reader@xn--bcher-kva.example", "reader@xn--bcher-kva.example"),
        ("Läser@Bücher.example", "läser@xn--bcher-kva.example"),
        ("ｒｅａｄｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "reader@example.com"),
        ("\u3000reader@example。com\u3000", "reader@example.com"),
        ("reader@example.com.", "reader@example.com"),
        ("reader@Bücher.example.", "reader@xn--bcher-kva.example"),
        ("reader@XN--BCHER-KVA.example", "reader@xn--bcher-kva.example"),
        ("la\u0308ser@example.com", "läser@example.com"),
        ("用户@例え.example", "用户@xn--r8jz45g.example"),
        ("डाटामेल@example.com", "डाटामेल@example.com"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)
def test_what_is_taken(written: str, stored: str) -> None:
    assert read_address(written) == stored


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "is empty"),
        ("reader", "no @"),
        ("@example.com", "nothing before the @"),
        ("reader@", "no full domain"),
        ("reader@localhost", "no full domain"),
        ("reader@example.com\r\nBcc: other@example.com", "control character"),
        ("rea\x00der@example.com", "control character"),
        ("reader@exa\tmple.com", "control character"),
        ('"reader"@example.com', "quotes"),
        ("Reader <reader@example.com>", "quotes, brackets"),
        ("(a comment)reader@example.com", "quotes, brackets"),
        ("reader@example.com,other@example.com", "second @"),
        ("reader.@example.com", "dot at an edge"),
        ("rea..der@example.com", "two in a row"),
        ("l\u200bser@example.com", "no letter or digit, U\\+200B"),
        ("re＠der@example.com", "second @"),
        ("reader\U0001f600@example.com", "no letter or digit"),
        (f"{'ä' * 33}@example.com", "more than 64 bytes"),
        ("ä..ä@example.com", "two in a row"),
        (f"{'a' * 65}@example.com", "more than 64"),
        ("reader@[127.0.0.1]", "cannot exist"),
        ("reader@127.0.0.1", "cannot exist"),
        ("reader@example.com..", "cannot exist"),
        ("＂reader＂@example.com", "quotes"),
        ("reader@-example.com", "cannot exist"),
        ("reader@xn--a.example", "cannot exist"),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.com", "at most 254"),
    ],
)
def test_what_is_not_taken_and_why(written: str, reason: str) -> None:
    with pytest.raises(AddressError, match=reason):
        read_address(written)


@given(st.text() | st.emails() | st.from_regex(r"[a-z\"(<\r\n.]{1,6}@[a-zé0-9.-]{1,12}"))
def test_whatever_is_taken_can_be_sent_to_and_is_taken_again(text: str) -> None:
    try:
        address = read_address(text)
    except AddressError:
        return
    assert slot_value("recipient.address", {"recipient.address": address}) == address
    assert len(address) <= SLOTS["recipient.address"].max_bytes
    assert read_address(address) == address


def test_spellings_of_one_address_have_one_key() -> None:
    assert address_key("Reader@example.com") == address_key("reader@example.com")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("reader@example.com", "Reader+news@example.com"),
        ("first.last@gmail.com", "firstlast+x@googlemail.com"),
        ("ﬁsh@example.com", "fish@example.com"),
        ("σας@example.com", "ΣΑΣ@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
    ],
)
def test_ways_to_write_one_mailbox(one: str, other: str) -> None:
    assert mailbox_key(read_address(one)) == mailbox_key(read_address(other))


@pytest.mark.parametrize(
    ("one", "other"), [("first.last@example.com", "firstlast@example.com"), ("a@faß.example", "a@fass.example")]
)
def test_mailboxes_of_two_people(one: str, other: str) -> None:
    assert mailbox_key(read_address(one)) != mailbox_key(read_address(other))
