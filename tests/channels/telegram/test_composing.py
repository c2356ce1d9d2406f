from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.telegram import channel
from channels.telegram.composing import TelegramComposer
from channels.telegram.settings import Account
from publisher.channel import Part, Payload, Severity, slot
from publisher.measure import utf16
from publisher.sandbox.telegram.entities import MarkupError, parse_html, strip
from tests.channels.telegram.builders import CHAT, parts, target


def codes(*found: Part) -> list[str]:
    return [finding.code for finding in TelegramComposer().check(found)]


def test_a_message_is_the_arguments_of_send_message() -> None:
    (message,) = parts(" <b>Listing</b>\n", silent=True, thread_id=3)

    assert message == Part(
        "message",
        {
            "chat_id": CHAT,
            "text": "<b>Listing</b>",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "disable_notification": True,
            "protect_content": False,
            "message_thread_id": 3,
        },
    )


def test_a_preview_is_of_the_announcements_own_page() -> None:
    (message,) = parts(link_preview="small")
    assert message.content["link_preview_options"] == {"url": slot("url"), "prefer_small_media": True}


def test_a_pin_is_a_part_of_its_own_after_the_message() -> None:
    message, pin = parts(pin=True, pin_days=3)

    assert (message.name, pin.name) == ("message", "pin")
    assert pin.content == {
        "chat_id": CHAT,
        "disable_notification": False,
        "urgent": False,
        "until": None,
        "days": 3,
    }


def test_a_frozen_payload_is_read_back_as_it_was() -> None:
    payload = Payload(target(pin=True), tuple(parts(f"Read {slot('url')}", pin=True)))
    assert Payload.from_json(payload.to_json()).sha256 == payload.sha256
    assert set(payload.slots) == {"url"}


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="pinned"):
        parts(pinned=True)


def test_a_good_message_has_no_findings() -> None:
    assert codes(*parts(f'<b>A &amp; B</b>\n- <a href="{slot("url")}">{slot("reference")}</a>', pin=True)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<br>", "line 1, column 1"),
        ("fine\n<p>no</p>", "line 2, column 1"),
        ("<b>open", "<b> has no end tag"),
        ("<b><i>crossed</b></i>", "expected </i>"),
        ("no start</b>", "unexpected '</b>'"),
        ("1 < 2", "column 3"),
        ("<a href='x'>single</a>", "not a tag it takes"),
        ("<a>no address</a>", "not a tag it takes"),
        ("<b class='x'>b</b>", "not a tag it takes"),
        ('<span class="other">x</span>', "not a tag it takes"),
        ("a &nbsp; b", "&nbsp;"),
        ("AT&T", "&T"),
    ],
)
def test_markup_that_telegram_refuses_is_found_with_its_place(text: str, said: str) -> None:
    (finding,) = TelegramComposer().check(parts(text))
    assert finding.code == "telegram.markup"
    assert said in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "<blockquote expandable>x</blockquote>",
        '<pre><code class="language-py">x</code></pre>',
        "<tg-spoiler>x</tg-spoiler>",
        '<span class="tg-spoiler">x</span>',
        "&lt;&gt;&amp;&quot;&#34;&#x27;",
    ],
)
def test_everything_telegram_takes_passes(text: str) -> None:
    assert codes(*parts(text)) == []


def test_length_is_counted_after_parsing_and_in_utf16_units() -> None:
    assert codes(*parts("<b>" + "🐦" * 2048 + "</b>")) == []
    assert codes(*parts("<b>" + "🐦" * 2048 + "!</b>")) == ["telegram.too_long"]


def test_slots_count_at_their_greatest_length() -> None:
    assert codes(*parts("x" * (4096 - 160) + slot("url"))) == []
    assert codes(*parts("x" * (4097 - 160) + slot("url"))) == ["telegram.too_long"]


def test_long_addresses_count_in_bytes() -> None:
    assert codes(*parts(f'<a href="https://example.com/{"a" * 32_768}">x</a>')) == ["telegram.too_many_bytes"]


def test_too_much_formatting_is_a_warning() -> None:
    (finding,) = TelegramComposer().check(parts("<b>x</b> " * 101))
    assert (finding.code, finding.severity) == ("telegram.formatting", Severity.WARNING)


def test_an_empty_message_is_found() -> None:
    assert codes(*parts("<b> </b>")) == ["telegram.empty"]


@pytest.mark.parametrize("address", ["@example_exchange", "-1001234567890", "4503599627370495"])
def test_the_forms_of_a_chat(address: str) -> None:
    assert codes(*parts(address=address)) == []


@pytest.mark.parametrize("address", ["example_exchange", "https://t.me/example", "@a", "", "@1abc", "-0"])
def test_what_is_not_a_chat(address: str) -> None:
    assert codes(*parts(address=address)) == ["telegram.chat"]


PIECES = st.sampled_from(["<b>", "</b>", "<i>", "</i>", "&amp;", "&", "<", ">", "x", "é", "🐦", "\n", "</", "<b ", '"'])


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_passes_the_check_the_server_parses_to_the_same_length(text: str) -> None:
    message = parts(text)[0]
    if "telegram.markup" in codes(message):
        return
    try:
        seen = strip(parse_html(str(message.content["text"])))
    except MarkupError as error:
        pytest.fail(f"{text!r}: {error}")
    assert utf16(seen.text) <= utf16(text)


@pytest.mark.parametrize("token", ["998877665", "998877665:", ":QQZZwrong", "998877665:QQ ZZ"])
def test_what_is_not_a_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValidationError, match="BotFather") as refusal:
        Account.model_validate({"token": token})
    assert token not in str(refusal.value)


def test_the_channel_is_what_the_registry_expects() -> None:
    assert channel.name == "telegram"
    assert channel.connect_posting is not None
    assert channel.connect_mailing is None


def test_every_setting_has_a_heading_in_the_docs() -> None:
    headings = (Path(__file__).parents[3] / "docs/channels/telegram.md").read_text(encoding="utf-8").splitlines()
    settings = [*channel.Account.model_fields, *channel.Options.model_fields]
    assert [name for name in settings if f"### `{name}`" not in headings] == []


def test_a_channel_and_its_linked_group_are_one_place_for_readers() -> None:
    channel = replace(target("@example_exchange", linked_group="@Example_Talk"), destination="telegram-en")
    group = replace(target("@example_talk"), destination="telegram-talk")
    other = replace(target("@example_exchange_zh"), destination="telegram-zh")

    [finding] = TelegramComposer().check_together([channel, group, other])

    assert (finding.code, finding.severity) == ("telegram.linked_group", Severity.ERROR)
    assert "leave telegram-talk out" in finding.fix
    assert TelegramComposer().check_together([channel, other]) == []
