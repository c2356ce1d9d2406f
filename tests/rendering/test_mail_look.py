"""Mail in a real browser: readable for everybody, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from publisher.channel import SLOTS, fill_text
from publisher.content.kinds import KINDS
from publisher.rendering.render import Renderer
from tests.pictures import picture
from tests.rendering import builders

SAMPLES = {name: kind.sample for name, kind in SLOTS.items()}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""Without the rules for whole pages: a mail stands inside the page of a mail program."""
Scheme = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme: Scheme = request.param
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("locale", ["en-US", "ar"])
def test_mail_is_accessible_and_fits_a_narrow_screen(renderer: Renderer, page: Page, kind: str, locale: str) -> None:
    page.set_content(mail(renderer, kind, locale))

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.get_attribute("html", "lang") == locale
    assert [problem["id"] for problem in Axe().run(page, options=AXE)["violations"]] == []


def test_mail_asks_nothing_of_a_stranger_s_server(renderer: Renderer, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.set_content(mail(renderer, "maintenance", "en-US"))

    assert asked == []


@pytest.mark.parametrize("loads", [True, False])
def test_a_picture_fits_a_narrow_screen_loaded_or_not(page: Page, renderer: Renderer, loads: bool) -> None:
    wide = picture((1200, 340))
    text = "# Title\n\nSummary.\n\n![How trading opens](a.png)\n"
    revision = replace(builders.saying(text), pictures={"a.png": wide})
    [edition, *_] = renderer.editions(revision, [builders.target("email")])
    if loads:
        page.route("**/pictures/*", lambda route: route.fulfill(body=wide.content, content_type="image/png"))
    else:
        page.route("**/pictures/*", lambda route: route.abort())

    page.set_content(fill_text(str(edition.payload.parts[0].content["html"]), SAMPLES))
    image = page.get_by_role("img", name="How trading opens")
    image.scroll_into_view_if_needed()

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert image.evaluate("image => image.getBoundingClientRect().width") <= 320


def test_there_is_one_button_and_it_names_the_domain(renderer: Renderer, page: Page) -> None:
    page.set_content(mail(renderer, "maintenance", "en-US"))

    assert page.locator(".read a").all_inner_texts() == ["Read on news.example.com"]
    assert page.locator(".read a").get_attribute("href") == SAMPLES["url"]


def test_gmail_does_not_clip_it(renderer: Renderer) -> None:
    assert len(mail(renderer, "listing", "zh-CN").encode()) < 40_000


def mail(renderer: Renderer, kind: str, locale: str) -> str:
    [edition, *_] = renderer.editions(builders.revision(kind), [builders.target("email", locale)])
    return fill_text(str(edition.payload.parts[0].content["html"]), SAMPLES)


def test_lists_and_quotes_are_indented_from_where_the_text_begins(page: Page) -> None:
    source = "# إشعار\n\nملخّص.\n\n1. أولًا\n2. ثانيًا\n\n> اقتباس\n"
    [edition] = builders.renderer().editions(builders.saying(source, locale="ar"), [builders.target("email", "ar")])[:1]
    page.set_content(fill_text(str(edition.payload.parts[0].content["html"]), SAMPLES))

    for element in ("ol", "blockquote"):
        indents = page.locator(f".prose {element}").evaluate(
            "each => [getComputedStyle(each).paddingLeft, getComputedStyle(each).paddingRight]"
        )
        assert indents[0] == "0px", element
        assert indents[1] != "0px", element
