"""Where letters to readers come from: a destination that is there, and that mails."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.settings import SettingsError, load

PLACES = """
[accounts.relay]
channel = "email"
host = "127.0.0.1"
tls = "none"
[accounts.bot]
channel = "telegram"
[destinations.newsletter]
account = "relay"
address = "news@example.com"
locales = ["en-US"]
[destinations.chat]
account = "bot"
address = "@example"
locales = ["en-US"]
[subscribing]
"""


def loaded(folder: Path, line: str) -> str:
    (folder / "publisher.toml").write_text(PLACES + line)
    return load(folder).subscribing.destination


def test_a_destination_that_mails(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'destination = "newsletter"') == "newsletter"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('destination = "chat"', "publisher.toml:17:15: subscribing.destination: chat does not send mail"),
        ('destination = "newsleter"', "there is no destination 'newsleter'. Did you mean newsletter?"),
        ("per_network = 0", "subscribing.per_network: Input should be greater than or equal to 1"),
        ('frequencies = ["hourly"]', "subscribing.frequencies.0: Input should be 'instant', 'daily' or 'weekly'"),
    ],
)
def test_a_mistake_has_a_place(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, line)
    assert says in str(error.value)
