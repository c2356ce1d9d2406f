"""Every public page and every mail of a running desk, examined by axe: light and dark, wide and narrow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Literal

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance.conftest import ONE_OF_EACH, Published
from tests.acceptance.desk import SITE, Desk
from tests.site.conftest import CHROMIUM, FLAGS

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Scheme = Literal["light", "dark"]
LOOKS: Sequence[tuple[Scheme, int, str]] = [("light", 1100, "en-US"), ("dark", 360, "zh-CN")]
"""Each page once, in one of two looks; tests/site has every template in both."""


@pytest.fixture(scope="module")
def desk_of_long_words(published: Published) -> Desk:
    """With a text that holds a contract's address, which is wider than a phone."""
    listing = published.desk.announcement("listing", "Longwords", to="website", after=1)
    published.desk.publish(listing)
    return published.desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True, locale="en-US")
    yield context.new_page()
    context.close()


def barriers(page: Page, width: int, rules: Sequence[str]) -> list[object]:
    found = Axe().run(page, options={"runOnly": list(rules)})["violations"]
    told: list[object] = [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return told + ([f"{wide} px wide"] if wide > width else [])


def public_pages(desk: Desk, locale: str) -> Sequence[str]:
    """All that the sitemap leads to, and those that have no place there."""
    listed = [address for part in locations(desk, "/sitemap.xml") for address in locations(desk, part)]
    own = [address for address in listed if address.startswith(f"/{locale}/")]
    return [*own, f"/{locale}/page/1", f"/{locale}/nothing", "/", *readers_pages(desk, locale)]


def readers_pages(desk: Desk, locale: str) -> Sequence[str]:
    """Where readers subscribe, choose and leave; the last two as one of them has them in a mail."""
    text = str(desk.arrivals("email", "")[0]["letter"]["text"])
    links = [re.sub(r"^https?://[^/]+", "", found) for found in re.findall(r"https?://\S+/[up]/\S+", text)]
    assert len(links) == 2
    return [f"/{locale}/subscribe", f"/{locale}/preferences", "/u/token", "/c/token", *links]


def locations(desk: Desk, path: str) -> Sequence[str]:
    return [address.removeprefix(SITE) for address in re.findall(r"<loc>([^<]+)</loc>", desk.site(path).text)]


@pytest.mark.parametrize(("scheme", "width", "locale"), LOOKS)
def test_no_public_page_has_a_barrier(
    desk_of_long_words: Desk, page: Page, scheme: Scheme, width: int, locale: str
) -> None:
    addresses = public_pages(desk_of_long_words, locale)
    assert len(addresses) >= 1 + 2 * len(ONE_OF_EACH)

    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    found = {}
    for address in addresses:
        page.goto(desk_of_long_words.site_url + address)
        found[address] = barriers(page, width, [*RULES, "best-practice"])

    assert {address: told for address, told in found.items() if told} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_mail_has_a_barrier(published: Published, page: Page, scheme: Scheme) -> None:
    """At 320 px; without the rules for whole pages, since a mail stands inside the page of a mail program."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 800})
    for line in published.of("email"):
        mail = published.mails_of(line)[0]
        page.set_content(mail["letter"]["html"])
        assert barriers(page, 320, RULES) == [], (line.reference, json.dumps(mail["letter"]["subject"]))
