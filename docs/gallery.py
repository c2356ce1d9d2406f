"""Makes the gallery from a desk that publishes a sample of every kind: `make gallery`.

Pages are those of the public listener, mails those that the relay was given, posts those that the networks' twins took.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from publisher.content.kinds.languages import locales
from publisher.delivery.states import DeliveryState
from tests.acceptance import opening
from tests.acceptance.desk import SAMPLES, SITE, Desk
from tests.site.conftest import CHROMIUM, FLAGS

HERE = Path(__file__).parent
PICTURES = HERE / "pictures" / "gallery"
LANGUAGES = f"locales = {json.dumps(list(locales()))}"
TWO = 'locales = ["en-US", "zh-CN"]'
SETTINGS = {
    f"{TWO} #": f"{LANGUAGES} #",
    f'address = "{SITE}"\n{TWO}': f'address = "{SITE}"\n{LANGUAGES}',
    f'address = "news@example.com"\n{TWO}': f'address = "news@example.com"\n{LANGUAGES}',
    '"x-main"]\nwebsite': '"x-main", "telegram-ar", "x-ar"]\nwebsite',
    "\ntimeout = 2\nfinal_timeout = 2": "",
    'channel = "telegram"\ntimeout = 1.5': 'channel = "telegram"',
    'channel = "x"\ntimeout = 1.5': 'channel = "x"',
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
"""What differs in a desk's settings: every language, places for Arabic on Telegram and X, patience."""
CHATS = {"en-US": "-1001000000001", "zh-CN": "-1001000000002", "ar": "-1001000000002"}
UNFOLDED = """
.column:not(:has(.NETWORK)), .switches { display: none !important; }
.phone { block-size: auto !important; border: 0 !important; border-radius: 0 !important; inline-size: 420px; }
.phone > .bar, .phone > nav { display: none !important; }
.screen { overflow: visible !important; }
"""
"""One phone alone, its screen as long as what it shows."""
TALLEST = 1800
"""Pixels; of a longer page the head is shown."""
Scheme = Literal["light", "dark"]
INTRODUCTION = """# Gallery

What readers get: a sample of every kind, published by a desk to the website, by mail, to Telegram and to X.
`make gallery` makes this page; the posts are drawn by the [sandbox](sandbox.md) from what its twins were sent.
"""


@dataclass(frozen=True)
class Shot:
    """A picture of the page: its file, what it shows, and how wide the page shows it."""

    file: Path
    shows: str
    width: int


@dataclass
class Gallery:
    """An open desk, a browser, and the pictures so far by heading."""

    desk: Desk
    browser: Browser
    shots: dict[str, list[Shot]] = field(default_factory=dict)

    def publish(self, folder: Path) -> None:
        """A sample to every place, and its pictures before the clock moves on."""
        there = self.desk.workspace / "announcements" / folder.name
        shutil.copytree(folder, there)
        lines = self.desk.lines(self.desk.publish(there))
        late = [line for line in lines if line.state is not DeliveryState.DELIVERED]
        assert not late, late
        reference, kind = str(lines[0].reference), _kind(there)
        heading = kind.replace("_", " ").capitalize().replace("Api", "API")
        self._english(heading, kind, f"/en-US/{reference}")
        if "ar" in {line.locale for line in lines}:
            self._others(heading, kind, reference)

    def _english(self, heading: str, name: str, path: str) -> None:
        """A page, its mail in three looks and its posts."""
        self.page(heading, f"{name}-page", path, "the page")
        for mail in self._letters(path)[:1]:
            self._mail(heading, f"{name}-mail", mail, "the mail")
            self._mail(heading, f"{name}-mail-dark", mail, "the mail, dark", "dark")
            self._mail(heading, f"{name}-mail-320", mail, "the mail at 320 px", "light", 320)
        self._post(heading, f"{name}-telegram", "telegram", "en-US", path)
        self._post(heading, f"{name}-x", "x", "en-US", path)

    def _others(self, heading: str, name: str, reference: str) -> None:
        """In Arabic, from the right, and in Chinese."""
        arabic, chinese = f"/ar/{reference}", f"/zh-CN/{reference}"
        self.page(heading, f"{name}-ar-page", arabic, "the page in Arabic")
        for mail in self._letters(arabic)[:1]:
            self._mail(heading, f"{name}-ar-mail-320", mail, "the mail in Arabic at 320 px", "light", 320)
        self._post(heading, f"{name}-ar-telegram", "telegram", "ar", arabic)
        self._post(heading, f"{name}-ar-x", "x", "ar", arabic)
        self.page(heading, f"{name}-zh-page", chinese, "the page in Chinese, dark, at 360 px", "dark", 360)

    def _letters(self, path: str) -> Sequence[str]:
        """The HTML of the mails that lead to the page; none where no reader may have it."""
        return [str(each["letter"]["html"]) for each in self.desk.arrivals("email", path)]

    def page(self, heading: str, name: str, path: str, shows: str, scheme: Scheme = "light", width: int = 1080) -> None:
        """A page of the website."""
        with self._opened(scheme, width) as page:
            page.goto(SITE + path)
            self._keep(heading, name, shows, page.screenshot(full_page=True), 480 if width > 360 else 180)

    def _mail(self, heading: str, name: str, html: str, shows: str, scheme: Scheme = "light", width: int = 640) -> None:
        with self._opened(scheme, width) as page:
            page.set_content(html)
            self._keep(heading, name, shows, page.screenshot(full_page=True), 280 if width > 320 else 180)

    def _post(self, heading: str, name: str, network: str, locale: str, path: str) -> None:
        """What a network shows of the posts that link to `path`; a network without any has no picture."""
        keys = [_key(network, locale, arrival["given_id"]) for arrival in self.desk.arrivals(network, path)]
        if not keys:
            return
        with self._opened("light", 1400) as page:
            page.goto(f"http://127.0.0.1:{self.desk.ports['page']}/?chat={CHATS[locale]}")
            page.add_style_tag(content=UNFOLDED.replace("NETWORK", network))
            page.evaluate(
                "keys => document.querySelectorAll('.bubble, .post').forEach("
                "each => { if (!keys.includes(each.dataset.key)) each.remove() })",
                keys,
            )
            picture = page.locator(f".phone.{network} .screen").screenshot()
            self._keep(heading, name, f"{network.capitalize()}{' in Arabic' if locale == 'ar' else ''}", picture, 280)

    def _keep(self, heading: str, name: str, shows: str, png: bytes, width: int) -> None:
        image = Image.open(io.BytesIO(png)).convert("RGB")
        file = PICTURES / f"{name}.webp"
        image.crop((0, 0, image.width, min(image.height, TALLEST))).save(file, quality=60, method=6)
        self.shots.setdefault(heading, []).append(Shot(file, shows, width))

    @contextmanager
    def _opened(self, scheme: Scheme, width: int) -> Iterator[Page]:
        """A page for which the public address leads to this machine."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 500}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
        )
        context.route(f"{SITE}/**", self._answer)
        yield context.new_page()
        context.close()

    def _answer(self, route: Route) -> None:
        found = self.desk.site(route.request.url)
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    def write(self) -> None:
        """The page of all pictures."""
        parts = [INTRODUCTION]
        for heading, shots in self.shots.items():
            parts += [f"## {heading}\n", *(_image(heading, shot) for shot in shots), ""]
        (HERE / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Writes docs/gallery.md and docs/pictures/gallery/*.webp."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.webp"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as place,
        opening.desk(Path(place), SETTINGS) as desk,
        sync_playwright() as playwright,
    ):
        desk.add_readers(["amal"], "ar", "SG")
        desk.add_readers(["ada"], jurisdiction="SG")  # an activity is for some places only
        gallery = Gallery(desk, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split()))
        for folder in samples():
            gallery.publish(folder)
        gallery.page("Lists", "home", "/en-US/", "the newest, what is under way and what comes next")
        gallery.page("Lists", "home-zh", "/zh-CN/", "the same in Chinese, dark, at 360 px", "dark", 360)
        gallery.page("Lists", "home-ar", "/ar/", "the same in Arabic")
        gallery.write()


def samples() -> Sequence[Path]:
    """One of each kind, that in the most languages, in the order of publication."""
    chosen: dict[str, Path] = {}
    for folder in sorted(SAMPLES.glob("*/")):
        known = chosen.setdefault(_kind(folder), folder)
        if len(list(folder.glob("*.md"))) > len(list(known.glob("*.md"))):
            chosen[_kind(folder)] = folder
    return sorted(chosen.values(), key=lambda folder: str(_read(folder)["publish_at"]))


def _kind(folder: Path) -> str:
    return str(_read(folder)["kind"])


def _read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "announcement.toml").read_text(encoding="utf-8"))


def _key(network: str, locale: str, given_id: str) -> str:
    """Of a message or post on the sandbox's page."""
    return f"telegram-{CHATS[locale]}-{given_id}" if network == "telegram" else f"x-{given_id}"


def _image(heading: str, shot: Shot) -> str:
    place = shot.file.relative_to(HERE).as_posix()
    return f'<img src="{place}" width="{shot.width}" alt="{heading}: {shot.shows}" title="{shot.shows}">'


if __name__ == "__main__":
    main()
