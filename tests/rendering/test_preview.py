"""The preview shows what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from channels.website.composing import WebsiteComposer
from publisher.channel import Finding, Part, Payload, slot
from publisher.rendering.edition import Edition
from publisher.rendering.preview import preview_html
from publisher.rendering.render import Renderer
from tests.pictures import picture
from tests.rendering import builders

ATTACK = "</iframe><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield context.new_page()
    context.close()


def test_every_edition_with_its_hash(renderer: Renderer, page: Page) -> None:
    editions = renderer.editions(builders.revision(), builders.targets())

    page.set_content(preview_html(editions, builders.TEMPLATES))

    assert page.locator(".edition").count() == len(editions)
    assert page.locator("summary code").all_inner_texts() == [edition.payload.sha256 for edition in editions]
    assert page.locator("main > h2").all_inner_texts() == [
        "announce",
        "reminder_24h (publish)",
        "reminder_24h (follow)",
        "reminder_1h (publish)",
        "reminder_1h (follow)",
        "start (amend)",
        "start (follow)",
        "extended (amend)",
        "extended (publish)",
        "extended (follow)",
        "cancelled (amend)",
        "cancelled (publish)",
        "cancelled (follow)",
        "complete (amend)",
        "complete (publish)",
        "complete (follow)",
        "start (publish)",
        "postponed (publish)",
        "postponed (follow)",
    ]


def test_slots_are_marked(renderer: Renderer, page: Page) -> None:
    page.set_content(
        preview_html(renderer.editions(builders.revision("listing"), [builders.target("x")]), builders.TEMPLATES)
    )

    assert page.locator(".post mark").all_inner_texts() == ["url", "url", "postponed_to", "url"]
    assert "weighted characters" in page.locator(".post").first.inner_text()


def test_a_mail_is_read_from_its_frozen_bytes(page: Page) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "Example Exchange <news@example.com>", "以太坊维护"
    message.set_content("Text UNSUBSCRIBE\n")
    message.add_alternative('<p>Page <a href="UNSUBSCRIBE">UNSUBSCRIBE</a></p>', subtype="html")
    frozen = message.as_string().replace("UNSUBSCRIBE", slot("recipient.unsubscribe_url"))

    page.set_content(preview_html([edition(message=frozen)], builders.TEMPLATES))

    frame = page.frame_locator("iframe")
    assert frame.locator("p").inner_text() == "Page recipient.unsubscribe_url"
    assert frame.locator("a").get_attribute("href") == "https://example.com/u/0123456789abcdef"
    assert page.locator(".mail p").inner_text() == "Example Exchange <news@example.com>: 以太坊维护"
    assert page.locator(".lines div").inner_text().strip() == "Text recipient.unsubscribe_url"


def test_a_push_message_is_shown_with_its_title(renderer: Renderer, page: Page) -> None:
    editions = renderer.editions(builders.revision("listing"), [builders.target("webhook")])

    page.set_content(preview_html(editions, builders.TEMPLATES))

    title, body = page.locator(".post p").first.inner_text(), page.locator(".post div").first.inner_text()
    assert title == "Example Exchange will list Aurora Protocol (AURP)"
    assert body.startswith("Pairs: AURP/USDT")


@pytest.mark.parametrize("field", ["article", "text", "message", "push_body"])
def test_nothing_in_a_payload_runs(page: Page, field: str) -> None:
    hostile = edition(**{field: f"Content-Type: text/html\n\n{ATTACK}", "parse_mode": "HTML", "title": ATTACK})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.set_content(preview_html([hostile], builders.TEMPLATES))
    page.wait_for_timeout(100)

    assert page.title() == "Preview"
    assert asked == []


def test_findings_stand_beside_their_edition(renderer: Renderer, page: Page) -> None:
    editions = renderer.editions(builders.revision("listing"), builders.targets("x"))
    findings = [Finding("long", "it is too long", "shorten it", about=editions[1].name), Finding("a", "b", "c")]

    page.set_content(preview_html(editions, builders.TEMPLATES, findings))

    assert page.locator(".edition .finding").all_inner_texts() == ["Error: it is too long. shorten it."]
    assert "zh-CN" in page.locator(".edition:has(.finding) h3").inner_text()
    assert page.locator("main > .finding").all_inner_texts() == ["Error: b. c."]


def test_the_preview_is_accessible(renderer: Renderer, page: Page) -> None:
    editions = renderer.editions(builders.revision("rule_change"), builders.targets())

    page.set_content(preview_html(editions, builders.TEMPLATES))

    assert [problem["id"] for problem in Axe().run(page)["violations"]] == []


def edition(**content: str) -> Edition:
    return Edition("announce", "publish", Payload(builders.target("email"), (Part("message", content),)))


def test_pictures_are_drawn_from_the_announcement_and_not_loaded(page: Page) -> None:
    shown = picture((120, 90))
    revision = replace(builders.saying("# Title\n\nSummary.\n\n![A chart](a.png)\n"), pictures={"a.png": shown})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    renderer = Renderer(builders.TEMPLATES, builders.BRAND, {"website": WebsiteComposer()})
    editions = renderer.editions(revision, [builders.target("website")])
    page.set_content(preview_html(editions[:1], builders.TEMPLATES, pictures={shown.sha256: shown.content}))

    image = page.get_by_role("img", name="A chart")
    image.evaluate("image => image.loading = 'eager'")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    assert [url for url in asked if not url.startswith("data:")] == []
