"""Preferences behind the link in a mail: what is shown, what is saved, and what a forwarded mail cannot do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.preferences import Frequency
from publisher.mailing.tokens import LIFE, Purpose
from tests.web.readers.desk import READER, Pages


async def test_the_page_shows_what_the_reader_has_and_not_who_they_are(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance")

    page = await pages.get(pages.link(Purpose.PREFERENCES, reader))

    assert page.status_code == 200
    assert 'name="kind.maintenance" value="instant" checked' in page.text
    assert 'name="kind.listing" value="instant">' in page.text
    assert READER not in page.text


async def test_looking_changes_nothing(pages: Pages) -> None:
    reader = await pages.add()
    before = await pages.standing(reader)

    await pages.get(pages.link(Purpose.PREFERENCES, reader))

    assert (await pages.standing(reader), await pages.acts(reader)) == (before, [])


async def test_what_is_chosen_is_saved_and_kept_as_proof(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance")

    chosen = {"kind.listing": "instant", "kind.activity": "instant", "locale": "zh-CN", "zone": "Asia/Singapore"}
    answer = await pages.post(pages.link(Purpose.PREFERENCES, reader), chosen)

    wish = (await pages.standing(reader)).wish
    assert wish.kinds == {"listing": Frequency.INSTANT, "activity": Frequency.INSTANT}
    assert (wish.locale, wish.zone) == ("zh-CN", "Asia/Singapore")
    assert 'lang="zh-CN" dir="ltr"' in answer.text
    assert await pages.acts(reader) == ["changed"]


async def test_a_reader_says_how_much_follows_an_announcement(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance")
    link = pages.link(Purpose.PREFERENCES, reader)
    before = await pages.get(link)

    after = await pages.post(link, {"kind.maintenance": "instant", "follow": "everything"})

    assert '<option value="important" selected>Important changes' in before.text
    assert '<option value="everything" selected>Everything' in after.text
    assert (await pages.standing(reader)).wish.follow is Follow.EVERYTHING


async def test_what_is_not_offered_is_not_taken(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance")

    odd = {
        "kind.nonsense": "instant",
        "kind.listing": "hourly",
        "locale": "xx",
        "zone": "Mars/Olympus",
        "follow": "all",
    }
    await pages.post(pages.link(Purpose.PREFERENCES, reader), odd)

    wish = (await pages.standing(reader)).wish
    assert (wish.kinds, wish.locale, wish.zone, wish.follow) == ({}, "en-US", None, Follow.IMPORTANT)


async def test_choosing_a_kind_takes_back_what_stopped_its_class_and_nothing_else(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance activity")
    await pages.post(pages.link(Purpose.UNSUBSCRIBE, reader), {"stop": "everything"})
    page = await pages.get(pages.link(Purpose.PREFERENCES, reader))
    assert "checked" not in page.text

    await pages.post(pages.link(Purpose.PREFERENCES, reader), {"kind.maintenance": "instant"})

    assert await pages.stopped(reader) == {MailClass.PROMOTIONAL}
    assert await pages.kinds(reader) == {"maintenance"}


async def test_no_choice_brings_back_an_address_that_does_not_exist(pages: Pages) -> None:
    reader = await pages.add()
    async with pages.app.store.begin() as tx:
        await tx.suppress([READER], list(MailClass), "bounced", pages.app.clock.now())

    await pages.post(pages.link(Purpose.PREFERENCES, reader), {"kind.maintenance": "instant"})

    assert await pages.stopped(reader) == set(MailClass)


async def test_one_button_stops_everything(pages: Pages) -> None:
    reader = await pages.add()

    await pages.post(pages.link(Purpose.PREFERENCES, reader), {"stop": "everything"})

    assert await pages.stopped(reader) == {MailClass.PROMOTIONAL, MailClass.SERVICE}


async def test_a_forwarded_mail_does_not_change_the_code(pages: Pages) -> None:
    reader = await pages.add()
    link = pages.link(Purpose.PREFERENCES, reader)
    page = await pages.get(link)

    await pages.post(link, {"kind.listing": "instant", "code": "stolen1", "no_code": "yes"})

    assert 'name="code"' not in page.text
    assert (await pages.standing(reader)).code is None


@pytest.mark.parametrize("link", ["/p/unknown", f"/p/{'x' * 300}", "/p/%F0%9F%98%80"])
async def test_a_link_that_is_not_ours_says_so(pages: Pages, link: str) -> None:
    shown, posted = await pages.get(link), await pages.post(link, {"kind.listing": "instant"})

    assert {shown.status_code, posted.status_code} == {400}
    assert "This link does not work" in shown.text


async def test_a_link_acts_for_two_years_and_only_on_its_own_page(pages: Pages) -> None:
    reader = await pages.add()
    link, other = pages.link(Purpose.PREFERENCES, reader), pages.link(Purpose.UNSUBSCRIBE, reader)
    async with pages.app.store.begin() as tx:
        await pages.app.clock.move(tx, LIFE + timedelta(days=1))
    await pages.app.clock.refresh()

    assert (await pages.get(link)).status_code == 400
    assert (await pages.get(other.replace("/u/", "/p/"))).status_code == 400
    assert (await pages.get(pages.link(Purpose.PREFERENCES, reader))).status_code == 200


async def test_a_form_of_another_site_changes_nothing(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance")

    answer = await pages.post(
        pages.link(Purpose.PREFERENCES, reader), {"kind.listing": "instant"}, sec_fetch_site="cross-site"
    )

    assert answer.status_code == 400
    assert await pages.kinds(reader) == {"maintenance"}
