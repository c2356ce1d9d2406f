from __future__ import annotations

import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import aiohttp
import pytest
from axe_core_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, async_playwright

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.sandbox.conftest import CHANNEL, GROUP, HandClock

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HTML = "<body style='margin:16px'><h1>Notice</h1><p>Wallets pause.</p><script>document.title='owned'</script></body>"

SIGHTS: list[tuple[Literal["light", "dark"], int]] = [("light", 1440), ("dark", 1440), ("light", 360)]

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


async def telegram(sandbox: Sandbox, http: aiohttp.ClientSession, text: str, chat: int = CHANNEL.id) -> None:
    url = f"{sandbox.telegram.url}/bot{sandbox.world.bots[0].token}/sendMessage"
    async with http.post(url, json={"chat_id": chat, "text": text, "parse_mode": "HTML"}) as response:
        assert response.status == 200


async def x(sandbox: Sandbox, http: aiohttp.ClientSession, text: str) -> None:
    headers = {"Authorization": f"Bearer {sandbox.world.x[0].user_bearer}"}
    async with http.post(sandbox.x.url + "/2/tweets", json={"text": text}, headers=headers) as response:
        assert response.status == 201


def letter(subject: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Example Exchange <n@example.com>", "a@example.com"
    message.set_content("Wallets pause.")
    message.add_alternative(HTML, subtype="html")
    message.set_boundary("part")
    return message.as_bytes().replace(b"\n", b"\r\n")


def mail(sandbox: Sandbox, subject: str) -> None:
    """As the relay keeps it, without a connection."""
    parameters = {"sender": "n@example.com", "recipients": ["a@example.com"]}
    sandbox.arrivals.record(Channel.EMAIL, "a@example.com", "mail", letter(subject), parameters)


async def text_of(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as response:
        assert response.status == 200
        return await response.text()


# programs


async def test_arrivals_for_programs(sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock) -> None:
    await telegram(sandbox, http, "<b>a</b>")
    clock.forward(seconds=1)
    mail(sandbox, "公告")

    everything = json.loads(await text_of(http, sandbox.page.url + "/arrivals.json"))
    one = json.loads(await text_of(http, sandbox.page.url + "/arrivals.json?channel=telegram&limit=1"))

    assert everything["totals"] == {"telegram": 1, "x": 0, "email": 1, "webhook": 0, "discord": 0}
    assert [arrival["channel"] for arrival in everything["arrivals"]] == ["email", "telegram"]
    assert everything["arrivals"][0]["letter"]["subject"] == "公告"
    assert everything["arrivals"][0]["raw"].encode("latin-1") == letter("公告")
    assert one["arrivals"][0]["parameters"] == {"chat_id": str(CHANNEL.id), "text": "<b>a</b>", "parse_mode": "HTML"}


async def test_faults_for_programs(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    url = sandbox.page.url + "/faults"
    async with http.post(
        url, json={"channel": "email", "effect": "error", "code": 450, "target": "*@b.example"}
    ) as made:
        added = await made.json()
    async with http.get(url) as response:
        listed = await response.json()
    async with http.delete(f"{url}/{added['id']}") as removed, http.delete(f"{url}/{added['id']}") as again:
        statuses = (made.status, removed.status, again.status)

    assert (statuses, listed, sandbox.faults.active()) == ((201, 204, 404), [added], ())
    assert added == {
        "id": 1, "struck": 0, "channel": "email", "effect": "error", "stage": "", "target": "*@b.example",
        "times": None, "seconds": 2.0, "code": 450,
    }  # fmt: skip


async def test_all_faults_go_at_once(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    for channel in Channel:
        sandbox.faults.add(Fault(channel, Effect.DROP))

    async with http.delete(sandbox.page.url + "/faults?channel=x"):
        left = [each.fault.channel for each in sandbox.faults.active()]
    async with http.delete(sandbox.page.url + "/faults"):
        pass

    assert (left, sandbox.faults.active()) == ([Channel.TELEGRAM, Channel.EMAIL, Channel.WEBHOOK, Channel.DISCORD], ())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "This is not JSON"),
        ("[]", "A fault is a JSON object such as"),
        ('{"channel": "x", "effect": "drop", "colour": 1}', "A fault has no 'colour'; it has channel, effect"),
        (
            '{"channel": "fax", "effect": "drop"}',
            "channel: Input should be 'telegram', 'x', 'email'",
        ),
        ('{"channel": "x", "effect": "drop", "times": 0}', "times is 0; use 1 or more"),
        ('{"channel": "x"}', "effect: Field required"),
    ],
)
async def test_bad_faults_are_refused_with_the_reason(
    sandbox: Sandbox, http: aiohttp.ClientSession, body: str, says: str
) -> None:
    headers = {"Content-Type": "application/json"}

    async with http.post(sandbox.page.url + "/faults", data=body, headers=headers) as response:
        assert (response.status, says in await response.text()) == (400, True)
    assert sandbox.faults.active() == ()


# strangers


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_site_can_switch_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    data = {"channel": "x", "key": "drop"}

    async with http.post(sandbox.page.url + "/faults/switch", data=data, headers=headers) as response:
        assert response.status == 403
    assert sandbox.faults.active() == ()


async def test_a_mail_is_served_so_that_it_can_do_nothing(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    mail(sandbox, "x")

    async with http.get(sandbox.page.url + "/mail/1") as response:
        policy = response.headers["Content-Security-Policy"]
    source = await text_of(http, sandbox.page.url + "/mail/1/source")

    assert policy.startswith("sandbox allow-popups")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert source.startswith("Subject: x\r\n")


async def test_a_mail_that_is_forgotten_is_said_to_be(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    async with http.get(sandbox.page.url + "/mail/7") as response:
        assert (response.status, await response.text()) == (
            404,
            "This mail is not kept any more; the sandbox remembers the newest ones only.",
        )


async def test_the_page_has_its_style_and_script_but_no_other_file(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.get(sandbox.page.url + "/static/sandbox.css") as style:
        assert (style.status, style.content_type) == (200, "text/css")
        assert "{" in await style.text()
    async with http.get(sandbox.page.url + "/static/%2e%2e%2froutes.py") as elsewhere:
        assert elsewhere.status == 404


async def test_the_page_escapes_what_arrived(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await telegram(sandbox, http, '&lt;script&gt; <a href="tg://x&quot;&gt;&lt;script&gt;">a</a>')
    await x(sandbox, http, "<script>alert(1)</script>")
    mail(sandbox, "<script>alert(1)</script>")

    page = await text_of(http, sandbox.page.url + "/")

    assert page.count("<script") == 1
    assert '<script src="/static/refresh.js" defer>' in page


# readers


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield await browser.new_page(viewport={"width": 1440, "height": 1000})
        await browser.close()


async def fill(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await telegram(sandbox, http, "<b>Wallet maintenance</b>\nsee https://example.com/en-US/ANN-2026-00042")
    await x(sandbox, http, "Wallet maintenance https://example.com/en-US/ANN-2026-00042")
    mail(sandbox, "Wallet maintenance")


@needs_browser
async def test_a_reader_sees_what_arrived_newest_first(
    page: Page, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    await telegram(sandbox, http, "first")
    await fill(sandbox, http)
    mail(sandbox, "Newest mail")

    await page.goto(sandbox.page.url)

    assert "Nothing leaves this machine" in await page.inner_text(".banner")
    assert (await page.locator(".bubble .text").all_inner_texts())[0].startswith("Wallet maintenance")
    assert await page.locator(".bubble .bold").inner_text() == "Wallet maintenance"
    assert await page.locator(".post a").get_attribute("href") == "https://example.com/en-US/ANN-2026-00042"
    assert await page.locator(".inbox li b").all_inner_texts() == ["Newest mail", "Wallet maintenance"]
    assert await page.frame_locator("iframe").locator("h1").inner_text() == "Notice"
    assert await page.title() == "Sandbox: what arrived"


@needs_browser
async def test_chats_and_mails_are_chosen_by_links(page: Page, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await telegram(sandbox, http, "in the channel")
    await telegram(sandbox, http, "in the group", GROUP.id)
    mail(sandbox, "First")
    mail(sandbox, "Second")
    await page.goto(sandbox.page.url)

    await page.get_by_role("link", name="example_exchange 1").click()
    await page.get_by_role("link", name="First").click()

    assert await page.locator(".bubble .text").all_inner_texts() == ["in the channel"]
    assert await page.locator(".subject").inner_text() == "First"


@needs_browser
async def test_a_switch_turns_a_fault_on_and_off_without_javascript(page: Page, sandbox: Sandbox) -> None:
    await page.route("**/refresh.js", lambda route: route.abort())
    await page.goto(sandbox.page.url)
    switch = page.get_by_role("region", name="Faults of X").get_by_role("button", name="Lose answer")

    await switch.click()
    on = [each.fault for each in sandbox.faults.active()]
    pressed = await switch.get_attribute("aria-pressed")
    await switch.click()

    assert (on, pressed, sandbox.faults.active()) == ([Fault(Channel.X, Effect.LOSE_ANSWER)], "true", ())


@needs_browser
async def test_a_particular_fault_is_added_and_switched_off(page: Page, sandbox: Sandbox) -> None:
    await page.goto(sandbox.page.url)
    await page.get_by_text("Add a particular fault").click()
    await page.get_by_label("Channel").select_option("email")
    await page.get_by_label("Effect").select_option("error")
    await page.get_by_label("Target").fill("*@bad.example.com")
    await page.get_by_label("Code").fill("550")

    await page.get_by_role("button", name="Add").click()
    [added] = sandbox.faults.active()
    await page.get_by_role("button", name="Switch off").click()

    assert added.fault == Fault(Channel.EMAIL, Effect.ERROR, target="*@bad.example.com", code=550)
    await page.get_by_text("None. Everything answers as the networks do.").wait_for()


@needs_browser
async def test_the_page_follows_and_keeps_what_is_open(
    page: Page, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    mail(sandbox, "Opened")
    await page.goto(sandbox.page.url + "/?mail=1")
    await page.get_by_text("Header", exact=True).click()

    await telegram(sandbox, http, "later")
    mail(sandbox, "Newer")
    await page.locator(".bubble", has_text="later").wait_for()

    assert await page.locator(".inbox li b").all_inner_texts() == ["Newer", "Opened"]
    assert await page.locator(".headers").is_visible()


@needs_browser
async def test_everybody_can_use_the_page(page: Page, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await fill(sandbox, http)
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.LOSE_ANSWER, times=1))
    with pytest.raises(aiohttp.ClientError):
        await telegram(sandbox, http, "nobody knows")
    sandbox.faults.add(Fault(Channel.X, Effect.DROP))

    for scheme, width in SIGHTS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(sandbox.page.url)
        report = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in report["violations"]] == []
        assert "color-contrast" in {rule["id"] for rule in report["passes"]}
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
