"""The page of every kind: without barriers, from the left and the right, and light."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from publisher.content.kinds import KINDS
from publisher.web.public import public_app
from tests.site import every_kind
from tests.site.serving import served

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, int, str]] = [
    ("light", 1100, "en-US"),
    ("dark", 360, "zh-CN"),
    ("light", 360, "ar"),
    ("dark", 1100, "ar"),
]
LISTS = ("", "listing/", "page/1", "nothing")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind.website(tmp_path_factory.mktemp("every-kind"))


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with served(public_app(root)) as url:
        yield url


@pytest.mark.parametrize(("scheme", "width", "locale"), LOOKS)
def test_no_page_has_a_barrier(browser: Browser, url: str, scheme: Scheme, width: int, locale: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    found = {}
    for path in [*LISTS, *every_kind.REFERENCES.values()]:
        page.goto(f"{url}/{locale}/{path}")
        assert page.get_attribute("html", "dir") == ("rtl" if locale == "ar" else "ltr")
        found[path] = _barriers(page, width)
    page.close()

    assert len(found) == len(LISTS) + len(KINDS)
    assert {path: told for path, told in found.items() if told} == {}


def _barriers(page: Page, width: int) -> list[str]:
    violations = Axe().run(page, options=RULES)["violations"]
    told = [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return told + ([f"{wide} px wide"] if wide > width else [])


def test_a_page_with_all_that_it_loads_stays_under_sixty_kilobytes(root: Path) -> None:
    """Uncompressed; every page loads the style sheet and the icon, and nothing else of ours."""
    style = sum(file.stat().st_size for file in (root / "static").iterdir())
    weights = {str(file.relative_to(root)): file.stat().st_size + style for file in root.rglob("*.html")}

    assert len(weights) > len(every_kind.LOCALES) * len(KINDS)
    assert {page: weight for page, weight in weights.items() if weight >= 60_000} == {}


def test_a_page_loads_its_style_and_its_icon_only(browser: Browser, url: str) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
    page.goto(f"{url}/ar/{every_kind.REFERENCES['listing']}", wait_until="networkidle")
    page.close()

    assert {Path(path).suffix for path in asked[1:]} <= {".css", ".svg"}
    assert asked[1].startswith("/static/")
