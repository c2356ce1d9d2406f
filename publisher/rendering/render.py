"""Revision + targets -> editions. Everything readers will see is decided here, before anything is frozen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from markupsafe import escape

from publisher.channel import (
    UNKNOWN,
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
from publisher.content.correction import Correction
from publisher.content.kinds.kind import MailClass
from publisher.content.placeholders import PlaceholderError
from publisher.rendering.brand import Brand
from publisher.rendering.context import template_context
from publisher.rendering.differences import differences
from publisher.rendering.digest import FOLDER, Issue, digest_context
from publisher.rendering.direction import marked
from publisher.rendering.edition import DIGEST, FOLLOW, Edition, Operation
from publisher.rendering.environments import MARKUP, Environments
from publisher.rendering.fragment import fragment_part
from publisher.rendering.legal import Entities, entity_of, legal
from publisher.rendering.local_text import LocalText
from publisher.rendering.locale import Wording, wording
from publisher.rendering.mistakes import UnsayableValue
from publisher.rendering.plan import POSTPONED, Step, steps
from publisher.rendering.record import record
from publisher.rendering.words import read_words
from publisher.wall_time import zone

Where: TypeAlias = tuple[str, str]
"""Destination and locale."""
Before: TypeAlias = Mapping[Where, Revision]
Differences: TypeAlias = tuple[Difference, ...]


class Renderer:
    """Renders with the templates of one folder, for one exchange. Thread-safe: it keeps only compiled templates."""

    def __init__(
        self,
        templates: Path,
        brand: Brand,
        composers: Mapping[str, Composer],
        native_digits: Collection[str] = (),
        *,
        brands: Mapping[str, Brand] = MappingProxyType({}),
        entities: Entities = MappingProxyType({}),
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
        self,
        revision: Revision,
        targets: Sequence[Target],
        operation: Operation = "publish",
        before: Before = MappingProxyType({}),
        correction: Correction | None = None,
    ) -> list[Edition]:
        """Every edition of a release, by stage, then in the order of `targets`.

        A target whose locale the revision has no text for gets none: a supplement can bring it later. `before` is what
        a correction replaces, where that is known: then it tells the differences. `correction` says why.
        Raises TemplateMistake, TextMistake, and KeyError for a target of a channel without composer.
        """
        rendering = _Rendering(
            self._environments,
            self._brands,
            self._entities,
            self.texts(revision, targets),
            self._composers,
            self._differences(revision, before),
        )
        return [
            rendering.edition(step, target)
            for step in steps(revision.kind, revision.facts, operation, correction, repeats=bool(revision.repeats))
            for target in targets
            if target.locale in revision.texts
            and step.concerns(target.channel, self._composers[target.channel].capabilities)
        ]

    def write_time(self, locale: str, time_zone: str, moment: datetime | None) -> str:
        """How readers of `locale` read an instant, with UTC beside it where it differs; None: that it is not known."""
        written = replace(self._wording(locale, time_zone), utc=True)
        return written.words("postponed.tba") if moment is None else written.datetime(moment)

    def write_event(
        self, locale: str, time_zone: str, starts_at: datetime | None, ends_at: datetime | None, because: str
    ) -> Mapping[str, str]:
        """Slot -> how readers of `locale` read when something is, and why it was changed."""
        written = self._wording(locale, time_zone)
        full, short = (_when(replace(written, utc=utc), starts_at, ends_at) for utc in (True, False))
        reason = written.words(f"reason.{because}") if because else UNKNOWN
        return {"event.when": full, "event.when_short": short, "event.reason": reason}

    def title(self, revision: Revision) -> str:
        """The title in the revision's first language, plain: for lists that staff read."""
        locale = next(
            locale for locale in (*revision.kind.required_locales, *revision.texts) if locale in revision.texts
        )
        return self._text(revision, locale).written(Format.PLAIN).title

    def letter(self, purpose: str, target: Target) -> Payload:
        """A letter to one reader, composed as mail is: `purpose` is `confirm` or `link`; raises TemplateMistake."""
        spoken = self._wording(target.locale, "UTC")
        context = {
            "purpose": purpose,
            "locale": target.locale,
            "direction": spoken.direction,
            "brand": self._brands[target.brand],
            "word": spoken.words,
            "wording": spoken,
        }
        rendered = {}
        for name, format in self._composers[target.channel].capabilities.sections.items():
            if format is Format.JSON:
                continue  # of an announcement
            template = "layout.mjml.j2" if format is Format.EMAIL_HTML else f"{name}.j2"
            rendered[name] = self._whole(f"_letters/{template}", format, context, spoken)
        return Payload(target, tuple(self._composers[target.channel].compose(rendered, target)))

    def fragments(self, revision: Revision, targets: Sequence[Target]) -> list[Edition]:
        """What digests of these targets say of a revision, in each language that it has; raises TextMistake."""
        texts = self.texts(revision, targets)
        return [
            Edition(DIGEST, DIGEST, Payload(target, (fragment_part(texts[target.locale, target.brand]),)))
            for target in targets
            if (target.locale, target.brand) in texts
        ]

    def digest(self, issue: Issue, target: Target, time_zone: str) -> Payload:
        """The mail for everybody who reads these announcements in this language and zone; raises TemplateMistake."""
        composer, brand = self._composers[target.channel], self._brands[target.brand]
        spoken = replace(self._wording(target.locale, time_zone), utc=True)
        entity = entity_of(target, self._entities, composer.capabilities)
        rendered = {}
        for name, format in composer.capabilities.sections.items():
            if format is Format.JSON:
                continue  # of an announcement
            footer = legal(entity, MailClass.SERVICE, target.locale, format) if entity else None
            context = {**digest_context(issue, spoken, format), "brand": brand, "legal": footer}
            template = "layout.mjml.j2" if format is Format.EMAIL_HTML else f"{name}.j2"
            rendered[name] = self._whole(f"{FOLDER}/{template}", format, context, spoken)
        return Payload(target, tuple(composer.compose(rendered, target)))

    def _whole(self, template: str, format: Format, context: Mapping[str, object], spoken: Wording) -> Section:
        text = self._environments.render(format, [template], context)
        return Section(format, text.strip() if format is Format.EMAIL_HTML else _lines(text, spoken, format))

    def check(self, editions: Sequence[Edition]) -> list[Finding]:
        """What the networks would refuse or mangle; `about` names the edition.

        A warning about an author's words is said of the first publication: what a stage adds to them is ours.
        """
        alone = [
            replace(finding, about=edition.name)
            for edition in editions
            if edition.operation != DIGEST
            for finding in self._composers[edition.channel].check(edition.payload.parts)
            if finding.severity is Severity.ERROR or not (edition.stage == POSTPONED or edition.operation == FOLLOW)
        ]
        return [*alone, *self._together(editions)]

    def _together(self, editions: Sequence[Edition]) -> Iterator[Finding]:
        channels: dict[str, dict[tuple[str, str], Target]] = defaultdict(dict)
        for edition in editions:
            channels[edition.channel][edition.payload.target.destination, edition.locale] = edition.payload.target
        for channel, targets in channels.items():
            if isinstance(composer := self._composers[channel], ChecksTogether):
                yield from composer.check_together(list(targets.values()))

    def check_legal(self, revision: Revision, targets: Sequence[Target]) -> list[Finding]:
        """What is wrong with the legal footers of these targets' editions, which cannot be made then."""
        speaking = {
            (target.entity, target.locale): entity
            for target in targets
            if (entity := entity_of(target, self._entities, self.capabilities(target.channel)))
        }
        found = (entity.check(revision.kind.mail_class, locale) for (_, locale), entity in speaking.items())
        return list(dict.fromkeys(chain.from_iterable(found)))

    def texts(self, revision: Revision, targets: Sequence[Target]) -> Mapping[tuple[str, str], LocalText]:
        """By locale and brand."""
        return {
            (target.locale, target.brand): self._text(revision, target.locale, target.brand)
            for target in targets
            if target.locale in revision.texts
        }

    def _differences(self, revision: Revision, before: Before) -> Mapping[Where, Differences]:
        """Computed once for all destinations that have the same."""
        known: dict[tuple[str, int], Differences] = {}
        for (_, locale), earlier in before.items():
            if (locale, id(earlier)) not in known:
                known[locale, id(earlier)] = self._changed(earlier, self._text(revision, locale))
        return {where: known[where[1], id(earlier)] for where, earlier in before.items()}

    def _changed(self, earlier: Revision, text: LocalText) -> Differences:
        """None where what was published cannot be written any more, such as with words that the house gave up."""
        try:
            return differences(self._text(earlier, text.locale), text)
        except (PlaceholderError, UnsayableValue):
            return ()

    def _text(self, revision: Revision, locale: str, brand: str = "") -> LocalText:
        wording, chosen = self._wording(locale, revision.schedule.time_zone), self._brands[brand]
        return LocalText(revision, wording, chosen.name, chosen.site_url)


def _when(written: Wording, starts_at: datetime | None, ends_at: datetime | None) -> str:
    if starts_at is None:
        return written.words("postponed.tba")
    return written.since(starts_at) if ends_at is None else written.span(starts_at, ends_at)


class _Rendering:
    """One call of `editions`: what destinations share is rendered once, however many they are."""

    def __init__(
        self,
        environments: Environments,
        brands: Mapping[str, Brand],
        entities: Entities,
        texts: Mapping[tuple[str, str], LocalText],
        composers: Mapping[str, Composer],
        differences: Mapping[Where, Differences],
    ) -> None:
        self._environments, self._brands, self._entities = environments, brands, entities
        self._texts, self._composers, self._differences = texts, composers, differences
        self._rendered: dict[tuple[str | Differences | Correction | None, ...], Rendered] = {}

    def edition(self, step: Step, target: Target) -> Edition:
        known = self._differences.get((target.destination, target.locale), ())
        changed = known if step.operation == "amend" else ()
        spoken = (target.channel, target.locale, target.brand, target.entity, target.campaign)
        key = (*spoken, step.stage, step.operation, changed, step.correction)
        if key not in self._rendered:
            self._rendered[key] = dict(self._sections(step, target, changed))
        parts = self._composers[target.channel].compose(self._rendered[key], target)
        return Edition(step.stage, step.operation, Payload(target, tuple(parts)))

    def _sections(self, step: Step, target: Target, changed: Differences) -> Iterator[tuple[str, Section]]:
        text = self._texts[target.locale, target.brand]
        for name, format in self._composers[target.channel].capabilities.sections.items():
            if format is Format.JSON:
                yield name, Section(format, record(text, step, changed))
            else:
                context = self._context(format, step, target, changed)
                rendered = self._section(f"{target.channel}.{name}.j2", format, text, context)
                yield name, Section(format, _campaigned(rendered, target.campaign, format))

    def _context(self, format: Format, step: Step, target: Target, changed: Differences) -> Mapping[str, object]:
        text, brand = self._texts[target.locale, target.brand], self._brands[target.brand]
        entity = entity_of(target, self._entities, self._composers[target.channel].capabilities)
        return template_context(format, step, text, brand, changed, entity)

    def _section(self, template: str, format: Format, text: LocalText, context: Mapping[str, object]) -> str:
        names = [f"{text.revision.kind.name}/{template}", f"_default/{template}"]
        rendered = self._environments.render(format, names, context)
        if format in (Format.EMAIL_HTML, Format.WEB_HTML):
            return rendered.strip()
        return _lines(rendered, text.wording, format)


_HTML = (Format.WEB_HTML, Format.EMAIL_HTML, Format.TELEGRAM_HTML)


def _campaigned(text: str, campaign: str, format: Format) -> str:
    """`text` whose links to the announcement say where they were clicked."""
    query = f"?{campaign}"
    return text.replace(slot("url"), slot("url") + (escape(query) if format in _HTML else query)) if campaign else text


_TRAILING, _EMPTY_LINES = re.compile(r"[ \t]+$", re.MULTILINE), re.compile(r"\n{3,}")


def _lines(text: str, wording: Wording, format: Format) -> str:
    lines = _tidy(text)
    return marked(lines, is_markup=format in MARKUP) if wording.direction == "rtl" else lines


def _tidy(text: str) -> str:
    """Text without the empty lines and line ends that a template's own layout leaves behind."""
    return _EMPTY_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()
