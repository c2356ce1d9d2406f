"""`regions` of announcement.toml: what is read, and every mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.channel import EVERYWHERE, Regions
from publisher.content.kinds.region import CODES, GROUPS, regions
from publisher.content.source import read
from tests.content.folders import TOML, ZONE, Folder

GULF = {**GROUPS, "GULF": frozenset({"AE", "SA"})}


def with_regions(folder: Folder, written: str) -> Folder:
    return folder.replace(TOML, ZONE, f"{ZONE}\nregions = {written}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{ deny = ["US", "US"] }', Regions(deny=("US",))),
        ('{ allow = ["SG", "JP"] }', Regions(allow=("JP", "SG"))),
        ('{ allow = ["GULF", "SG"], deny = ["SA"] }', Regions(allow=("AE", "SG"))),
        ('{ allow = ["WORLD"] }', EVERYWHERE),
        ('{ allow = ["SG"], deny = ["US"] }', Regions(allow=("SG",))),
    ],
)
def test_codes_and_groups_are_read(maintenance: Folder, written: str, meant: Regions) -> None:
    revision, findings = read(with_regions(maintenance, written).path, GULF)

    assert not findings
    assert revision is not None
    assert revision.regions == meant


@pytest.mark.parametrize(
    ("written", "at", "message", "fix"),
    [
        ('{ deny = ["UK"] }', '"UK"', "`UK` is neither a code of ISO 3166 nor a group", "write GB"),
        ('{ deny = ["us"] }', '"us"', "`us` is neither", "write US"),
        ('{ deny = ["EU"] }', '"EU"', "`EU` is neither", "write EU27"),
        ('{ deny = ["WORL"] }', '"WORL"', "`WORL` is neither", "did you mean `WORLD`?"),
        ('{ allow = ["SG"], deny = ["SG"] }', '= [^"SG"] }', "`SG` is both allowed and denied", "take it out"),
        ('{ allow = ["SG"], deny = ["WORLD"] }', '["WORLD"]', "nobody may read it", "deny fewer"),
        ("{ }", "regions", "`regions` names no region", "or remove it"),
        ("{ alow = [] }", "alow", "there is no key `regions.alow`", "`allow`"),
        ('"US"', '"US"', "`regions`", "regions = { deny"),
    ],
)
def test_a_mistake_is_explained(maintenance: Folder, written: str, at: str, message: str, fix: str) -> None:
    folder = with_regions(maintenance, written)

    error = folder.error()

    assert message in error.message
    assert fix in error.fix
    assert error.place == folder.place(TOML, at)


def test_an_activity_says_it_with_its_facts(tmp_path: Path) -> None:
    folder = Folder.of("activity", tmp_path / "activity")

    assert folder.revision().regions == Regions(("JP", "SG"))
    error = with_regions(folder, '{ deny = ["US"] }').error()
    assert error.fix == "remove `regions`; change the fact `regions`"


def test_where_it_may_be_read_is_part_of_what_is_approved(maintenance: Folder) -> None:
    before = maintenance.revision()

    after = with_regions(maintenance, '{ deny = ["US"] }').revision()

    assert '"regions":{"allow":[],"deny":["US"]}' in after.common_json()
    assert after.sha256 != before.sha256


def test_the_groups_are_as_treaties_say() -> None:
    assert (len(GROUPS["EU27"]), len(GROUPS["EEA"]), GROUPS["WORLD"]) == (27, 30, CODES)
    assert GROUPS["EEA"] - GROUPS["EU27"] == {"IS", "LI", "NO"}
    assert GROUPS["EEA"] < CODES


def test_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        regions((), CODES)


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        (EVERYWHERE, "everywhere"),
        (Regions(("SG", "JP")), "JP, SG only"),
        (Regions(deny=("US",)), "everywhere but US"),
        (Regions(deny=tuple(GROUPS["EEA"])), "everywhere but AT, BE, BG, CY, CZ, DE, DK, EE and 22 more"),
    ],
)
def test_staff_read_where_it_may_be_read(meant: Regions, said: str) -> None:
    assert meant.said() == said
