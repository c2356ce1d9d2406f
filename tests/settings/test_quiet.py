"""Quiet hours in publisher.toml: both halves, of a place that can be left alone, on a clock that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.app.house_kinds import house_kinds
from publisher.content.kinds.kind import Quiet
from publisher.settings import SettingsError, load
from tests.settings.test_loading import workspace
from tests.settings.test_regions import SANDBOX, TELEGRAM, WEBSITE, destinations


def test_a_place_says_when_it_is_left_alone(tmp_path: Path) -> None:
    hours = 'quiet_hours = "22:00-07:00"\ntime_zone = "Asia/Singapore"\n'

    found = destinations(workspace(tmp_path, (TELEGRAM, f"{TELEGRAM}{hours}")))

    assert {name: str(each) for name, each in found.quiet.items()} == {"telegram-en": "22:00 to 07:00 Asia/Singapore"}


@pytest.mark.parametrize(
    ("place", "hours", "why"),
    [
        (TELEGRAM, 'quiet_hours = "22:00-07:00"', "quiet_hours and time_zone belong together"),
        (TELEGRAM, 'time_zone = "Asia/Singapore"', "quiet_hours and time_zone belong together"),
        (TELEGRAM, 'quiet_hours = "at night"\ntime_zone = "Asia/Singapore"', "such as 22:00-07:00"),
        (TELEGRAM, 'quiet_hours = "22:00-07:00"\ntime_zone = "Mars/Base"', "unknown time zone 'Mars/Base'"),
        (WEBSITE, 'quiet_hours = "22:00-07:00"\ntime_zone = "Asia/Singapore"', "a website disturbs nobody"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(tmp_path: Path, place: str, hours: str, why: str) -> None:
    folder = workspace(tmp_path, (place, f"{place}{hours}\n"))

    with pytest.raises(SettingsError, match=rf"publisher.toml:\d+:\d+: .*{why}"):
        destinations(folder).all_targets()


def test_a_policy_says_what_they_mean_to_a_kind(tmp_path: Path) -> None:
    folder = workspace(tmp_path, (SANDBOX, f'[policies.activity]\nquiet = "ignore"\n\n{SANDBOX}'))

    assert house_kinds(load(folder, {}))["activity"].quiet is Quiet.IGNORE
