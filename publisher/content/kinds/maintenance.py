"""Planned maintenance of a network's wallets or of a service: what stops, from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.content.kinds.fact_types import Count, Instant, Localised, Name, Symbol, later_than
from publisher.content.kinds.kind import (
    ON_CALL,
    POSTS,
    X_ONLY,
    Approvals,
    Facts,
    Follow,
    Kind,
    Late,
    MailClass,
    Stage,
    Unconfirmed,
)
from publisher.content.kinds.services import Impact, Service


class CancelOnly(BaseModel):
    """The phase in which orders can be cancelled and none placed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    starts_at: Instant = Field(description="when only cancelling becomes possible")
    ends_at: Annotated[Instant, later_than("starts_at")] = Field(description="when orders can be placed again")


class MaintenanceFacts(Facts):
    network: Name = Field(description="the network or system under maintenance, the same name in every language")
    assets: tuple[Symbol, ...] = Field(min_length=1, description="the tickers concerned")
    services: dict[Service, Impact] = Field(min_length=1, description="each service concerned and what happens to it")
    starts_at: Instant = Field(description="when the first service stops")
    ends_at: Annotated[Instant | None, later_than("starts_at")] = Field(
        default=None, description="when all services are back; leave it out while nobody knows"
    )
    cancel_only: CancelOnly | None = Field(default=None, description="the phase in which orders can only be cancelled")
    block_height: Count | None = Field(default=None, description="the block at which the network upgrades")
    extension: Count = Field(default=0, description="0 as first planned, then 1, 2, 3 each time the end is postponed")
    reason: Localised | None = Field(default=None, description="why, in a few words per language")

    sample: ClassVar = {
        "network": "Ethereum",
        "assets": ["ETH", "USDT", "USDC"],
        "services": {"deposits": "suspended", "withdrawals": "suspended", "spot_trading": "unaffected"},
        "starts_at": datetime(2026, 12, 3, 10, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "ends_at": datetime(2026, 12, 3, 12, 0),  # noqa: DTZ001
        "reason": {},
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return self.assets


def _facts(facts: Facts) -> MaintenanceFacts:
    assert isinstance(facts, MaintenanceFacts)
    return facts


def _starts_at(facts: Facts) -> datetime:
    return _facts(facts).starts_at


def _ends_at(facts: Facts) -> datetime | None:
    return _facts(facts).ends_at


def _when_told(facts: Facts) -> None:
    """Only those on duty know."""


def _stage_at(facts: Facts, now: datetime) -> str | None:
    """Before the start the announcement as written, then "in progress", and nothing once it is over."""
    ends_at = _ends_at(facts)
    if now < _starts_at(facts):
        return "announce"
    return None if ends_at is not None and now >= ends_at else "start"


maintenance = Kind(
    name="maintenance",
    mail_class=MailClass.SERVICE,
    facts=MaintenanceFacts,
    approvals=Approvals({"editors": 1}),
    required_blocks=("open_orders",),
    blocks_help={"open_orders": "what happens to open orders, and whether the reader must act"},
    stages=(
        Stage(
            "reminder_24h",
            lambda facts: _starts_at(facts) - timedelta(hours=24),
            "publish",
            POSTS,
            good_for=timedelta(minutes=30),
            mailed=Follow.EVERYTHING,
        ),
        Stage(
            "reminder_1h",
            lambda facts: _starts_at(facts) - timedelta(hours=1),
            "publish",
            POSTS,
            good_for=timedelta(minutes=5),
            mailed=Follow.EVERYTHING,
        ),
        Stage("start", _starts_at, mailed=Follow.EVERYTHING),
        Stage("extended", _when_told, posts=X_ONLY, moves_with="person", answered=True, mailed=Follow.IMPORTANT),
        Stage("cancelled", _when_told, posts=X_ONLY, moves_with="person", answered=True, mailed=Follow.IMPORTANT),
        Stage("complete", _ends_at, posts=X_ONLY, moves_with="end", answered=True, mailed=Follow.EVERYTHING),
    ),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    resend_until=_starts_at,
    late=Late.SEND_VARIANT,
    publish_by=_starts_at,
    expires=_ends_at,
    stage_at=_stage_at,
    postponed_by=ON_CALL,
    icon="🛠",
)
