"""Something is broken now: which services, how badly, since when, and when the next word comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from publisher.content.kinds.fact_types import Instant, Localised, Name, Symbol, later_than
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed
from publisher.content.kinds.services import Impact, Service


class Status(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Update(BaseModel):
    """One word in between, for those who follow."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: Instant = Field(description="when it was true")
    note: Localised = Field(description="what was found or done, in a few words per language")


class IncidentFacts(Facts):
    status: Status = Field(description="`investigating`, `identified`, `monitoring` or `resolved`")
    services: tuple[Service, ...] = Field(min_length=1, description="the services concerned")
    impact: Impact = Field(description="what happens to them")
    network: Name | None = Field(default=None, description="the network, where only one is concerned")
    assets: tuple[Symbol, ...] = Field(default=(), description="the tickers, where only some are concerned")
    starts_at: Instant = Field(description="since when")
    ends_at: Annotated[Instant | None, later_than("starts_at")] = Field(
        default=None, validate_default=True, description="when all worked again; with `resolved`, and only then"
    )
    next_update_at: Annotated[Instant | None, later_than("starts_at")] = Field(
        default=None, validate_default=True, description="when readers hear more; needed until it is resolved"
    )
    updates: tuple[Update, ...] = Field(default=(), description="what was found and done so far, oldest first")

    sample: ClassVar = {
        "status": "investigating",
        "services": ["withdrawals"],
        "impact": "delayed",
        "network": "Ethereum",
        "starts_at": datetime(2026, 12, 1, 9, 40),  # noqa: DTZ001 wall-clock times, as an author writes them
        "next_update_at": datetime(2026, 12, 1, 10, 30),  # noqa: DTZ001
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return self.assets

    @field_validator("ends_at")
    @classmethod
    def _when_resolved(cls, ends_at: datetime | None, info: ValidationInfo) -> datetime | None:
        status = info.data.get("status")
        if status is Status.RESOLVED and ends_at is None:
            raise PydanticCustomError("missing", "is required when `status` is `resolved`")
        if status not in (None, Status.RESOLVED) and ends_at is not None:
            raise PydanticCustomError("not_resolved", 'belongs to `status = "resolved"` only')
        return ends_at

    @field_validator("next_update_at")
    @classmethod
    def _until_resolved(cls, next_update_at: datetime | None, info: ValidationInfo) -> datetime | None:
        if next_update_at is None and info.data.get("status") not in (None, Status.RESOLVED):
            raise PydanticCustomError("missing", "is required until `status` is `resolved`")
        return next_update_at


def _status(facts: Facts) -> Status:
    assert isinstance(facts, IncidentFacts)
    return facts.status


incident = Kind(
    name="incident",
    mail_class=MailClass.SERVICE,
    facts=IncidentFacts,
    approvals=Approvals({"on_call": 1}),
    required_blocks=("what_works",),
    blocks_help={"what_works": "what readers can still do, and whether they must act"},
    state=_status,
    wordings={
        "delayed": {},
        "suspended": {"impact": "suspended"},
        "resolved": {"status": "resolved", "ends_at": datetime(2026, 12, 1, 10, 20)},  # noqa: DTZ001
    },
    approvals_of_own_words=Approvals({"on_call": 1, "editors": 1}),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,  # of what was submitted since, the newest: a newer revision voids the older release
    review_within=timedelta(hours=24),
    urgent=True,
    icon="🚧",
)
