"""What each kind decides, seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Facts, Kind, Late, MailClass, Unconfirmed
from publisher.content.source.validation import models_in
from tests.content.folders import EN, END, TOML, ZH, Folder

NOON = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)  # the sample starts at 10:00 in Singapore
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Every fact by its dotted name, and its description."""
    for name, field in model.model_fields.items():
        yield prefix + name, field.description
        for inner in models_in(field.annotation):
            if set(inner.model_fields) != {"root"}:
                yield from fields(inner, f"{prefix}{name}.")


def sample_facts(kind: Kind, tmp_path: Path) -> Facts:
    return Folder.of(kind.name, tmp_path / kind.name).revision().facts


@every_kind
def test_every_fact_says_what_it_is(kind: Kind) -> None:
    assert [name for name, description in fields(kind.facts) if not description] == []


@every_kind
def test_facts_survive_the_store(kind: Kind, tmp_path: Path) -> None:
    facts = sample_facts(kind, tmp_path)

    assert kind.facts.model_validate_json(facts.model_dump_json()) == facts


@every_kind
def test_facts_cannot_be_changed(kind: Kind, tmp_path: Path) -> None:
    facts = sample_facts(kind, tmp_path)

    with pytest.raises(ValidationError, match="frozen"):
        setattr(facts, next(iter(kind.facts.model_fields)), "other")


@every_kind
def test_every_language_has_title_sample_and_help(kind: Kind) -> None:
    assert set(kind.titles) == set(kind.sample_texts) >= set(kind.required_locales)
    assert set(kind.blocks_help) == set(kind.required_blocks)


@pytest.mark.parametrize(
    ("name", "mail_class", "groups", "unconfirmed", "late", "urgent"),
    [
        ("maintenance", MailClass.SERVICE, {"editors": 1}, Unconfirmed.RESEND_ONCE, Late.SEND_VARIANT, False),
        ("listing", MailClass.SERVICE, {"editors": 1, "compliance": 1}, Unconfirmed.PARK, Late.HOLD, False),
        ("risk_warning", MailClass.MANDATORY, {"any": 2}, Unconfirmed.RESEND_ONCE, Late.SEND, True),
        (
            "rule_change",
            MailClass.SERVICE,
            {"editors": 1, "compliance": 1},
            Unconfirmed.RESEND_ONCE,
            Late.SEND_UNTIL,
            False,
        ),
    ],
)
def test_the_policies(
    name: str, mail_class: MailClass, groups: dict[str, int], unconfirmed: Unconfirmed, late: Late, urgent: bool
) -> None:
    kind = KINDS[name]

    assert (kind.mail_class, kind.approvals.groups, kind.unconfirmed) == (mail_class, groups, unconfirmed)
    assert (kind.late, kind.urgent) == (late, urgent)


def test_the_stages_of_a_maintenance(maintenance: Folder) -> None:
    revision = maintenance.revision()

    stages = {stage.name: (stage.at(revision.facts), stage.operation) for stage in revision.kind.stages}

    assert stages == {
        "reminder_24h": (NOON - timedelta(hours=24), "publish"),
        "reminder_1h": (NOON - timedelta(hours=1), "publish"),
        "start": (NOON, "amend"),
        "complete": (NOON + timedelta(hours=2), "amend"),
    }


@pytest.mark.parametrize(("hours", "stage"), [(-1, "announce"), (0, "start"), (1.9, "start"), (2, None), (50, None)])
def test_a_late_maintenance_says_what_is_true_now(maintenance: Folder, hours: float, stage: str | None) -> None:
    revision = maintenance.revision()
    assert revision.kind.stage_at is not None

    assert revision.kind.stage_at(revision.facts, NOON + timedelta(hours=hours)) == stage


def test_a_maintenance_without_an_end_never_expires(maintenance: Folder) -> None:
    maintenance.replace(TOML, END, "")
    for file, end in ((EN, "noon"), (ZH, "12:00")):
        maintenance.replace(file, "{{ ends_at | datetime }}", end)

    revision = maintenance.revision()

    kind = revision.kind
    assert kind.expires is not None
    assert kind.stage_at is not None
    assert kind.expires(revision.facts) is None
    assert kind.stage_at(revision.facts, NOON + timedelta(days=9)) == "start"


def test_a_rule_change_keeps_its_notice(rule_change: Folder) -> None:
    revision = rule_change.revision()
    kind = revision.kind
    assert kind.publish_by is not None
    assert kind.late_until is not None

    assert kind.late_until(revision.facts) == datetime(2026, 12, 15, 8, 0, tzinfo=UTC)
    assert kind.publish_by(revision.facts) == datetime(2026, 12, 8, 8, 0, tzinfo=UTC)
