"""The sample of every kind, rendered in languages of every direction and width, and put on a website."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from publisher.channel import SLOTS, Record, fill_text
from publisher.content.kinds import KINDS
from publisher.rendering.render import Renderer
from publisher.site.derive import Site
from tests.rendering import builders
from tests.site import samples

PUBLISHED = "2026-12-01T02:00:00Z"
NOW = datetime(2026, 12, 3, 2, 30, tzinfo=UTC)
"""While the maintenance is under way."""
LOCALES = ("en-US", "zh-CN", "ar")
REFERENCES = {kind: f"ANN-2026-{number:05}" for number, kind in enumerate(KINDS, 1)}


def website(folder: Path) -> Path:
    """The root of a website that has them all."""
    site = Site(builders.BRAND, samples.TEMPLATES, LOCALES, "example.com,2026", cards=False)
    press = samples.press(folder, NOW, site)
    for record, article in _articles(builders.renderer()):
        press.publish(record, article)
    press.refresh()
    return folder / "site"


def _articles(renderer: Renderer) -> Iterator[tuple[Record, str]]:
    for kind, reference in REFERENCES.items():
        revision = replace(builders.revision(kind), announcement_id=f"a-{kind}")
        for locale in LOCALES:
            [edition, *_] = renderer.editions(revision, [builders.target("website", locale)])
            url = f"{builders.BRAND.site_url}/{locale}/{reference}"
            values = {name: slot.sample for name, slot in SLOTS.items()}
            values |= {"reference": reference, "url": url, "published_at": PUBLISHED}
            content = edition.payload.parts[0].content
            record = Record.model_validate_json(fill_text(str(content["record"]), values))
            yield record, fill_text(str(content["article"]), values)


def mails(folder: Path) -> Path:
    """A folder with each as a mail, `<kind>.<locale>.html`."""
    renderer, values = builders.renderer(), {name: slot.sample for name, slot in SLOTS.items()}
    for kind in KINDS:
        for locale in LOCALES:
            [edition, *_] = renderer.editions(builders.revision(kind), [builders.target("email", locale)])
            html = fill_text(str(edition.payload.parts[0].content["html"]), values)
            (folder / f"{kind}.{locale}.html").write_text(html, encoding="utf-8")
    return folder
