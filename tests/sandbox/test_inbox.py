from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from publisher.sandbox.faults import FaultError
from tests.sandbox.test_smtp_faults import refused_with, send


def mail(sandbox: Sandbox, reader: str, subject: str, headers: dict[str, str] | None = None, html: str = "") -> None:
    """As the relay keeps it, without a connection."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Example Exchange <n@example.com>", reader
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content("Wallets pause.")
    if html:
        message.add_alternative(html, subtype="html")
    raw = message.as_bytes().replace(b"\n", b"\r\n")
    sandbox.arrivals.record(Channel.EMAIL, reader, "mail", raw, {"recipients": [reader]})


async def page(sandbox: Sandbox, http: aiohttp.ClientSession, query: str = "") -> str:
    async with http.get(f"{sandbox.page.url}/?{query}") as response:
        assert response.status == 200
        return await response.text()


async def done(sandbox: Sandbox, http: aiohttp.ClientSession, number: int, deed: str) -> str:
    """What the page says after a press of the button."""
    async with http.post(f"{sandbox.page.url}/mail/{number}/{deed}?mail={number}") as response:
        assert response.status == 200, await response.text()
        return await response.text()


# many readers


async def test_one_reader_among_many(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    for number in range(120):
        mail(sandbox, f"reader{number}@example.com", f"To reader {number}")

    found = await page(sandbox, http, "reader=READER77@")

    assert "<b>To reader 77</b>" in found
    assert "<b>To reader 78</b>" not in found


async def test_older_mails_are_on_further_screens_and_none_is_shown_twice(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    for number in range(120):
        mail(sandbox, "ada@example.com", f"Mail {number}.")

    first = await page(sandbox, http)
    second = await page(sandbox, http, "before=71")
    third = await page(sandbox, http, "before=21")

    subjects = [f"<b>Mail {number}.</b>" for number in range(120)]
    shown = [sum(text.count(f"          {subject}") for text in (first, second, third)) for subject in subjects]
    assert shown == [1] * 120
    assert "before=71" in first
    assert "Older mails" not in third


async def test_readers_are_named_with_how_many_mails_they_have(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    for number in range(20):
        mail(sandbox, f"reader{number}@example.com", "Notice")
    mail(sandbox, "reader3@example.com", "Notice")

    found = await page(sandbox, http)

    assert '?chat=&amp;reader=reader3%40example.com">reader3@example.com</a> 2</li>' in found
    assert "and 8 more readers" in found


async def test_a_reader_without_mail(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    mail(sandbox, "ada@example.com", "Notice")

    found = await page(sandbox, http, "reader=%3Cb%3Enobody")

    assert "No mail to &lt;b&gt;nobody is kept." in found


async def test_a_conversation_holds_what_refers_to_each_other_for_one_reader(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    mail(sandbox, "ada@example.com", "Announced", {"Message-ID": "<1@example.com>"})
    mail(sandbox, "ben@example.com", "Announced to Ben", {"Message-ID": "<2@example.com>"})
    mail(sandbox, "ada@example.com", "Postponed", {"Message-ID": "<3@example.com>", "References": "<1@example.com>"})
    mail(sandbox, "ada@example.com", "Another matter", {"Message-ID": "<4@example.com>"})
    mail(sandbox, "ada@example.com", "Completed", {"Message-ID": "<5@example.com>", "In-Reply-To": "<3@example.com>"})

    found = await page(sandbox, http, "mail=1")

    conversation = found.partition('aria-label="In this conversation"')[2].partition("</section>")[0]
    assert [word for word in ("Completed", "Postponed", "Another matter", "to Ben") if word in conversation] == [
        "Completed",
        "Postponed",
    ]


# what a reader does


class Desk:
    """A listener that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, dict[str, str]]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path, await request.text(), dict(request.headers)))
        headers = {"Set-Cookie": "seen=1", **({"Location": "/elsewhere"} if request.path == "/moved" else {})}
        return web.Response(status=302 if request.path == "/moved" else 200, headers=headers)


@pytest.fixture
async def desk() -> AsyncIterator[tuple[Desk, str]]:
    app, answers = web.Application(), Desk()
    app.router.add_route("*", "/{path:.*}", answers.answer)
    async with TestServer(app) as server:
        yield answers, f"http://127.0.0.1:{server.port}"


async def test_the_providers_button_posts_what_rfc_8058_says(
    sandbox: Sandbox, http: aiohttp.ClientSession, desk: tuple[Desk, str]
) -> None:
    answers, url = desk
    headers = {"List-Unsubscribe": f"<{url}/u/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail(sandbox, "ada@example.com", "Notice", headers)

    await done(sandbox, http, 1, "one-click")
    told = await done(sandbox, http, 1, "one-click")

    assert told.count("one-click: answered 200") == 2
    assert [(method, path, body) for method, path, body, _ in answers.asked] == [
        ("POST", "/u/abc", "List-Unsubscribe=One-Click")
    ] * 2
    assert not any("Cookie" in headers for *_, headers in answers.asked)


async def test_the_providers_button_follows_no_redirect(
    sandbox: Sandbox, http: aiohttp.ClientSession, desk: tuple[Desk, str]
) -> None:
    answers, url = desk
    headers = {"List-Unsubscribe": f"<{url}/moved>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail(sandbox, "ada@example.com", "Notice", headers)

    told = await done(sandbox, http, 1, "one-click")

    assert "one-click: answered 302" in told
    assert [path for _, path, *_ in answers.asked] == ["/moved"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "no button: the mail has no List-Unsubscribe-Post header"),
        (
            {"List-Unsubscribe": "<mailto:u@example.com>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            "no button: List-Unsubscribe holds no web address",
        ),
        (
            {"List-Unsubscribe": "<https://news.example/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            "not called: news.example is not this machine",
        ),
    ],
)
async def test_a_mail_without_a_button_that_could_be_pressed(
    sandbox: Sandbox, http: aiohttp.ClientSession, headers: dict[str, str], said: str
) -> None:
    mail(sandbox, "ada@example.com", "Notice", headers)

    assert said in await done(sandbox, http, 1, "one-click")


async def test_a_scanner_gets_every_link_of_this_machine_and_no_other(
    sandbox: Sandbox, http: aiohttp.ClientSession, desk: tuple[Desk, str]
) -> None:
    answers, url = desk
    links = f'<a href="{url}/a">a</a><a href="{url}/u/x?a=1&amp;b=2">b</a><a href="https://news.example/c">c</a>'
    mail(sandbox, "ada@example.com", "Notice", html=links)

    told = await done(sandbox, http, 1, "scan")

    assert "scan: 2 of 3 links fetched: 2 x answered 200" in told
    assert sorted((method, path) for method, path, *_ in answers.asked) == [("GET", "/a"), ("GET", "/u/x")]


async def test_an_unknown_deed_and_a_mail_that_is_not_kept(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    mail(sandbox, "ada@example.com", "Notice")

    for path in ("/mail/1/burn", "/mail/2/scan"):
        async with http.post(sandbox.page.url + path) as response:
            assert response.status == 404


async def test_another_site_cannot_press_a_readers_button(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    mail(sandbox, "ada@example.com", "Notice")

    async with http.post(f"{sandbox.page.url}/mail/1/scan", headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 403


# greylisting


async def test_a_greylist_lets_each_reader_pass_the_second_time(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.GREYLIST, target="*@slow.example"))

    told = [await refused_with(sandbox, f"{name}@slow.example") for name in ("ada", "ben")]
    for recipient in ("ben@slow.example", "Ada@slow.example", "chen@example.com"):
        await send(sandbox, recipient)

    assert told == [450, 450]
    assert sandbox.arrivals.totals[Channel.EMAIL] == 3


def test_only_a_relay_greylists() -> None:
    with pytest.raises(FaultError, match="what a relay does at rcpt"):
        Fault(Channel.X, Effect.GREYLIST)
