"""What is sent to Discord, and what of it is found wanting before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.discord import channel
from channels.discord.composing import DiscordComposer
from channels.discord.settings import Account
from publisher.channel import Part, slot
from tests.channels.discord.builders import CHANNEL, SERVER, parts


def codes(part: Part) -> list[str]:
    return [finding.code for finding in DiscordComposer().check([part])]


def test_a_message_is_the_text_and_where_it_goes() -> None:
    [part] = parts("## Listing\n")

    assert part.content == {
        "channel_id": CHANNEL,
        "content": "## Listing",
        "published_at": slot("published_at"),
        "silent": False,
        "link_preview": False,
        "server": None,
    }


@pytest.mark.parametrize(("text", "found"), [("x" * 2000, []), ("x" * 2001, ["discord.too_long"]), ("🐦" * 1000, [])])
def test_length_is_counted_in_utf16(text: str, found: list[str]) -> None:
    assert codes(parts(text)[0]) == found


def test_a_link_counts_as_long_as_it_may_become() -> None:
    assert codes(parts("x" * 1840 + slot("url"))[0]) == []
    assert codes(parts("x" * 1841 + slot("url"))[0]) == ["discord.too_long"]


def test_an_empty_message_is_found() -> None:
    assert codes(parts(" \n")[0]) == ["discord.empty"]


@pytest.mark.parametrize("address", ["#announcements", "1300", "", "-100130000000000000", "<#1300000000000000011>"])
def test_what_is_not_a_channel(address: str) -> None:
    assert codes(parts(address=address)[0]) == ["discord.channel"]


@pytest.mark.parametrize("server", ["example", "1", "1" * 21])
def test_a_server_is_a_number(server: str) -> None:
    with pytest.raises(ValidationError, match="server"):
        channel.Options.model_validate({"server": server})


@pytest.mark.parametrize("token", ["Bot " + SERVER.token, "nonsense", SERVER.token + "\nX: y", "a.b.c"])
def test_what_is_not_a_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValidationError, match="bot token") as refusal:
        Account.model_validate({"token": token})
    assert token not in str(refusal.value)


def test_the_channel_is_what_the_registry_expects() -> None:
    assert channel.name == "discord"
    assert channel.connect_posting is not None
    assert channel.connect_mailing is None


def test_every_setting_has_a_heading_in_the_docs() -> None:
    headings = (Path(__file__).parents[3] / "docs/channels/discord.md").read_text(encoding="utf-8").splitlines()
    settings = [*channel.Account.model_fields, *channel.Options.model_fields]
    assert [name for name in settings if f"### `{name}`" not in headings] == []
