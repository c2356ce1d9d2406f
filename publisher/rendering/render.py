"""Revision + targets -> editions. Everything readers will see is decided here, before anything is frozen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from publisher.channel import (
    Capabilities,
    ChecksTogether,
    Composer,
    Difference,
    Finding,
    Format,
    Payload,
    Rendered,
    Section,
    Severity,
    Target,
    slot,
)
from publisher.content.announcement import Revision
from publisher.content.kinds.kind import MailClass
from publisher.content.placeholders import PlaceholderError
from publisher.rendering.brand import Brand
from publisher.rendering.differences import differences
from publisher.rendering.direction import marked
from publisher.rendering.edition import Edition, Operation
from publisher.rendering.environments import MARKUP, Environments
from publisher.rendering.local_text import LocalText
from publisher.rendering.locale import wording
from publisher.rendering.mistakes import UnsayableValue
from publisher.rendering.plan import ANNOUNCE, POSTPONED, Step, steps
from publisher.rendering.record import record
from publisher.rendering.words import read_words
from publisher.wall_time import zone

Where: TypeAlias = tuple[str, str]
"""Destination and locale."""
Before: TypeAlias = Mapping[Where, Revision]
Differences: TypeAlias = tuple[Difference, ...]


class Renderer:
    """Renders with the templates of one folder, for one brand. Thread-safe: it keeps only compiled templates."""

    def __init__(
        self, templates: Path, brand: Brand, composers: Mapping[str, Composer], native_digits: Collection[str] = ()
    ) -> None:
        """`native_digits`: the locales that are written with their own digits."""
        self._brand, self._composers = brand, composers
        self._environments = Environments(templates)
        words = cache(lambda locale: read_words(templates / "locale" / f"{locale}.po"))
        self._wording = lru_cache(
            lambda locale, time_zone: wording(words(locale), zone(time_zone), native_digits=locale in native_digits)
        )

    def capabilities(self, channel: str) -> Capabilities:
        """What a channel's network allows; raises KeyError for one without composer."""
        return self._composers[channel].capabilities

    def editions(
        self,
        revision: Revision,
        targets: Sequence[Target],
        operation: Operation = "publish",
        before: Before = MappingProxyType({}),
    ) -> list[Edition]:
        """Every edition of a release, by stage, then in the order of `targets`.

        A target whose locale the revision has no text for gets none: a supplement can bring it later. `before` is what
        a correction replaces, where that is known: then it tells the differences.
        Raises TemplateMistake, TextMistake, and KeyError for a target of a channel without composer.
        """
        texts = self.texts(revision, targets)
        rendering = _Rendering(
            self._environments, self._brand, texts, self._composers, self._differences(texts, before)
        )
        return [
            rendering.edition(step, target)
            for step in steps(revision.kind, revision.facts, operation)
            for target in targets
            if target.locale in revision.texts
            and step.concerns(target.channel, self._composers[target.channel].capabilities)
        ]

    def write_time(self, locale: str, time_zone: str, moment: datetime | None) -> str:
        """How readers of `locale` read an instant, with UTC beside it where it differs; None: that it is not known."""
        written = replace(self._wording(locale, time_zone), utc=True)
        return written.words("postponed.tba") if moment is None else written.datetime(moment)

    def title(self, revision: Revision) -> str:
        """The title in the revision's first language, plain: for lists that staff read."""
        locale = next(
            locale for locale in (*revision.kind.required_locales, *revision.texts) if locale in revision.texts
        )
        return self._text(revision, locale).written(Format.PLAIN).title

    def check(self, editions: Sequence[Edition]) -> list[Finding]:
        """What the networks would refuse or mangle; `about` names the edition.

        A warning about an author's words is said of the first publication: the words of `postponed` are ours.
        """
        alone = [
            replace(finding, about=edition.name)
            for edition in editions
            for finding in self._composers[edition.channel].check(edition.payload.parts)
            if finding.severity is Severity.ERROR or edition.stage != POSTPONED
        ]
        return [*alone, *self._together(editions)]

    def _together(self, editions: Sequence[Edition]) -> Iterator[Finding]:
        channels: dict[str, dict[tuple[str, str], Target]] = defaultdict(dict)
        for edition in editions:
            channels[edition.channel][edition.payload.target.destination, edition.locale] = edition.payload.target
        for channel, targets in channels.items():
            if isinstance(composer := self._composers[channel], ChecksTogether):
                yield from composer.check_together(list(targets.values()))

    def texts(self, revision: Revision, targets: Sequence[Target]) -> Mapping[str, LocalText]:
        locales = {target.locale for target in targets} & revision.texts.keys()
        return {locale: self._text(revision, locale) for locale in locales}

    def _differences(self, texts: Mapping[str, LocalText], before: Before) -> Mapping[Where, Differences]:
        """Computed once for all destinations that have the same."""
        known: dict[tuple[str, int], Differences] = {}
        for (_, locale), earlier in before.items():
            if (locale, id(earlier)) not in known:
                known[locale, id(earlier)] = self._changed(earlier, texts[locale])
        return {where: known[where[1], id(earlier)] for where, earlier in before.items()}

    def _changed(self, earlier: Revision, text: LocalText) -> Differences:
        """None where what was published cannot be written any more, such as with words that the house gave up."""
        try:
            return differences(self._text(earlier, text.locale), text)
        except (PlaceholderError, UnsayableValue):
            return ()

    def _text(self, revision: Revision, locale: str) -> LocalText:
        wording = self._wording(locale, revision.schedule.time_zone)
        return LocalText(revision, wording, self._brand.name, self._brand.site_url)


class _Rendering:
    """One call of `editions`: a (channel, locale, step) is rendered once, whatever the number of destinations."""

    def __init__(
        self,
        environments: Environments,
        brand: Brand,
        texts: Mapping[str, LocalText],
        composers: Mapping[str, Composer],
        differences: Mapping[Where, Differences],
    ) -> None:
        self._environments, self._brand, self._texts, self._composers = environments, brand, texts, composers
        self._differences = differences
        self._rendered: dict[tuple[str, str, str, Operation, Differences], Rendered] = {}

    def edition(self, step: Step, target: Target) -> Edition:
        known = self._differences.get((target.destination, target.locale), ())
        changed = known if step.operation == "amend" else ()
        key = (target.channel, target.locale, step.stage, step.operation, changed)
        if key not in self._rendered:
            self._rendered[key] = dict(self._sections(step, target.channel, self._texts[target.locale], changed))
        parts = self._composers[target.channel].compose(self._rendered[key], target)
        return Edition(step.stage, step.operation, Payload(target, tuple(parts)))

    def _sections(
        self, step: Step, channel: str, text: LocalText, changed: Differences
    ) -> Iterator[tuple[str, Section]]:
        for name, format in self._composers[channel].capabilities.sections.items():
            if format is Format.JSON:
                yield name, Section(format, record(text, step.stage, changed))
            else:
                yield name, Section(format, self._section(f"{channel}.{name}.j2", format, step, text, changed))

    def _section(self, template: str, format: Format, step: Step, text: LocalText, changed: Differences) -> str:
        names = [f"{text.revision.kind.name}/{template}", f"_default/{template}"]
        rendered = self._environments.render(format, names, template_context(format, step, text, self._brand, changed))
        if format in (Format.EMAIL_HTML, Format.WEB_HTML):
            return rendered.strip()
        lines = _tidy(rendered)
        return marked(lines, is_markup=format in MARKUP) if text.wording.direction == "rtl" else lines


def template_context(
    format: Format, step: Step, text: LocalText, brand: Brand, changed: Differences = ()
) -> Mapping[str, object]:
    """The names that templates know; docs/templates.md describes them."""
    kind, written, words = text.revision.kind, text.written(format), text.wording.words
    postponed = step.stage == POSTPONED
    card = text.postponed_card if postponed else text.card
    return {
        "title": written.title,
        "summary": words("postponed.summary", time=slot("postponed_to")) if postponed else written.summary,
        "said_before": written.summary if postponed else "",
        "body": written.body,
        "card": card,
        "rows": lambda *names: [row for name in ("postponed_to", *names) for row in card if row.name == name],
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
        "changed": changed,
        "locale": text.locale,
        "direction": text.wording.direction,
        "brand": brand,
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
