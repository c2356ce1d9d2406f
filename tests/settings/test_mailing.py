"""Rates and plans in publisher.toml: what is meant is what is done, and mistakes are named with their line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from publisher.app import App
from publisher.app.pacing import pacing
from publisher.mailing.warm_up import WarmUp
from publisher.settings import SettingsError, load

RELAY = """
[accounts.relay]
channel = "email"
host = "127.0.0.1"
tls = "none"
"""
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def opened(folder: Path, text: str) -> App:
    (folder / "publisher.toml").write_text(text)
    return App(folder, load(folder))


def seconds(app: App, domain: str, readers: int = 36_000) -> float:
    """How long so many readers of a domain take."""
    return (pacing(app.destinations).ends_at("relay", {domain: readers}, NOON) - NOON) / timedelta(seconds=1)


def test_what_is_said_replaces_what_is_known(tmp_path: Path) -> None:
    gmail = "[mailing.providers.gmail]\nper_second = 36\n"
    partner = '[mailing.providers.partner]\ndomains = ["a.example", "b.example"]\nper_hour = 3600\nper_second = 2\n'
    app = opened(tmp_path, RELAY + gmail + partner)
    assert seconds(app, "gmail.com") == seconds(app, "googlemail.com") == pytest.approx(1_000, 0.01)
    assert seconds(app, "b.example") == 36_000, "the slower of the two"
    assert seconds(app, "outlook.com") == 720
    assert seconds(app, "elsewhere.example") == 0


def test_a_provider_that_nobody_knows_needs_domains(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"publisher\.toml:7.*mailing\.providers\.gmial has no domains.*gmail"):
        opened(tmp_path, f"{RELAY}\n[mailing.providers.gmial]\nper_second = 5\n")


def test_an_account_is_warmed_up(tmp_path: Path) -> None:
    app = opened(tmp_path, f"{RELAY}warm_up = {{ start = 2026-11-01, first_day = 5000, days = 10 }}\n")
    assert app.destinations.warm_ups() == {"relay": WarmUp(date(2026, 11, 1), 5_000, 1.5, 10)}
    assert set(app.destinations.accounts()) == {"relay"}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("{ start = 2026-11-01 }", "accounts.relay.warm_up.first_day is missing"),
        ("{ start = 2026-11-01, first_day = 0 }", "accounts.relay.warm_up.first_day: Input should be greater"),
        ("{ start = 2026-11-01, first_day = 5, grow = 2 }", "unknown setting accounts.relay.warm_up.grow"),
        ("5000", "accounts.relay.warm_up: Input should be a valid dictionary"),
    ],
)
def test_a_plan_that_is_none_is_named(tmp_path: Path, plan: str, said: str) -> None:
    app = opened(tmp_path, f"{RELAY}warm_up = {plan}\n")
    with pytest.raises(SettingsError) as caught:
        app.destinations.accounts()
    assert said in str(caught.value)


def test_only_mail_is_warmed_up(tmp_path: Path) -> None:
    app = opened(tmp_path, '[accounts.site]\nchannel = "website"\nwarm_up = { start = 2026-11-01, first_day = 5 }\n')
    with pytest.raises(SettingsError, match=r"unknown setting accounts\.site\.warm_up"):
        app.destinations.accounts()
