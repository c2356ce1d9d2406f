"""Every page in a real browser: accessible, light enough, without script, and with links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from channels.website.composing import CHROME_BYTES
from publisher.rendering.words import read_words, value_names
from publisher.web.public import public_app
from tests.site import samples
from tests.site.serving import served

PAGES = {
    "home": "/en-US/",
    "kind": "/en-US/maintenance/",
    "numbered": "/en-US/page/1",
    "article": "/en-US/ANN-2026-00005",
    "corrected": "/en-US/ANN-2026-00002",
    "withdrawn": "/en-US/ANN-2026-00007",
    "urgent": "/zh-CN/ANN-2026-00004",
    "chinese": "/zh-CN/",
    "chooser": "/",
    "missing": "/en-US/nothing",
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with served(public_app(root)) as url:
        yield url


@pytest.fixture(params=[("light", 1100), ("dark", 360)], ids=["light-wide", "dark-narrow"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Without JavaScript's help: the policy of the site admits none."""
    scheme, width = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, locale="fr-FR"
    )
    page = context.new_page()
    page.goto("about:blank")
    yield page
    context.close()


def test_no_page_has_a_barrier(page: Page, url: str) -> None:
    for name, path in PAGES.items():
        page.goto(url + path)
        found = Axe().run(page, options=RULES)["violations"]
        told = [(each["id"], node["html"], node["failureSummary"]) for each in found for node in each["nodes"]]
        assert not told, name


def test_nothing_is_wider_than_the_screen(page: Page, url: str) -> None:
    for name, path in PAGES.items():
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


def test_the_sites_own_policy_blocks_nothing_that_it_needs(browser: Browser, url: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in PAGES.values():
        page.goto(url + path)
    page.close()
    assert [text for text in complaints if "404" not in text] == []


def test_the_keyboard_reaches_the_content_first(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.goto(url + PAGES["home"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()


def test_arabic_mirrors_by_itself() -> None:
    style = (samples.TEMPLATES / "_site/site.css").read_text()
    assert not re.findall(
        r"(?:margin|padding|border|inset)-(?:left|right)|[^-]\b(?:left|right):|text-align: (?:left|right)", style
    )


def test_no_page_has_inline_script_or_style(root: Path) -> None:
    for file in root.rglob("*.html"):
        page = file.read_text().replace('<script type="application/ld+json">', "")  # data, which nothing runs
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", page), file


def test_frame_and_style_weigh_what_the_composer_reckons_with(root: Path) -> None:
    style = sum(file.stat().st_size for file in (root / "static").iterdir() if not file.name.startswith("readers."))
    for file in root.rglob("ANN-*.html"):
        article = len(samples.article(samples.record(), samples.BODY).encode())
        assert file.stat().st_size - article + style < CHROME_BYTES, file


def test_the_longest_list_stays_under_sixty_kilobytes(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, 40)
    files = [root / "en-US/index.html", *(root / "static").iterdir()]
    assert files[0].read_text().count("<li>\n<article>") == 40
    assert sum(file.stat().st_size for file in files) < 60_000


def test_every_link_of_every_page_leads_to_a_page(root: Path) -> None:
    pages = [file for file in root.rglob("*.html") if "_pages" not in file.parts]
    assert len(pages) > 20
    for file in root.rglob("*.html"):
        for link in _links(file.read_text()):
            path = link.removeprefix(samples.BRAND.site_url)
            if path.startswith("/") and not path.startswith("/support"):
                assert _file(root, path.removeprefix("/")).is_file(), f"{file}: {link}"


def test_a_kind_is_listed_with_its_own_and_every_page_names_its_address(root: Path) -> None:
    home = (root / "en-US/maintenance/index.html").read_text()
    assert "Solana wallet maintenance" in home
    assert "Risk warning: LUMA" not in home
    assert '<link rel="canonical" href="https://example.com/en-US/maintenance/">' in home


def test_languages_lead_to_each_other(root: Path) -> None:
    english = (root / "en-US/ANN-2026-00005.html").read_text()
    assert '<link rel="alternate" hreflang="zh-CN" href="https://example.com/zh-CN/ANN-2026-00005">' in english
    assert '<a href="/zh-CN/listing/" lang="zh-CN"' in (root / "en-US/listing/index.html").read_text()
    untranslated = (root / "en-US/ANN-2026-00007.html").read_text()
    assert '<a href="/zh-CN/" lang="zh-CN"' in untranslated


def test_search_engines_find_every_page_from_each_of_its_translations(root: Path) -> None:
    alternates = {}
    for file in root.rglob("*.html"):
        page = file.read_text()
        if canonical := re.search(r'<link rel="canonical" href="([^"]+)">', page):
            found = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page)
            alternates[canonical[1]] = dict(found)
        else:
            assert '<meta name="robots" content="noindex">' in page
    translated = {url: pages for url, pages in alternates.items() if pages}
    assert {"https://example.com/", "https://example.com/en-US/listing/"} <= translated.keys()
    assert translated["https://example.com/zh-CN/"]["x-default"] == "https://example.com/"
    for url, pages in translated.items():
        assert url in pages.values()
        assert all(alternates[other] == pages for other in pages.values()), url


def test_programs_find_every_feed_and_readers_too(root: Path) -> None:
    page = (root / "en-US/listing/index.html").read_text()
    for suffix, media_type in (("atom", "atom+xml"), ("rss", "rss+xml"), ("json", "feed+json")):
        assert f'type="application/{media_type}" title="Example Exchange (' in page
        assert f'href="https://example.com/en-US/listing/feed.{suffix}">' in page
        assert f'<a href="/en-US/listing/feed.{suffix}"' in page


def test_an_article_ends_with_those_of_its_kind_before_it(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [samples.record(number, "listing") for number in range(1, 6)])
    press = samples.press(tmp_path)
    press.publish(renamed := samples.record(3, "listing", title="Nimbus"), samples.article(renamed))
    shown = {
        number: re.findall(
            r'<li><a href="/en-US/ANN-2026-0000(\d)">([^<]+)<', (root / f"en-US/ANN-2026-0000{number}.html").read_text()
        )
        for number in (1, 4, 5)
    }
    before = "Ethereum wallet maintenance - 3 Dec 2026"
    assert shown == {
        1: [],
        4: [("3", "Nimbus"), ("2", before), ("1", before)],
        5: [("4", before), ("3", "Nimbus"), ("2", before)],
    }


def test_the_words_of_both_languages_are_complete() -> None:
    english, chinese = (read_words(samples.TEMPLATES / f"_site/locale/{locale}.po") for locale in samples.LOCALES)
    assert english.entries.keys() == chinese.entries.keys()
    for key, text in english.entries.items():
        assert value_names(text) == value_names(chinese.entries[key]), key


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("rel") != "me":
            self.found += [value for name in ("href", "src") if (value := values.get(name))]


def _links(html: str) -> list[str]:
    parser = _Links()
    parser.feed(html)
    return [link for link in parser.found if link.startswith(("/", samples.BRAND.site_url)) and "/status" not in link]


def _file(root: Path, path: str) -> Path:
    if not path or path.endswith("/"):
        return root / path / "index.html"
    return root / path if Path(path).suffix else root / f"{path}.html"
