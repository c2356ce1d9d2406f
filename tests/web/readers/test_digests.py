"""Readers choose on their page how often, at which hour and on which day they hear of a kind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from publisher.app import opened
from publisher.mailing.preferences import Frequency
from publisher.mailing.tokens import Purpose
from publisher.settings import SettingsError
from tests.cli.desk import Desk, copied
from tests.web.readers.desk import Pages, serving

DIGESTS = '\n[subscribing]\nfrequencies = ["instant", "daily", "weekly"]\n[digests]\ndestination = "newsletter"\n'


def with_digests(made_once: Desk, folder: Path, settings: str = DIGESTS) -> Path:
    root = copied(made_once, folder).root
    with (root / "publisher.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    return root


@pytest.fixture
async def digests(made_once: Desk, tmp_path: Path) -> AsyncIterator[Pages]:
    async with opened(with_digests(made_once, tmp_path / "desk")) as app, serving(app) as pages:
        yield pages


async def test_how_often_hour_and_day_are_saved_and_shown(digests: Pages) -> None:
    reader = await digests.add(kinds="maintenance")
    chosen = {"kind.listing": "daily", "kind.activity": "weekly", "hour": "20", "weekday": "4", "locale": "en-US"}
    answer = await digests.post(digests.link(Purpose.PREFERENCES, reader), chosen)

    wish = (await digests.standing(reader)).wish
    assert wish.kinds == {"listing": Frequency.DAILY, "activity": Frequency.WEEKLY}
    assert (wish.hour, wish.weekday) == (20, 4)
    assert re.findall(r'<option value="([^"]+)" selected>', answer.text)[-2:] == ["20", "4"]
    assert ">Friday</option>" in answer.text
    async with digests.app.store.read() as tx:
        assert await tx.digest_work(digests.app.clock.now()) == (True, False)


async def test_nobody_waits_for_a_warning(digests: Pages) -> None:
    reader = await digests.add(kinds="maintenance")
    odd = {"kind.risk_warning": "weekly", "kind.incident": "instant", "hour": "24", "weekday": "-1"}
    answer = await digests.post(digests.link(Purpose.PREFERENCES, reader), odd)

    wish = (await digests.standing(reader)).wish
    assert (wish.kinds, wish.hour, wish.weekday) == ({"incident": Frequency.INSTANT}, 9, 0)
    assert '<input type="checkbox" id="kind-risk_warning"' in answer.text
    assert '<select id="kind-listing"' in answer.text


async def test_without_digests_there_is_no_hour_to_choose(pages: Pages) -> None:
    answer = await pages.get(pages.link(Purpose.PREFERENCES, await pages.add()))
    assert 'name="hour"' not in answer.text


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ('[subscribing]\nfrequencies = ["instant", "daily"]\n', "nothing sends what is daily"),
        ('[digests]\ndestination = "telegram-en"\n', "digests.destination: telegram-en does not send mail"),
        ('[digests]\ndestination = "nobody"\n', "nobody"),
    ],
)
async def test_settings_that_send_nothing_are_refused(
    made_once: Desk, tmp_path: Path, settings: str, wrong: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with opened(with_digests(made_once, tmp_path / "desk", f"\n{settings}")):
            pass
    assert wrong in str([finding.message for finding in refused.value.findings])
