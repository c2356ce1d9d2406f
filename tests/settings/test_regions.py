"""Jurisdictions, groups of regions, who speaks, and the sets of kinds in publisher.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import registry
from publisher.app.destinations import Destinations
from publisher.channel import EVERYWHERE, Regions
from publisher.settings import SettingsError, load
from tests.settings.test_loading import mistakes, workspace

ADDRESS = 'address = "@example_exchange"\nlocales = ["en-US"]\n'
TELEGRAM = f'{ADDRESS}jurisdictions = ["SG", "JP"]\n'
WEBSITE = 'account = "site"\n'
SANDBOX = "[sandbox]"
ENTITY = '[entities.sg]\nlegal_name = "Example SG"\npostal_address = "1 Example Square"\nfooter = "2026-11"\n'


def destinations(folder: Path) -> Destinations:
    return Destinations(load(folder, {}), registry.load(), folder / "publisher.toml", folder / "site")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('["GULF", "SG"]', Regions(("AE", "SA", "SG"))),
        ('["WORLD"]', EVERYWHERE),
        ('"unknown"', None),
    ],
)
def test_a_destination_says_where_its_readers_are(tmp_path: Path, written: str, meant: Regions | None) -> None:
    groups = (SANDBOX, f'[region_groups]\nGULF = ["AE", "SA"]\n\n{SANDBOX}')
    folder = workspace(tmp_path, (TELEGRAM, f"{ADDRESS}jurisdictions = {written}\n"), groups)

    target = destinations(folder).all_targets()["telegram-en", "en-US"]

    assert target.jurisdictions == meant
    assert not target.chooses


def test_mail_and_a_gated_website_choose_their_readers(tmp_path: Path) -> None:
    targets = destinations(workspace(tmp_path, (WEBSITE, f"{WEBSITE}gated = true\n"))).all_targets()

    assert targets["website", "en-US"].chooses
    assert targets["newsletter", "en-US"].chooses


def test_nothing_can_stand_before_a_chat(tmp_path: Path) -> None:
    folder = workspace(tmp_path, (TELEGRAM, f"{TELEGRAM}gated = true\n"))

    with pytest.raises(SettingsError, match=r"publisher.toml:\d+:9: .*nothing can stand between telegram and its"):
        destinations(folder).all_targets()


def test_the_set_of_an_announcement_is_its_own_or_that_of_its_kind_or_default(tmp_path: Path) -> None:
    folder = workspace(tmp_path, (SANDBOX, f'[kinds.activity]\nset = "website"\n\n{SANDBOX}'))

    settings = load(folder, {})

    assert settings.set_for("activity", "") == "website"
    assert settings.set_for("activity", "default") == "default"
    assert settings.set_for("listing", "") == "default"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[kinds.activty]\nset = "website"', "there is no kind 'activty'. Did you mean activity?"),
        ('[kinds.activity]\nset = "webs"', "there is no set 'webs'. Did you mean website?"),
        ('[region_groups]\nEEA = ["SG"]', "region_groups.EEA: a group cannot be called so. Use three or more"),
        ('[region_groups]\nGULF = ["XX"]', "region_groups.GULF: 'XX' is neither a code of ISO 3166 nor a group"),
        ('[site.views]\nmain = ["SG"]\nasia = ["JP", "SG"]', "SG is in two views, main and asia. Leave it in one"),
        ('[site.views]\nmain = ["XX"]', "site.views.main: 'XX' is neither a code of ISO 3166 nor a group"),
        ("[region_groups]\nGULF = []", "region_groups.GULF: Value should have at least 1 item"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, more: str, says: str) -> None:
    [found] = mistakes(workspace(tmp_path, (SANDBOX, f"{more}\n\n{SANDBOX}")))

    assert says in found


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('["SG", "UK"]', "jurisdictions: 'UK' is neither a code of ISO 3166 nor a group of regions"),
        ("[]", "jurisdictions: Value should have at least 1 item"),
        ('"somewhere"', "jurisdictions: "),
    ],
)
def test_wrong_jurisdictions_are_explained(tmp_path: Path, written: str, says: str) -> None:
    [found] = mistakes(workspace(tmp_path, (TELEGRAM, f"{ADDRESS}jurisdictions = {written}\n")))

    assert says in found


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('entity = "sq"', "destinations.telegram-en: there is no entity 'sq'. There are: sg."),
        ('brand = "pr"', "destinations.telegram-en: there is no brand 'pr'. Did you mean pro?"),
    ],
)
def test_who_speaks_must_be_there(tmp_path: Path, more: str, says: str) -> None:
    speakers = (SANDBOX, f'{ENTITY}\n[brands.pro]\nname = "Example Pro"\n\n{SANDBOX}')

    [found] = mistakes(workspace(tmp_path, (TELEGRAM, f"{TELEGRAM}{more}\n"), speakers))

    assert says in found


def test_a_destination_carries_its_entity_and_the_version_of_its_footer(tmp_path: Path) -> None:
    folder = workspace(tmp_path, (TELEGRAM, f'{TELEGRAM}entity = "sg"\n'), (SANDBOX, f"{ENTITY}\n{SANDBOX}"))

    target = destinations(folder).all_targets()["telegram-en", "en-US"]

    assert (target.entity, target.footer, target.brand) == ("sg", "2026-11", "")


def test_views_that_nothing_shows_are_refused(tmp_path: Path) -> None:
    views = (SANDBOX, f'[site.views]\nmain = ["SG"]\n\n{SANDBOX}')

    with pytest.raises(SettingsError, match="nothing shows the views of a site"):
        _ = destinations(workspace(tmp_path, views)).gate

    gate = destinations(workspace(tmp_path, views, (WEBSITE, f"{WEBSITE}gated = true\n"))).gate
    assert gate is not None
    assert gate.views == {"main": {"SG"}}
