"""Makes the gallery from a desk that publishes a sample of every kind: `make gallery`.

Pages are those of the public listener, mails those that the relay was given, posts those that the networks' twins took.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, sync_playwright

from publisher.content.kinds import KINDS
from publisher.content.kinds.languages import locales
from tests.acceptance import opening
from tests.acceptance.desk import SAMPLES, SITE, Desk
from tests.site.conftest import CHROMIUM, FLAGS

HERE = Path(__file__).parent
PICTURES = HERE / "pictures" / "gallery"
LANGUAGES = f"locales = {list(locales())}".replace("'", '"')
TWO = 'locales = ["en-US", "zh-CN"]'
SETTINGS = {
    f"{TWO} #": f"{LANGUAGES} #",
    f'address = "{SITE}"\n{TWO}': f'address = "{SITE}"\n{LANGUAGES}',
    f'address = "news@example.com"\n{TWO}': f'address = "news@example.com"\n{LANGUAGES}',
    '"x-main"]\nwebsite': '"x-main", "telegram-ar", "x-ar"]\nwebsite',
    "[sets]": """
[destinations.telegram-ar]
account = "bot"
address = "-1001000000002"
locales = ["ar"]
jurisdictions = ["SG", "JP"]

[destinations.x-ar]
account = "x"
address = "ExampleExchange"
locales = ["ar"]
jurisdictions = ["SG", "JP"]

[sets]""",
}
"""What differs in a desk's settings: every language, and places for Arabic on Telegram and X."""
TALLEST = 1800
"""Pixels; of a longer page the head is shown."""
QUALITY = 72
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Shot:
    """A picture of the gallery: under which heading, its file, what it shows, and how wide the page shows it."""

    heading: str
    file: Path
    shows: str
    width: int


@dataclass
class Gallery:
    """An open desk, a browser, and the pictures so far."""

    desk: Desk
    browser: Browser
    shots: list[Shot] = field(default_factory=list)

    def publish(self, folder: Path) -> None:
        """A sample to every place, and its pictures before the clock moves on."""
        there = self.desk.workspace / "announcements" / folder.name
        shutil.copytree(folder, there)
        kind = tomllib.loads((there / "announcement.toml").read_text(encoding="utf-8"))["kind"]
        before = {at: self._posts(*at) for at in PHONES}
        [reference] = {str(line.reference) for line in self.desk.lines(self.desk.publish(there))}
        self._page(kind, f"/en-US/{reference}", "page", "page")
        for name, scheme, width in (("mail", "light", 600), ("mail-dark", "dark", 600), ("mail-320", "light", 320)):
            self._mail(kind, "en-US", reference, name, scheme, width)
        for at, name in PHONES.items():
            new = self._posts(*at) - before[at]
            if new and at in EVERY:
                self._phone(kind, at, new, name)
            elif new:
                self._phone(OTHERS, at, new, f"{kind}-{name}")


    # --- what is shot

    def pages(self) -> None:
        """Lists, and pages in other languages."""
        self._page(SITE_ITSELF, "/en-US/", "home", "the newest announcements, what is under way and what comes next")
        self._page(SITE_ITSELF, "/zh-CN/", "home-chinese", "the same in Chinese, dark, at 360 px", "dark", 360)
        self._page(SITE_ITSELF, "/ar/", "home-arabic", "the same in Arabic, at 360 px", "light", 360)


