"""A warning about an asset: what is wrong, what the exchange does and when, what holders can do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.content.kinds.fact_types import Instant, Localised, Symbol
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed


class Level(StrEnum):
    ELEVATED = "elevated"
    HIGH = "high"
    CRITICAL = "critical"


class Measure(BaseModel):
    """One thing the exchange does, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: Instant = Field(description="when it takes effect")
    action: Localised = Field(description="what is done, in a few words per language")


class RiskWarningFacts(Facts):
    assets: tuple[Symbol, ...] = Field(min_length=1, description="the tickers concerned")
    level: Level = Field(description="`elevated`, `high` or `critical`")
    reason: Localised = Field(description="what is wrong, in one sentence per language")
    measures: tuple[Measure, ...] = Field(default=(), description="what the exchange does, with times, oldest first")

    sample: ClassVar = {
        "assets": ["MERI"],
        "level": "high",
        "reason": {},
        "measures": [
            {
                "at": datetime(2026, 12, 7, 14, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
                "action": {},
            }
        ],
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return self.assets


risk_warning = Kind(
    name="risk_warning",
    mail_class=MailClass.MANDATORY,
    facts=RiskWarningFacts,
    approvals=Approvals({"any": 2}),
    break_glass=True,
    required_blocks=("holders_options",),
    blocks_help={"holders_options": "what a holder can do now, and what happens to those who do nothing"},
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="⚠️",
)
