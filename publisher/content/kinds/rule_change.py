"""A change of the rules of trading: which, from when, what was and what will be."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from publisher.content.kinds.fact_types import Change, Count, Instant, Localised
from publisher.content.kinds.kind import ON_CALL, Approvals, Facts, Follow, Kind, Late, MailClass, Stage, Unconfirmed


class Rule(StrEnum):
    FEES = "fees"
    MARGIN_TIERS = "margin_tiers"
    FUNDING = "funding"
    INDEX = "index"
    TERMS = "terms"


class RuleChangeFacts(Facts):
    rule: Rule = Field(description="which rules: `fees`, `margin_tiers`, `funding`, `index` or `terms`")
    area: Localised = Field(description="what exactly changes, as the title says it, per language")
    effective_at: Instant = Field(description="when the new rules hold")
    changes: tuple[Change, ...] = Field(min_length=1, description="rows of `item`, `before` and `after`")
    open_positions: Localised | None = Field(default=None, description="what happens to open positions and orders")
    notice_days: Count = Field(default=0, description="days of notice that readers are promised")

    sample: ClassVar = {
        "rule": "fees",
        "area": {},
        "effective_at": datetime(2026, 12, 15, 16, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "changes": [
            {"item": {}, "before": "0.10%", "after": "0.08%"},
            {"item": {}, "before": "0.10%", "after": "0.10%"},
        ],
        "open_positions": {},
        "notice_days": 7,
    }


def _facts(facts: Facts) -> RuleChangeFacts:
    assert isinstance(facts, RuleChangeFacts)
    return facts


def _effective_at(facts: Facts) -> datetime:
    return _facts(facts).effective_at


def _publish_by(facts: Facts) -> datetime:
    """The last moment that keeps the notice which readers are promised."""
    return _effective_at(facts) - timedelta(days=_facts(facts).notice_days)


rule_change = Kind(
    name="rule_change",
    mail_class=MailClass.SERVICE,
    facts=RuleChangeFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    required_blocks=("before_after",),
    blocks_help={"before_after": "the old and the new rule side by side"},
    stages=(Stage("takes_effect", _effective_at, mailed=Follow.EVERYTHING),),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND_UNTIL,
    late_until=_effective_at,
    publish_by=_publish_by,
    moment=_effective_at,
    postponed_by=ON_CALL,
    icon="📋",
)
