"""The desk in a real browser: signing in, accessible in light, dark and narrow, no violation of its own policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect

from publisher.delivery.states import DeliveryState
from tests.cli.desk import made
from tests.site.conftest import browser
from tests.web.desk import Staff, staffed

__all__ = ["browser"]

PAGES = {
    "today": "/",
    "schedule": "/schedule",
    "deliveries": "/deliveries",
    "release": "/releases/1",
    "missing": "/nothing",
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = {"light-wide": ("light", 1200), "dark-narrow": ("dark", 360)}


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    # Made before the browser: until that closes, Playwright's own event loop is the running one.
    with staffed(made(tmp_path_factory.mktemp("browser") / "desk")) as staff:
        staff.move("x-main", DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
        staff.stop_everything()
        yield staff


def context(staff: Staff, browser: Browser, look: str = "light-wide", **options: bool) -> BrowserContext:
    scheme, width = LOOKS[look]
    return browser.new_context(
        base_url=staff.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        **options,  # type: ignore[arg-type]
    )


def signed_in(page: Page, staff: Staff) -> Page:
    page.goto("/login")
    page.get_by_label("Personal token").fill(staff.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    return page


def test_signing_in_and_out(staff: Staff, browser: Browser) -> None:
    with context(staff, browser) as opened:
        page = opened.new_page()
        page.goto("/deliveries")
        expect(page).to_have_url(f"{staff.url}/login")
        page.get_by_label("Personal token").fill("publisher_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("belongs to nobody")

        signed_in(page, staff)
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{staff.url}/login")
        page.goto("/")
        expect(page).to_have_url(f"{staff.url}/login")


def test_it_works_without_script(staff: Staff, browser: Browser) -> None:
    with context(staff, browser, java_script_enabled=False) as opened:
        page = signed_in(opened.new_page(), staff)
        page.get_by_role("link", name="Deliveries").click()
        page.get_by_role("link", name="Refresh").click()

        expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()


@pytest.mark.parametrize("look", list(LOOKS))
def test_nothing_keeps_anybody_out(staff: Staff, browser: Browser, look: str) -> None:
    with context(staff, browser, look, bypass_csp=True) as opened:
        page = opened.new_page()
        page.goto("/login")
        found = {"login": violations(page)}
        signed_in(page, staff)
        for name, path in PAGES.items():
            page.goto(path)
            found[name] = violations(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"

    assert found == {name: [] for name in ("login", *PAGES)}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES)["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def test_no_page_breaks_its_own_policy(staff: Staff, browser: Browser) -> None:
    with context(staff, browser) as opened:
        page, complaints = opened.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        signed_in(page, staff)
        for path in ("/", "/deliveries", "/releases/1"):
            page.goto(path, wait_until="networkidle")

    assert complaints == []


def test_the_page_is_loaded_again_for_who_is_idle_and_not_for_who_reads(staff: Staff, browser: Browser) -> None:
    with context(staff, browser) as opened:
        page = opened.new_page()
        page.clock.install()
        signed_in(page, staff)
        page.goto("/deliveries", wait_until="networkidle")
        page.evaluate("window.kept = true")
        page.get_by_role("link", name="Refresh").focus()

        staff.move("telegram-en", DeliveryState.SENDING)
        page.clock.run_for(30_000)
        expect(page.get_by_role("status")).to_have_text("Something has changed since this page was loaded.")
        assert page.evaluate("window.kept && document.activeElement.textContent === 'Refresh'")

        page.evaluate("document.activeElement.blur()")
        page.clock.run_for(30_000)
        expect(page.locator("tr", has_text="telegram-en")).to_contain_text("sending")
        assert page.evaluate("window.kept === undefined")
