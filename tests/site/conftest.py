"""A small site with everything on it, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.site import samples

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a site in two languages: one announcement under way, one withdrawn, one corrected."""
    folder = tmp_path_factory.mktemp("site")
    press = samples.press(folder)
    gone = samples.record(7, "listing", title="Example Exchange will list Nimbus (NMB)")
    fixed = samples.corrected(
        samples.record(2, "rule_change", title="Example Exchange will adjust spot fees on 15 Dec 2026")
    )
    for record in (*samples.demo(), gone):
        press.publish(record, samples.article(record, samples.BODY))
    press.withdraw(gone)
    press.publish(fixed, samples.article(fixed))
    press.refresh()
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module without asynchronous tests: until it closes, Playwright's own event loop is the running one."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()
