"""A campaign: what can be won, by whom, from when to when. Marketing, and it says so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.content.kinds.fact_types import Instant, Localised, Name, Symbol, later_than
from publisher.content.kinds.kind import ON_CALL, Approvals, Facts, Follow, Kind, Late, MailClass, Stage, Unconfirmed
from publisher.content.kinds.region import Region


class Pool(BaseModel):
    """What is shared among those who win."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Decimal = Field(gt=0, description="how much")
    asset: Symbol = Field(description="of which asset")


class Registration(BaseModel):
    """The time in which readers can sign up."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    starts_at: Instant = Field(description="its beginning")
    ends_at: Annotated[Instant, later_than("starts_at")] = Field(description="its end")


class ActivityFacts(Facts):
    name: Localised = Field(description="what the campaign is called, per language")
    pool: Pool = Field(description="what is shared, a table")
    starts_at: Instant = Field(description="when it starts")
    ends_at: Annotated[Instant, later_than("starts_at")] = Field(description="when it ends")
    registration: Registration | None = Field(default=None, description="when readers can sign up, where they must")
    snapshots: tuple[Instant, ...] = Field(default=(), description="when balances or volumes are counted")
    distribution: Localised = Field(description="how the pool is shared, in one sentence per language")
    distributed_by: Annotated[Instant | None, later_than("ends_at")] = Field(
        default=None, description="when the rewards are credited at the latest"
    )
    regions: tuple[Region, ...] = Field(
        min_length=1, description="where readers may take part, ISO 3166 codes; nobody else gets it"
    )
    terms_version: Name = Field(description="the version of the campaign's terms, the same in every language")

    sample: ClassVar = {
        "name": {},
        "pool": {"amount": 50000, "asset": "USDT"},
        "starts_at": datetime(2026, 12, 14, 8, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "ends_at": datetime(2026, 12, 21, 8, 0),  # noqa: DTZ001
        "registration": {
            "starts_at": datetime(2026, 12, 10, 8, 0),  # noqa: DTZ001
            "ends_at": datetime(2026, 12, 18, 8, 0),  # noqa: DTZ001
        },
        "distribution": {},
        "distributed_by": datetime(2026, 12, 31, 18, 0),  # noqa: DTZ001
        "regions": ["SG", "JP"],
        "terms_version": "2026-12-01",
    }


def _facts(facts: Facts) -> ActivityFacts:
    assert isinstance(facts, ActivityFacts)
    return facts


def _starts_at(facts: Facts) -> datetime:
    return _facts(facts).starts_at


def _regions(facts: Facts) -> tuple[Region, ...]:
    return _facts(facts).regions


def _ends_at(facts: Facts) -> datetime:
    return _facts(facts).ends_at


activity = Kind(
    name="activity",
    mail_class=MailClass.PROMOTIONAL,
    facts=ActivityFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    required_blocks=("marketing_communication",),
    blocks_help={"marketing_communication": "that this is advertising, its risk, its terms and who cannot take part"},
    stages=(Stage("start", _starts_at, mailed=Follow.EVERYTHING), Stage("complete", _ends_at, moves_with="end")),
    unconfirmed=Unconfirmed.PARK,
    late=Late.SEND_UNTIL,
    late_until=_starts_at,
    publish_by=_ends_at,
    expires=_ends_at,
    regions=_regions,
    postponed_by=ON_CALL,
    icon="🎯",
)
