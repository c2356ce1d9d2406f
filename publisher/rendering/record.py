"""The website's record of an announcement in one locale: made by code, read by `publisher.site`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

from publisher.channel import Difference, Fact, Format, Record, Told, slot
from publisher.rendering.local_text import LocalText
from publisher.rendering.plan import ANNOUNCE, CANCELLED, POSTPONED, Step

_UNAFFECTED = "unaffected"


def record(text: LocalText, step: Step, differences: Sequence[Difference] = ()) -> str:
    """A `channel.Record` as JSON with sorted keys."""
    data = _record(text, step, differences).model_dump(mode="json")
    if text.is_timed(step.stage) or (step.stage == POSTPONED and text.is_event):
        data |= {"starts_at": slot("event.starts_at"), "ends_at": slot("event.ends_at")}
    for name in ("differences", "pinned_until", "correction", "state"):
        if not data[name]:
            del data[name]
    return json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)


def _record(text: LocalText, step: Step, differences: Sequence[Difference]) -> Record:
    stage, revision, facts, written = step.stage, text.revision, text.revision.facts, text.written(Format.PLAIN)
    postponed = stage in (POSTPONED, CANCELLED)
    return Record(
        id=revision.announcement_id,
        kind=revision.kind.name,
        kind_title=text.wording.words(f"kind.{revision.kind.name}"),
        locale=text.locale,
        stage=stage,
        state="" if stage == ANNOUNCE else text.wording.words(f"stage.{stage}"),
        reference=slot("reference"),
        url=slot("url"),
        short_url=f"{text.site_url}/a/{slot('reference')}",
        at=slot("published_at"),
        title=written.title,
        summary=text.told_at(stage) or written.summary,
        starts_at=None if postponed else _starts_at(text),
        ends_at=None if postponed else _instant(getattr(facts, "ends_at", None)),
        pinned_until=None if postponed else revision.pinned_until,
        assets=facts.tickers,
        services=tuple(text.wording.say(service) for service in _services(facts)),
        urgent=revision.kind.urgent,
        regions=revision.regions,
        facts=tuple(Fact(name=row.name, label=row.label, value=row.value, iso=row.iso) for row in text.card_at(stage)),
        differences=tuple(differences),
        correction=_told(text, step),
        pictures=text.pictures,
    )


def _told(text: LocalText, step: Step) -> Told | None:
    """What readers are told of a correction, in their language."""
    correction, words = step.correction, text.wording.words
    if correction is None:
        return None
    label, reason = words(f"correction.{correction.act}"), words(f"because.{correction.because}")
    instead = words(f"correction.instead.{step.operation}", label=label, reason=reason)
    return Told(act=correction.act.value, label=label, reason=reason, instead=instead, dangerous=correction.dangerous)


def _starts_at(text: LocalText) -> datetime | None:
    """When the event begins; for a kind that is about one moment, that moment."""
    kind, facts = text.revision.kind, text.revision.facts
    return kind.moment(facts) if kind.moment else _instant(getattr(facts, "starts_at", None))


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _services(facts: object) -> Sequence[Enum]:
    """Those that something happens to: a list of them, or each with its impact."""
    services: Mapping[Enum, Enum] | Sequence[Enum] = getattr(facts, "services", ())
    if isinstance(services, Mapping):
        return [name for name, impact in services.items() if impact.value != _UNAFFECTED]
    return services
