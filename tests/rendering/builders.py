"""Revisions, targets and a composer to render with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from publisher.channel import Capabilities, Finding, Format, Part, Parts, Rendered, Target
from publisher.content.announcement import Revision, Schedule, Text
from publisher.content.document import Document, Paragraph, images
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind
from publisher.content.markup import parse
from publisher.rendering.brand import Brand, Handle
from publisher.rendering.render import Renderer
from publisher.wall_time import resolve
from tests.pictures import picture

TEMPLATES = Path(__file__).parents[2] / "templates"
ZONE = "Asia/Singapore"
LOCALES = ("en-US", "zh-CN")
"""What most tests look at; `publisher.content.kinds.languages.locales` are all."""

BRAND = Brand(
    name="Example Exchange",
    site_url="https://news.example.com",
    postal_address="1 Example Street, Singapore 000001",
    support_url="https://example.com/support",
    handles=(Handle("Telegram", "@example_news", "https://example.com/telegram"),),
)

SECTIONS: Mapping[str, Mapping[str, Format]] = {
    "website": {"title": Format.PLAIN, "article": Format.WEB_HTML, "record": Format.JSON},
    "email": {"subject": Format.PLAIN, "html": Format.EMAIL_HTML, "text": Format.PLAIN},
    "telegram": {"text": Format.TELEGRAM_HTML, "reply": Format.TELEGRAM_HTML},
    "x": {"text": Format.PLAIN},
    "discord": {"text": Format.DISCORD_MARKDOWN},
    "webhook": {"push_title": Format.PLAIN, "push_body": Format.PLAIN},
}


class OnePart:
    """A composer whose only part holds the sections as they are, so that tests see what was rendered."""

    def __init__(self, capabilities: Capabilities, finding: Finding | None = None) -> None:
        self.capabilities, self._finding, self.composed = capabilities, finding, list[Rendered]()

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        self.composed.append(rendered)
        return [Part("message", {name: section.text for name, section in rendered.items()})]

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [self._finding] if self._finding else []


def composers() -> dict[str, OnePart]:
    changeable = {"website", "telegram", "discord", "webhook"}
    return {
        name: OnePart(
            Capabilities(
                sections, amends=name in changeable, retracts=name in changeable | {"x"}, follows=name == "email"
            )
        )
        for name, sections in SECTIONS.items()
    }


def renderer(templates: Path = TEMPLATES) -> Renderer:
    return Renderer(templates, BRAND, composers())


def target(channel: str, locale: str = "en-US", destination: str = "") -> Target:
    return Target(destination or f"{channel}-main", channel, f"{channel}-account", "somewhere", locale)


def targets(*channels: str, locales: Sequence[str] = LOCALES) -> list[Target]:
    return [target(channel, locale) for channel in channels or SECTIONS for locale in locales]


def revision(kind: str = "maintenance", *, zone: str = ZONE, **facts: object) -> Revision:
    """The kind's own sample, with `facts` changed (wall-clock times in `zone`; None leaves a fact out)."""
    chosen = KINDS[kind]
    return _revision(chosen, zone, {**chosen.sample(), **facts}, _sample_texts(chosen, facts))


def saying(source: str, kind: str = "maintenance", *, locale: str = "en-US", **facts: object) -> Revision:
    """A revision with the text `source` in one language."""
    chosen = KINDS[kind]
    return _revision(chosen, ZONE, {**chosen.sample(), **facts}, {locale: source})


def with_document(document: Document, locale: str = "en-US") -> Revision:
    """A revision with a tree that no Markdown may ever make."""
    shown = images((Paragraph(document.title), Paragraph(document.summary), *document.blocks))
    pictures = {image.src: picture() for image in shown}
    return replace(revision(), texts={locale: Text(locale, "", document)}, pictures=pictures)


def _sample_texts(kind: Kind, facts: Mapping[str, object]) -> dict[str, str]:
    unset = {name for name, value in facts.items() if value is None}
    texts = {locale: f"# {kind.titles[locale]}\n\n{text}" for locale, text in kind.sample_texts.items()}
    return {
        locale: "\n".join(line for line in text.split("\n") if not any(f"{{{{ {name}" in line for name in unset))
        for locale, text in texts.items()
    }


def _revision(kind: Kind, zone: str, facts: Mapping[str, object], texts: Mapping[str, str]) -> Revision:
    at = datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001 a wall-clock time, as an author writes it
    return Revision(
        announcement_id="a-golden0001",
        kind=kind,
        facts=kind.facts.model_validate(
            _resolved({name: fact for name, fact in facts.items() if fact is not None}, zone)
        ),
        texts={locale: Text(locale, source, parse(source).document) for locale, source in texts.items()},
        schedule=Schedule(at, zone, resolve(at, zone)),
        number=1,
    )


def _resolved(value: object, zone: str) -> object:
    match value:
        case datetime(tzinfo=None):
            return resolve(value, zone)
        case datetime():
            return value.astimezone(UTC)
        case Mapping():
            return {key: _resolved(item, zone) for key, item in value.items()}
        case list() | tuple():
            return tuple(_resolved(item, zone) for item in value)
        case _:
            return value
