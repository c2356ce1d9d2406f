"""Revision + targets -> editions. Everything readers will see is decided here, before anything is frozen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from publisher.channel import Capabilities, Composer, Finding, Format, Payload, Rendered, Section, Target
from publisher.content.announcement import Revision
from publisher.content.kinds.kind import MailClass
from publisher.rendering.brand import Brand
from publisher.rendering.direction import marked
from publisher.rendering.edition import Edition, Operation
from publisher.rendering.environments import MARKUP, Environments
from publisher.rendering.legal import Entities, Entity, entity_of, legal
from publisher.rendering.local_text import LocalText
from publisher.rendering.locale import wording
from publisher.rendering.plan import ANNOUNCE, Step, steps
from publisher.rendering.record import record
from publisher.rendering.words import read_words
from publisher.wall_time import zone

_NO_BRANDS: Mapping[str, Brand] = MappingProxyType({})
_NO_ENTITIES: Entities = MappingProxyType({})


class Renderer:
    """Renders with the templates of one folder, for one exchange. Thread-safe: it keeps only compiled templates."""

    def __init__(
        self,
        templates: Path,
        brand: Brand,
        composers: Mapping[str, Composer],
        native_digits: Collection[str] = (),
        *,
        brands: Mapping[str, Brand] = _NO_BRANDS,
        entities: Entities = _NO_ENTITIES,
    ) -> None:
        """`native_digits`: the locales that are written with their own digits. `brands` and `entities` are those that
        destinations may name.
        """
        self._brands, self._entities, self._composers = {"": brand, **brands}, entities, composers
        self._environments = Environments(templates)
        words = cache(lambda locale: read_words(templates / "locale" / f"{locale}.po"))
        self._wording = lru_cache(
            lambda locale, time_zone: wording(words(locale), zone(time_zone), native_digits=locale in native_digits)
        )

    def capabilities(self, channel: str) -> Capabilities:
        """What a channel's network allows; raises KeyError for one without composer."""
        return self._composers[channel].capabilities

    def editions(
        self, revision: Revision, targets: Sequence[Target], operation: Operation = "publish"
    ) -> list[Edition]:
        """Every edition of a release, by stage, then in the order of `targets`.

        A target whose locale the revision has no text for gets none: a supplement can bring it later.
        Raises TemplateMistake, TextMistake, and KeyError for a target of a channel without composer.
        """
        texts = self.texts(revision, targets)
        rendering = _Rendering(self._environments, self._brands, self._entities, texts, self._composers)
        return [
            rendering.edition(step, target)
            for step in steps(revision.kind, revision.facts, operation)
            for target in targets
            if target.locale in revision.texts
            and step.concerns(target.channel, self._composers[target.channel].capabilities)
        ]

    def title(self, revision: Revision) -> str:
        """The title in the revision's first language, plain: for lists that staff read."""
        locale = next(
            locale for locale in (*revision.kind.required_locales, *revision.texts) if locale in revision.texts
        )
        return self._text(revision, locale).written(Format.PLAIN).title

    def check(self, editions: Sequence[Edition]) -> list[Finding]:
        """What the networks would refuse or mangle; `about` names the edition."""
        return [
            replace(finding, about=edition.name)
            for edition in editions
            for finding in self._composers[edition.channel].check(edition.payload.parts)
        ]

    def texts(self, revision: Revision, targets: Sequence[Target]) -> Mapping[tuple[str, str], LocalText]:
        """By locale and brand."""
        return {
            (target.locale, target.brand): self._text(revision, target.locale, target.brand)
            for target in targets
            if target.locale in revision.texts
        }

    def check_legal(self, revision: Revision, targets: Sequence[Target]) -> list[Finding]:
        """What is wrong with the legal footers of these targets' editions, which cannot be made then."""
        speaking = {
            (target.entity, target.locale): entity
            for target in targets
            if (entity := entity_of(target, self._entities, self.capabilities(target.channel)))
        }
        found = (entity.check(revision.kind.mail_class, locale) for (_, locale), entity in speaking.items())
        return list(dict.fromkeys(chain.from_iterable(found)))

    def _text(self, revision: Revision, locale: str, brand: str = "") -> LocalText:
        wording, chosen = self._wording(locale, revision.schedule.time_zone), self._brands[brand]
        return LocalText(revision, wording, chosen.name, chosen.site_url)


class _Rendering:
    """One call of `editions`: what destinations share is rendered once, however many they are."""

    def __init__(
        self,
        environments: Environments,
        brands: Mapping[str, Brand],
        entities: Entities,
        texts: Mapping[tuple[str, str], LocalText],
        composers: Mapping[str, Composer],
    ) -> None:
        self._environments, self._brands, self._entities = environments, brands, entities
        self._texts, self._composers = texts, composers
        self._rendered: dict[tuple[str, ...], Rendered] = {}

    def edition(self, step: Step, target: Target) -> Edition:
        key = (target.channel, target.locale, step.stage, step.operation, target.brand, target.entity)
        if key not in self._rendered:
            self._rendered[key] = dict(self._sections(step, target))
        parts = self._composers[target.channel].compose(self._rendered[key], target)
        return Edition(step.stage, step.operation, Payload(target, tuple(parts)))

    def _sections(self, step: Step, target: Target) -> Iterator[tuple[str, Section]]:
        for name, format in self._composers[target.channel].capabilities.sections.items():
            if format is Format.JSON:
                yield name, Section(format, record(self._texts[target.locale, target.brand], step.stage))
            else:
                yield name, Section(format, self._section(name, format, step, target))

    def _section(self, name: str, format: Format, step: Step, target: Target) -> str:
        text, template = self._texts[target.locale, target.brand], f"{target.channel}.{name}.j2"
        names = [f"{text.revision.kind.name}/{template}", f"_default/{template}"]
        entity = entity_of(target, self._entities, self._composers[target.channel].capabilities)
        context = template_context(format, step, text, self._brands[target.brand], entity)
        rendered = self._environments.render(format, names, context)
        if format in (Format.EMAIL_HTML, Format.WEB_HTML):
            return rendered.strip()
        lines = _tidy(rendered)
        return marked(lines, is_markup=format in MARKUP) if text.wording.direction == "rtl" else lines


def template_context(
    format: Format, step: Step, text: LocalText, brand: Brand, entity: Entity | None = None
) -> Mapping[str, object]:
    """The names that templates know; docs/templates.md describes them."""
    kind, written, words = text.revision.kind, text.written(format), text.wording.words
    return {
        "title": written.title,
        "summary": written.summary,
        "body": written.body,
        "card": text.card,
        "rows": lambda *names: [row for name in names for row in text.card if row.name == name],
        "facts": text.revision.facts,
        "kind": kind.name,
        "kind_title": words(f"kind.{kind.name}"),
        "mail_class": str(kind.mail_class),
        "icon": kind.icon,
        "urgent": kind.urgent,
        "stage": step.stage,
        "operation": step.operation,
        "state": _state(text, step),
        "label": _label(text),
        "locale": text.locale,
        "direction": text.wording.direction,
        "brand": brand,
        "legal": legal(entity, kind.mail_class, text.locale, format) if entity else None,
        "word": words,
        "wording": text.wording,
    }


def _state(text: LocalText, step: Step) -> str:
    """What readers must see at once; empty for an announcement that simply holds."""
    kind, words = text.revision.kind, text.wording.words
    if step.stage != ANNOUNCE:
        return words(f"stage.{step.stage}")
    if step.operation != "publish":
        return words(f"state.{step.operation}")
    if kind.state is not None:
        return text.wording.say(kind.state(text.revision.facts))
    return words(f"stage.{ANNOUNCE}") if kind.stages else ""


def _label(text: LocalText) -> str:
    """What the law wants said of it in every channel; empty for what is no advertising."""
    is_promotional = text.revision.kind.mail_class is MailClass.PROMOTIONAL
    return text.wording.words("label.promotional") if is_promotional else ""


_TRAILING, _EMPTY_LINES = re.compile(r"[ \t]+$", re.MULTILINE), re.compile(r"\n{3,}")


def _tidy(text: str) -> str:
    """Text without the empty lines and line ends that a template's own layout leaves behind."""
    return _EMPTY_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()
