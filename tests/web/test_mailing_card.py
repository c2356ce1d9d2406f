"""The card of a mailing in a real browser, in every state that it has: nobody is kept out, and it fits a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from publisher.app import App
from publisher.mailing.canary import NONE, Canary
from publisher.settings import load
from publisher.web.sessions import Sessions
from publisher.web.staff import staff_app
from tests.cli.desk import Desk
from tests.cli.mailed import DONE, mailed
from tests.site.conftest import browser
from tests.site.serving import served
from tests.web.desk import Time
from tests.web.test_staff_browser import violations

__all__ = ["browser"]

WHY = "the amount of the fee looks wrong to somebody from compliance, see https://example.com/" + "x" * 60
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, int]] = [("light", 360), ("dark", 360), ("light", 1280), ("dark", 1280)]


@contextmanager
def served_desk(desk: Desk) -> Iterator[str]:
    app = App(desk.root, load(desk.root))
    with served(staff_app(app, Sessions(Time()))) as url:
        yield url
    asyncio.run(app.close())


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Desk, str]]]:
    # Made before the browser: until that closes, Playwright's own event loop is the running one.
    folder = tmp_path_factory.mktemp("cards")
    canary, running = mailed(folder / "canary", Canary(share=0.25)), mailed(folder / "running")
    paused, over = mailed(folder / "paused"), mailed(folder / "over", NONE, DONE)
    paused.as_("erin", "mailing", "pause", 1, "--reason", WHY)
    made = {"canary": canary, "sending": running, "paused": paused, "over": over}
    with (
        served_desk(canary) as one,
        served_desk(running) as two,
        served_desk(paused) as three,
        served_desk(over) as four,
    ):
        yield {name: (desk, url) for (name, desk), url in zip(made.items(), (one, two, three, four), strict=True)}


def opened(page: Page, desk: Desk, url: str) -> Page:
    page.goto(f"{url}/login")
    page.get_by_label("Personal token").fill((desk.root / "erin.token").read_text(encoding="utf-8").strip())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.goto(f"{url}/releases/1")
    return page


@pytest.mark.parametrize(
    ("state", "numbers", "acts"),
    [
        ("canary", "12 = 8 queued + 3 delivered + 1 rejected", ["Let the rest follow", "Pause", "Cancel for good"]),
        ("sending", "12 = 8 queued + 3 delivered + 1 rejected", ["Pause", "Cancel for good"]),
        ("paused", "12 = 8 queued + 3 delivered + 1 rejected", ["Let it go on", "Cancel for good"]),
        ("over", "12 = 10 delivered + 2 rejected", []),
    ],
)
def test_a_card_says_what_is_and_what_may_be_done(
    desks: dict[str, tuple[Desk, str]], browser: Browser, state: str, numbers: str, acts: list[str]
) -> None:
    desk, url = desks[state]
    for scheme, width in LOOKS:
        size = {"width": width, "height": 800}
        with browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True) as context:  # type: ignore[arg-type]
            page = opened(context.new_page(), desk, url)
            card = page.get_by_role("region", name="Mailing 1")
            expect(card).to_contain_text(numbers)
            expect(card.get_by_role("heading")).to_contain_text(state)
            card.scroll_into_view_if_needed()
            if state == "over":
                expect(card).to_contain_text(
                    "2 did not get it, or may not have. Who and why: publisher mailing missing 1"
                )
            assert [button.inner_text() for button in card.get_by_role("button").all()] == acts
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"too wide at {width}"
