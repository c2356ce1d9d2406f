"""Where everything on the website is: paths below its root, files behind them, and public URLs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from publisher.channel import Record

ROBOTS, SITEMAP = "robots.txt", "sitemap.xml"


def article(record: Record) -> str:
    return f"{record.locale}/{record.reference}"


def short(reference: str) -> str:
    """The announcement in whatever language its reader wants."""
    return f"a/{reference}"


def listing(locale: str, kind: str = "", number: int = 0) -> str:
    """The newest announcements, or with `number` a page that keeps its content (1 is the oldest)."""
    folder = f"{locale}/{kind}/" if kind else f"{locale}/"
    return f"{folder}page/{number}" if number else folder


def feed(locale: str, kind: str, suffix: str, archive: int = 0) -> str:
    """The newest announcements in the format `suffix`, or with `archive` older ones (1 is the oldest)."""
    name = f"archive/{archive}" if archive else "feed"
    return f"{listing(locale, kind)}{name}.{suffix}"


def calendar(locale: str, kind: str = "") -> str:
    """What happens when, for calendar programs."""
    return f"{listing(locale, kind)}calendar.ics"


def asset_calendar(locale: str, asset: str) -> str:
    """The same of one asset, which is a ticker."""
    return f"{locale}/calendar/{asset}.ics"


def events(record: Record) -> str:
    """The events of one announcement, for a reader's calendar."""
    return f"{article(record)}.ics"


def search(locale: str) -> str:
    """Answered by our own listener; no file is there."""
    return f"{locale}/search"


def asked(locale: str, text: str, number: int = 1) -> str:
    """A page of what is found for `text`."""
    return f"{search(locale)}?{urlencode({'q': text} | ({'page': number} if number > 1 else {}), errors='replace')}"


def subscribe(locale: str) -> str:
    """Where readers subscribe; answered by our own listener like those that follow."""
    return f"{locale}/subscribe"


def lost_link(locale: str) -> str:
    """Where readers get the link to their preferences."""
    return f"{locale}/preferences"


def sitemap_part(locale: str, number: int) -> str:
    return f"sitemap/{locale}-{number}.xml"


def special(locale: str, name: str) -> str:
    """The file of a page that has no URL of its own: `missing`."""
    return f"_pages/{locale}/{name}.html"


def file(path: str) -> str:
    """The file behind a page's path: `en-US/` -> `en-US/index.html`, `en-US/page/1` -> `en-US/page/1.html`."""
    return f"{path}index.html" if not path or path.endswith("/") else f"{path}.html"


@dataclass(frozen=True, slots=True)
class Base:
    """The website's base URL, which may have a path of its own."""

    url: str

    def absolute(self, path: str) -> str:
        return f"{self.url.rstrip('/')}/{path}"

    def subscription(self, path: str) -> str:
        """With the scheme by which calendar programs know that they shall come back."""
        return f"webcal:{self.absolute(path).partition(':')[2]}"

    def link(self, path: str) -> str:
        """From any page of the site, whatever host it is seen on."""
        return f"{urlsplit(self.url).path.rstrip('/')}/{path}"
