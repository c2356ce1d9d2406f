"""The names that templates know; docs/templates.md describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from publisher.channel import Difference, Format
from publisher.content.kinds.kind import MailClass
from publisher.rendering.brand import Brand
from publisher.rendering.legal import Entity, legal
from publisher.rendering.local_text import LocalText
from publisher.rendering.plan import ANNOUNCE, POSTPONED, Step


def template_context(
    format: Format,
    step: Step,
    text: LocalText,
    brand: Brand,
    changed: Sequence[Difference] = (),
    entity: Entity | None = None,
) -> Mapping[str, object]:
    """Everything that one template may use."""
    kind, written, words = text.revision.kind, text.written(format), text.wording.words
    withdrawn, told = step.operation == "retract", text.told_at(step.stage)
    card = () if withdrawn else text.card_at(step.stage)
    because = words(f"because.{step.correction.because}") if step.correction else ""
    return {
        "title": written.title,
        "summary": words("correction.retracted") if withdrawn else told or written.summary,
        "said_before": written.summary if told and not withdrawn else "",
        "because": because,
        "body": "" if withdrawn else written.body,
        "card": card,
        "rows": lambda *names: [row for name in ("postponed_to", *names) for row in card if row.name == name],
        "facts": text.revision.facts,
        "kind": kind.name,
        "kind_title": words(f"kind.{kind.name}"),
        "mail_class": str(kind.mail_class),
        "to_segment": text.revision.audience.segment is not None,
        "legal_basis": text.revision.audience.legal_basis,
        "icon": kind.icon,
        "urgent": kind.urgent,
        "stage": step.stage,
        "operation": step.operation,
        "answered": step.answered,
        "timed": step.stage == POSTPONED or text.is_timed(step.stage),
        "state": _state(text, step),
        "label": _label(text),
        "changed": changed,
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
    if step.correction is not None:
        return words(f"correction.{step.correction.act}")
    if step.operation != "publish":
        return words(f"state.{step.operation}")
    if kind.state is not None:
        return text.wording.say(kind.state(text.revision.facts))
    return words(f"stage.{ANNOUNCE}") if kind.stages else ""


def _label(text: LocalText) -> str:
    """What the law wants said of it in every channel; empty for what is no advertising."""
    is_promotional = text.revision.kind.mail_class is MailClass.PROMOTIONAL
    return text.wording.words("label.promotional") if is_promotional else ""
