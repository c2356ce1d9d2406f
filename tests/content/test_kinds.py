"""What each kind decides, seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Facts, Kind, Late, MailClass, Unconfirmed
from publisher.content.scaffold import scaffold
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
def test_every_required_block_has_help(kind: Kind) -> None:
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
        ("incident", MailClass.SERVICE, {"on_call": 1}, Unconfirmed.RESEND_ONCE, Late.SEND, True),
        (
            "delisting",
            MailClass.MANDATORY,
            {"editors": 1, "compliance": 1},
            Unconfirmed.RESEND_ONCE,
            Late.SEND_WITH_ALARM,
            False,
        ),
        (
            "token_event",
            MailClass.MANDATORY,
            {"editors": 1, "compliance": 1},
            Unconfirmed.RESEND_ONCE,
            Late.SEND,
            False,
        ),
        ("activity", MailClass.PROMOTIONAL, {"editors": 1, "compliance": 1}, Unconfirmed.PARK, Late.SEND_UNTIL, False),
        ("security", MailClass.MANDATORY, {"any": 2}, Unconfirmed.RESEND_ONCE, Late.SEND, True),
        (
            "api_change",
            MailClass.SERVICE,
            {"editors": 1, "product": 1},
            Unconfirmed.RESEND_ONCE,
            Late.SEND_UNTIL,
            False,
        ),
        ("notice", MailClass.SERVICE, {"any": 1}, Unconfirmed.PARK, Late.HOLD, False),
        (
            "inside_information",
            MailClass.MANDATORY,
            {"compliance": 1, "any": 1},
            Unconfirmed.RESEND_ONCE,
            Late.SEND,
            True,
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
        "extended": (None, "amend"),
        "cancelled": (None, "amend"),
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


def test_what_is_late_of_an_activity_is_held_after_its_start(tmp_path: Path) -> None:
    revision = Folder.of("activity", tmp_path / "activity").revision()
    kind, facts = revision.kind, revision.facts
    assert kind.late_until is not None
    assert kind.expires is not None

    start, end = datetime(2026, 12, 14, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC)
    assert [(stage.name, stage.at(facts)) for stage in kind.stages] == [("start", start), ("complete", end)]
    assert (kind.late_until(facts), kind.expires(facts)) == (start, end)


@pytest.mark.parametrize(
    ("kind", "moment"),
    [("rule_change", datetime(2026, 12, 15, 8, tzinfo=UTC)), ("token_event", datetime(2026, 12, 18, 8, tzinfo=UTC))],
)
def test_what_takes_effect_says_so(kind: str, moment: datetime, tmp_path: Path) -> None:
    revision = Folder.of(kind, tmp_path / kind).revision()

    stages = [(stage.name, stage.at(revision.facts), stage.operation) for stage in revision.kind.stages]

    assert stages == [("takes_effect", moment, "amend")]


LIVE, SUNSET = datetime(2027, 1, 12, 8, tzinfo=UTC), datetime(2027, 4, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("without", "breaking", "breaks_at", "ends_at"),
    [(False, True, SUNSET, SUNSET), (True, True, LIVE, None), (True, False, None, None)],
    ids=["both versions for a while", "at once", "nothing breaks"],
)
def test_an_api_change_reminds_before_programs_break(
    without: bool, breaking: bool, breaks_at: datetime | None, ends_at: datetime | None, tmp_path: Path
) -> None:
    folder = Folder.of("api_change", tmp_path / "api").replace(
        TOML, "breaking = true", f"breaking = {breaking}".lower()
    )
    if without:
        folder.replace(TOML, "sunset_at = 2027-04-12T16:00:00", "")
        for file in (EN, ZH):
            folder.replace(file, "{{ sunset_at | datetime }}", "-")
    revision = folder.revision()

    days = (30, 7, 1)
    assert {stage.name: stage.at(revision.facts) for stage in revision.kind.stages} == {
        "takes_effect": LIVE,
        **{f"reminder_{day}d": breaks_at and breaks_at - timedelta(days=day) for day in days},
        "sunset": ends_at,
    }


def test_a_delisting_keeps_its_notice(tmp_path: Path) -> None:
    folder = Folder.of("delisting", tmp_path / "delisting")

    error = folder.replace(TOML, "notice_days = 7", "notice_days = 30").error()

    assert (error.code, error.fix) == (
        "publish_at",
        "publish it at 2026-11-17T16:00:00 or earlier, or change the facts",
    )


@dataclass(frozen=True)
class Wrong:
    """A change of a kind's sample that makes it wrong, and where that is found."""

    kind: str
    old: str
    new: str
    said: str
    code: str = "wrong_value"


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("delisting", '"BRIX", "TALC"', '"BRIX/USDT", "TALC"', "`items`: should be tickers such as ETH"),
        Wrong("delisting", 'scope = "asset"', 'scope = "pair"', "`items`: should be pairs such as ETH/USDT"),
        Wrong("token_event", 'ratio = "1:10"', "", "`ratio` is missing", "missing_key"),
        Wrong("token_event", 'ratio = "1:10"', 'ratio = "1:ten"', "`ratio`: is not written as it should be"),
        Wrong("token_event", 'event = "swap"', 'event = "burn"', "`event`"),
        Wrong("incident", "next_update_at = 2026-12-01T10:30:00", "", "`next_update_at` is missing", "missing_key"),
        Wrong("incident", 'status = "investigating"', 'status = "resolved"', "`ends_at` is missing", "missing_key"),
        Wrong("activity", '"SG", "JP"', '"SG", "EU"', "`regions.1`: should be a code of ISO 3166"),
        Wrong("security", '["example.com"]', '["withdraw-verify.example"]', "stands among the indicators"),
        Wrong("security", "hxxps://withdraw-verify[.]example/login", "ask them", "`indicators.0.indicator`"),
    ],
    ids=lambda wrong: f"{wrong.kind}: {wrong.said}",
)
def test_wrong_facts_are_explained(wrong: Wrong, tmp_path: Path) -> None:
    folder = Folder.of(wrong.kind, tmp_path / wrong.kind).replace(TOML, wrong.old, wrong.new)

    found = {error.code: error for error in folder.errors()}

    assert wrong.said in found[wrong.code].message


def test_inside_information_sells_nothing(tmp_path: Path) -> None:
    folder = Folder.of("inside_information", tmp_path / "inside")

    error = folder.append(EN, "\n## Our offer {#marketing_communication}\n\nTrade now.\n").error()

    assert (error.code, error.place) == ("forbidden_block", folder.place(EN, "{#marketing"))


@pytest.mark.parametrize("wording", ["", *KINDS["incident"].preapproved])
def test_an_incident_in_words_agreed_on_needs_one_person(wording: str, tmp_path: Path) -> None:
    scaffold(KINDS["incident"], tmp_path / "incident", wording=wording)
    folder = Folder(tmp_path / "incident")

    assert folder.revision().is_preapproved


@pytest.mark.parametrize(
    ("file", "more"),
    [
        (EN, "\nWe are sorry.\n"),
        (TOML, '\n[[facts.updates]]\nat = 2026-12-01T10:00:00\nnote = { en-US = "All is fine", zh-CN = "一切正常" }\n'),
    ],
)
def test_own_words_are_no_words_agreed_on(file: str, more: str, tmp_path: Path) -> None:
    folder = Folder.of("incident", tmp_path / "incident").append(file, more)

    assert not folder.revision().is_preapproved


def test_languages_in_different_words_are_no_words_agreed_on(tmp_path: Path) -> None:
    suspended = KINDS["incident"].preapproved["suspended"].texts["zh-CN"]
    folder = Folder.of("incident", tmp_path / "incident")

    folder.write(ZH, folder.text(ZH).split("\n")[0] + f"\n\n{suspended}")

    assert not folder.revision().is_preapproved
