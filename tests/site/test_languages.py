"""The website in every language, as rendering freezes it: chrome, switch, direction, on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from publisher.channel import Record, fill_text
from publisher.content.kinds.languages import locales
from publisher.rendering.locale import written_in
from publisher.site.derive import Site
from publisher.web.public import public_app
from tests.rendering import builders
from tests.site import samples
from tests.site.serving import served
from tests.site.test_pages import RULES

NAMES = {
    "en-US": "English",
    "zh-CN": "简体中文",
    "ja-JP": "日本語",
    "ko-KR": "한국어",
    "ar": "العربية",
    "vi-VN": "Tiếng Việt",
}
KINDS = ("maintenance", "listing")
every_locale = pytest.mark.parametrize("locale", locales())


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("languages")
    press = samples.press(folder, derive=Site(samples.BRAND, samples.TEMPLATES, locales(), "example.com,2026"))
    renderer = builders.renderer()
    for number, kind in enumerate(KINDS, 1):
        targets = [builders.target("website", locale) for locale in locales()]
        revision = replace(builders.revision(kind), announcement_id=f"a-{kind}")
        for edition in renderer.editions(revision, targets):
            if edition.stage == "announce":
                press.publish(*_published(edition.locale, number, edition.payload.parts[0].content))
    press.refresh()
    with served(public_app(folder / "site")) as address:
        yield address


def _published(locale: str, number: int, content: Mapping[str, object]) -> tuple[Record, str]:
    reference = f"ANN-2026-{number:05}"
    slots = {"reference": reference, "url": f"https://example.com/{locale}/{reference}"}
    record = fill_text(str(content["record"]), {**slots, "published_at": "2026-12-02T01:00:00Z"})
    return Record.model_validate_json(record), str(content["article"])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    yield context.new_page()
    context.close()


@every_locale
def test_a_phone_shows_every_page_without_a_barrier(page: Page, url: str, locale: str) -> None:
    page.set_extra_http_headers({"accept-language": locale})
    for path in (f"/{locale}/", f"/{locale}/ANN-2026-00001"):
        page.goto(url + path)

        assert (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")) == (
            locale,
            written_in(locale).text_direction,
        ), path
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
        assert [problem["id"] for problem in Axe().run(page, options=RULES)["violations"]] == [], path


@every_locale
def test_the_switch_names_every_language_in_itself(page: Page, url: str, locale: str) -> None:
    page.goto(f"{url}/{locale}/ANN-2026-00001")

    shown = {item.get_attribute("lang"): item.inner_text() for item in page.locator(".languages > *").all()}
    assert shown == NAMES
    page.get_by_role("link", name=NAMES["ar" if locale != "ar" else "ja-JP"]).click()
    assert page.url.endswith("/ar/ANN-2026-00001" if locale != "ar" else "/ja-JP/ANN-2026-00001")


def test_arabic_begins_at_the_right(page: Page, url: str) -> None:
    page.goto(f"{url}/ar/ANN-2026-00002")

    mark, title = page.locator(".brand").bounding_box(), page.locator(".announcement .badge").bounding_box()
    assert mark is not None
    assert title is not None
    assert 360 - (mark["x"] + mark["width"]) == mark_margin(page)
    assert title["x"] > 180
    assert page.locator(".official bdi").all_inner_texts() == ["@example_news", "@example"]
    assert page.locator(".fact-ticker bdi").inner_text() == "AURP"


def mark_margin(page: Page) -> float:
    """The page's own margin, in pixels."""
    return float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.bar')).paddingInlineStart)"))
