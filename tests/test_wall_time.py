"""A local time names exactly one instant or is refused, with what to write instead."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.wall_time import Ambiguous, Skipped, UnknownZone, WallTimeError, in_utc, in_zone, resolve, rfc3339, zone


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 wall clock


@pytest.mark.parametrize(
    ("moment", "place", "utc"),
    [
        (local(2026, 12, 3, 10), "Asia/Singapore", "2026-12-03T02:00:00+00:00"),
        (local(2026, 12, 3, 10), "Asia/Kathmandu", "2026-12-03T04:15:00+00:00"),
        (local(2026, 7, 3, 10), "America/New_York", "2026-07-03T14:00:00+00:00"),
        (local(2026, 12, 3, 10), "UTC", "2026-12-03T10:00:00+00:00"),
    ],
)
def test_the_wall_clock_becomes_an_instant(moment: datetime, place: str, utc: str) -> None:
    assert resolve(moment, place).isoformat() == utc


def test_a_time_that_the_clock_skips_is_refused_with_its_neighbours() -> None:
    with pytest.raises(Skipped, match=r"2026-03-08 02:30 does not exist in America/New_York") as raised:
        resolve(local(2026, 3, 8, 2, 30), "America/New_York")

    assert (raised.value.before.hour, raised.value.after.hour) == (1, 3)


def test_a_jump_of_half_an_hour_is_a_gap_too() -> None:
    with pytest.raises(Skipped):
        resolve(local(2026, 10, 4, 2, 10), "Australia/Lord_Howe")


def test_a_time_that_happens_twice_must_be_chosen() -> None:
    with pytest.raises(Ambiguous, match=r"happens twice in Europe/Berlin.*\+0200.*\+0100"):
        resolve(local(2026, 10, 25, 2, 30), "Europe/Berlin")


@pytest.mark.parametrize(("fold", "utc_hour"), [(0, 0), (1, 1)])
def test_fold_chooses(fold: int, utc_hour: int) -> None:
    assert resolve(local(2026, 10, 25, 2, 30), "Europe/Berlin", fold=fold).hour == utc_hour


def test_fold_does_not_matter_elsewhere() -> None:
    assert resolve(local(2026, 12, 3, 10), "Europe/Berlin", fold=1) == resolve(local(2026, 12, 3, 10), "Europe/Berlin")


def test_an_old_table_of_zones_on_the_machine_changes_nothing(tmp_path: Path) -> None:
    table = tmp_path / "Asia"
    table.mkdir()
    noon = resources.files("tzdata").joinpath("zoneinfo", "America", "New_York").read_bytes()
    (table / "Singapore").write_bytes(noon)
    ask = "from datetime import datetime; from publisher.wall_time import resolve;"
    ask += "print(resolve(datetime(2026, 12, 3, 10), 'Asia/Singapore').isoformat())"
    said = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, "PYTHONTZPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert said.stdout.strip() == "2026-12-03T02:00:00+00:00"


def test_an_offset_is_refused() -> None:
    with pytest.raises(WallTimeError, match="already has an offset"):
        resolve(datetime(2026, 12, 3, 10, tzinfo=timezone(timedelta(hours=8))), "Asia/Singapore")


@pytest.mark.parametrize("name", ["", "America", "../etc/passwd", "UTC+8", "GMT+8", "Etc/GMT+99", "x" * 100_000])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="use an IANA name such as Asia/Singapore"):
        zone(name)


@pytest.mark.parametrize("name", ["Asia/Singapur", "asia/singapore", "Asia/Singapore\0"])
def test_of_an_unknown_zone_the_nearest_is_named(name: str) -> None:
    with pytest.raises(UnknownZone, match=r"did you mean Asia/Singapore\?$"):
        zone(name)


@given(
    st.datetimes(min_value=local(2000, 1, 1, 0), max_value=local(2036, 1, 1, 0)),
    st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Singapore", "Africa/Casablanca"]
    ),
    st.sampled_from([0, 1]),
)
def test_whatever_is_resolved_reads_the_same_on_the_wall(moment: datetime, place: str, fold: int) -> None:
    try:
        instant = resolve(moment, place, fold=fold)
    except Skipped as gap:
        before, after = (side.replace(tzinfo=None) for side in (gap.before, gap.after))
        assert before < moment < after
    else:
        assert instant.tzinfo is UTC
        assert instant.astimezone(ZoneInfo(place)).replace(tzinfo=None) == moment


def test_an_instant_is_written_with_its_zone() -> None:
    moment = datetime(2026, 12, 3, 19, 5, 9, 400_000, tzinfo=ZoneInfo("Asia/Singapore"))

    assert in_utc(moment) == "2026-12-03 11:05 UTC"
    assert in_utc(moment, seconds=True) == "2026-12-03 11:05:09 UTC"
    assert in_utc(moment, named=False) == "2026-12-03 11:05"
    assert in_zone(moment, "America/New_York") == "2026-12-03 06:05 America/New_York"
    assert rfc3339(moment) == "2026-12-03T11:05:09Z"
