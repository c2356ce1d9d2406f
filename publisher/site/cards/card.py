"""Draws the card of an announcement: its title, kind, date and reference, and whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path

import resvg_py

from publisher.channel import Format, PublishedRecord
from publisher.rendering.brand import Brand
from publisher.rendering.environments import Environments
from publisher.rendering.locale import Wording
from publisher.site.cards import fonts
from publisher.site.cards.lines import fitted

WIDTH, HEIGHT = 1200, 630
"""Pixels: what Open Graph, X and Telegram show uncut."""
MARGIN = 80
SIZES = (72, 64, 56, 48)
LINES = 4
LEADING = 1.28
KEPT = 256
"""Layouts that are remembered: a page that links to its card asks for its name again and again."""


class Cards:
    """The cards of one brand; raises TemplateMistake."""

    def __init__(self, brand: Brand, templates: Path, wordings: Mapping[str, Wording]) -> None:
        self._brand, self._wordings = brand, wordings
        self._environments = Environments(templates)
        self._svg = lru_cache(KEPT)(self._written)

    def path(self, record: PublishedRecord) -> str:
        """Named after what is drawn, so that it may be kept for ever."""
        return f"static/cards/{hashlib.sha256(self.svg(record).encode()).hexdigest()[:20]}.png"

    def drawing(self, record: PublishedRecord) -> Callable[[], bytes]:
        """Makes the PNG; takes some 50 ms."""
        return partial(drawn, self.svg(record))

    def svg(self, record: PublishedRecord) -> str:
        """What is drawn."""
        date = self._wordings[record.locale].date(record.published_at)
        return self._svg(record.locale, record.kind, record.kind_title, record.title, date, record.reference)

    def _written(self, locale: str, kind: str, kind_title: str, title: str, date: str, reference: str) -> str:
        size, lines = fitted(title, SIZES, WIDTH - 2 * MARGIN, LINES, fonts.width)
        context = {
            "width": WIDTH,
            "height": HEIGHT,
            "margin": MARGIN,
            "families": fonts.families(locale),
            "brand": self._brand,
            "direction": self._wordings[locale].direction,
            "kind": kind,
            "badge": kind_title,
            "badge_width": fonts.width(kind_title),
            "size": size,
            "lines": lines,
            "leading": round(size * LEADING),
            "date": date,
            "reference": reference,
        }
        return self._environments.render(Format.WEB_HTML, ["_site/card.svg.j2"], context)


def drawn(svg: str) -> bytes:
    """A PNG."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts.font_files(), skip_system_fonts=True))
