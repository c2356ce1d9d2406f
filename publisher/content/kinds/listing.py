"""A new asset or contract: what it is, where it trades, and from when."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from publisher.content.kinds.fact_types import Address, Count, Instant, Name, Pair, Symbol
from publisher.content.kinds.kind import (
    ON_CALL,
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


class Product(StrEnum):
    SPOT = "spot"
    PERPETUAL = "perpetual"
    PRE_MARKET = "pre_market"


class Zone(StrEnum):
    MAIN = "main"
    INNOVATION = "innovation"


class Perpetual(BaseModel):
    """The terms of a perpetual contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    index: Name = Field(description="the index that the contract follows")
    settlement: Symbol = Field(description="the asset in which margin and profit are settled")
    max_leverage: Count = Field(ge=1, le=200, description="the greatest leverage")
    funding_hours: Count = Field(ge=1, le=24, description="hours between two funding payments")
    tick_size: Decimal = Field(gt=0, description="the smallest step of the price")


class ListingFacts(Facts):
    product: Product = Field(description="`spot`, `perpetual` or `pre_market`")
    name: Name = Field(description="the asset's own name")
    ticker: Symbol = Field(description="the asset's ticker")
    pairs: tuple[Pair, ...] = Field(min_length=1, description="the trading pairs that open")
    zone: Zone = Field(default=Zone.MAIN, description="where it is listed: `main` or `innovation`")
    network: Name | None = Field(default=None, description="the network of deposits and withdrawals")
    contract_address: Address | None = Field(
        default=None, description="the token's contract on that network; needs `network`"
    )
    deposits_at: Instant | None = Field(default=None, description="when deposits open; leave it out while not decided")
    trading_at: Instant | None = Field(default=None, description="when trading opens; leave it out while not decided")
    withdrawals_at: Instant | None = Field(default=None, description="when withdrawals open")
    perpetual: Perpetual | None = Field(
        default=None, validate_default=True, description="the terms of a perpetual contract, and only of one"
    )

    sample: ClassVar = {
        "product": "spot",
        "name": "Aurora Protocol",
        "ticker": "AURP",
        "pairs": ["AURP/USDT"],
        "zone": "innovation",
        "network": "Ethereum",
        "contract_address": "0x52908400098527886E0F7030069857D2E4169EE7",
        "deposits_at": datetime(2026, 12, 8, 16, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "trading_at": datetime(2026, 12, 9, 18, 0),  # noqa: DTZ001
        "withdrawals_at": datetime(2026, 12, 10, 18, 0),  # noqa: DTZ001
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return (self.ticker,)

    @field_validator("contract_address")
    @classmethod
    def _on_a_network(cls, address: str | None, info: ValidationInfo) -> str | None:
        if address is not None and "network" in info.data and info.data["network"] is None:
            raise PydanticCustomError("contract_network", "says nothing without `network`: name the network as well")
        return address

    @field_validator("perpetual")
    @classmethod
    def _of_the_product(cls, terms: Perpetual | None, info: ValidationInfo) -> Perpetual | None:
        product = info.data.get("product")
        if product is Product.PERPETUAL and terms is None:
            raise PydanticCustomError("missing", "is required when `product` is `perpetual`")
        if product not in (None, Product.PERPETUAL) and terms is not None:
            raise PydanticCustomError("perpetual_terms", 'belongs to `product = "perpetual"` only')
        return terms


def _facts(facts: Facts) -> ListingFacts:
    assert isinstance(facts, ListingFacts)
    return facts


def _trading_at(facts: Facts) -> datetime | None:
    return _facts(facts).trading_at


def _publish_by(facts: Facts) -> datetime | None:
    assert isinstance(facts, ListingFacts)
    return min((moment for moment in (facts.deposits_at, facts.trading_at) if moment is not None), default=None)


listing = Kind(
    name="listing",
    mail_class=MailClass.SERVICE,
    facts=ListingFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    required_blocks=("risk", "regions"),
    blocks_help={
        "risk": "what a buyer can lose, and why",
        "regions": "where the listing is not available",
    },
    stages=(
        Stage("deposits_open", lambda facts: _facts(facts).deposits_at, mailed=Follow.EVERYTHING),
        Stage("trading_open", _trading_at, posts=X_ONLY, answered=True, mailed=Follow.EVERYTHING),
        Stage("withdrawals_open", lambda facts: _facts(facts).withdrawals_at, mailed=Follow.EVERYTHING),
    ),
    unconfirmed=Unconfirmed.PARK,
    late=Late.HOLD,
    publish_by=_publish_by,
    moment=_trading_at,
    postponed_by=ON_CALL,
    icon="🆕",
)
