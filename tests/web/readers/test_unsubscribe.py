"""Unsubscribing: looking changes nothing, one POST is enough, and the answer gives nothing away (RFC 8058)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.content.kinds.kind import MailClass
from publisher.mailing.tokens import LIFE, Purpose
from publisher.web.forms import FORM_BYTES
from tests.web.readers.desk import Pages

ALL = {MailClass.PROMOTIONAL, MailClass.SERVICE}
CLICK = {"List-Unsubscribe": "One-Click"}
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--edge\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--edge--\r\n'
)


async def test_looking_changes_nothing(pages: Pages) -> None:
    reader = await pages.add()
    link = pages.link(Purpose.UNSUBSCRIBE, reader)

    shown, headed = await pages.get(link), await pages.client.head(link)

    assert (shown.status_code, headed.status_code, headed.content) == (200, 200, b"")
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert await pages.stopped(reader) == set()
    assert await pages.acts(reader) == []


async def test_a_mail_programs_click_stops_the_class_of_the_mail(pages: Pages) -> None:
    reader = await pages.add()

    answer = await pages.post(pages.link(Purpose.UNSUBSCRIBE, reader, MailClass.PROMOTIONAL), CLICK)

    assert (answer.status_code, answer.headers.get("location"), answer.headers.get("set-cookie")) == (200, None, None)
    assert await pages.stopped(reader) == {MailClass.PROMOTIONAL}
    assert await pages.acts(reader) == ["unsubscribed"]


async def test_a_mail_program_may_send_multipart_from_anywhere(pages: Pages) -> None:
    reader = await pages.add()

    headers = {"content-type": "multipart/form-data; boundary=edge", "sec-fetch-site": "cross-site"}
    answer = await pages.client.post(pages.link(Purpose.UNSUBSCRIBE, reader), content=MULTIPART, headers=headers)

    assert answer.status_code == 200
    assert await pages.stopped(reader) == ALL


async def test_the_page_offers_the_class_everything_and_each_kind(pages: Pages) -> None:
    reader = await pages.add(kinds="maintenance activity")

    page = (await pages.get(pages.link(Purpose.UNSUBSCRIBE, reader, MailClass.PROMOTIONAL))).text

    for stop in ("class", "everything", "kind.maintenance", "kind.activity"):
        assert f'name="stop" value="{stop}"' in page
    assert "kind.listing" not in page


@pytest.mark.parametrize(
    ("stop", "stopped", "kinds"),
    [
        ("class", {MailClass.PROMOTIONAL}, {"maintenance", "listing", "activity"}),
        ("everything", ALL, {"maintenance", "listing", "activity"}),
        ("kind.listing", set(), {"maintenance", "activity"}),
    ],
)
async def test_a_button_stops_what_it_says(pages: Pages, stop: str, stopped: set[MailClass], kinds: set[str]) -> None:
    reader = await pages.add()
    link = pages.link(Purpose.UNSUBSCRIBE, reader, MailClass.PROMOTIONAL)

    first, _again = await pages.post(link, {"stop": stop}), await pages.post(link, {"stop": stop})

    assert "You are unsubscribed" in first.text
    assert (await pages.stopped(reader), await pages.kinds(reader)) == (stopped, kinds)
    assert await pages.acts(reader) == ["unsubscribed"]


async def test_the_answer_on_the_page_leads_back(pages: Pages) -> None:
    reader = await pages.add()
    answer = await pages.post(pages.link(Purpose.UNSUBSCRIBE, reader), {"stop": "class"})

    [way] = [part.partition('"')[0] for part in answer.text.split('href="')[1:] if part.startswith("/p/")]
    back = await pages.post(way, {"kind.listing": "instant"})

    assert "Saved" in back.text
    assert (await pages.stopped(reader), await pages.kinds(reader)) == ({MailClass.PROMOTIONAL}, {"listing"})


async def test_the_answer_to_a_click_is_the_same_for_any_token(pages: Pages) -> None:
    reader = await pages.add()
    own = pages.link(Purpose.UNSUBSCRIBE, reader)
    others = ["/u/unknown", f"/u/{'x' * 300}", "/u/a.b", "/u/%F0%9F%98%80", own[:-1] + ("A" if own[-1] != "A" else "B")]

    answers = [await pages.post(link, CLICK) for link in (own, *others)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert await pages.acts(reader) == ["unsubscribed"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", URLENCODED),
        (b"List-Unsubscribe=No", URLENCODED),
        (b"list-unsubscribe=One-Click", URLENCODED),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"List-Unsubscribe=One-Click", ""),
        (b"stop=nothing", URLENCODED),
        (b"--wrong", "multipart/form-data; boundary=edge"),
        (b"--wrong", "multipart/form-data"),
        (b"x=" + b"y" * FORM_BYTES + b"&List-Unsubscribe=One-Click", URLENCODED),
    ],
)
async def test_any_other_post_asks_again(pages: Pages, body: bytes, media_type: str) -> None:
    reader = await pages.add()

    answer = await pages.client.post(
        pages.link(Purpose.UNSUBSCRIBE, reader), content=body, headers={"content-type": media_type}
    )

    assert answer.status_code == 400
    assert "<button" in answer.text
    assert await pages.stopped(reader) == set()


@pytest.mark.parametrize("stop", ["class", "everything", "kind.listing", ""])
async def test_nobody_is_told_that_a_link_worked_which_does_not_act(pages: Pages, stop: str) -> None:
    reader = await pages.add()
    cut = pages.link(Purpose.UNSUBSCRIBE, reader)[:-1]

    shown, posted = await pages.get(cut), await pages.post(cut, {"stop": stop})

    assert {shown.status_code, posted.status_code} == {400}
    assert all("This link does not work" in answer.text for answer in (shown, posted))
    assert not any("You are unsubscribed" in answer.text for answer in (shown, posted))


async def test_a_link_that_has_expired_says_so(pages: Pages) -> None:
    link = pages.link(Purpose.UNSUBSCRIBE, await pages.add())
    async with pages.app.store.begin() as tx:
        await pages.app.clock.move(tx, LIFE + timedelta(days=1))
    await pages.app.clock.refresh()

    assert "This link does not work" in (await pages.post(link, {"stop": "class"})).text


async def test_the_page_speaks_the_readers_language(pages: Pages) -> None:
    link = pages.link(Purpose.UNSUBSCRIBE, await pages.add())

    assert "退订" in (await pages.get(link, **{"accept-language": "zh"})).text
