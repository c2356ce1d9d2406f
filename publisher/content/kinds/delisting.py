"""The end of a pair, an asset, a network or a product: why, the last times, and what becomes of what readers hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from publisher.content.kinds.fact_types import Count, Instant, Localised, Name, Symbol, later_than
from publisher.content.kinds.kind import ON_CALL, Approvals, Facts, Kind, Late, MailClass, Stage, Unconfirmed
from publisher.content.kinds.services import Service


class Scope(StrEnum):
    PAIR = "pair"
    ASSET = "asset"
    NETWORK = "network"
    PRODUCT = "product"


_WRITTEN: Mapping[Scope, tuple[re.Pattern[str], str]] = {
    Scope.PAIR: (re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{1,20}"), "pairs such as ETH/USDT"),
    Scope.ASSET: (re.compile(r"[A-Z0-9]{1,20}"), "tickers such as ETH"),
}


class Step(BaseModel):
    """What ends, or is done, in one product."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    service: Service = Field(description="the product concerned")
    at: Instant = Field(description="when")
    action: Localised = Field(description="what happens then, in a few words per language")


class Conversion(BaseModel):
    """What balances that nobody withdraws become."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    into: Symbol = Field(description="the asset that holders get instead")
    at: Instant = Field(description="when balances are converted")
    price: Localised = Field(description="how the price is found, in a few words per language")


class DelistingFacts(Facts):
    scope: Scope = Field(description="what ends: `pair`, `asset`, `network` or `product`")
    items: tuple[Name, ...] = Field(min_length=1, description="which, as the title names them")
    reason: Localised = Field(description="why, in one sentence per language")
    delisted_at: Instant = Field(description="when it ends; for an asset or a pair the end of trading")
    deposits_end_at: Instant | None = Field(default=None, description="when the last deposits are credited")
    withdrawals_end_at: Annotated[Instant | None, later_than("delisted_at")] = Field(
        default=None, description="when the last withdrawals are possible"
    )
    steps: tuple[Step, ...] = Field(default=(), description="what else happens, by product, oldest first")
    conversion: Conversion | None = Field(default=None, description="what balances that nobody withdraws become")
    notice_days: Count = Field(description="days of notice that the rules ask for; `publish_at` must keep them")

    sample: ClassVar = {
        "scope": "asset",
        "items": ["BRIX", "TALC"],
        "reason": {},
        "delisted_at": datetime(2026, 12, 17, 16, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "deposits_end_at": datetime(2026, 12, 18, 16, 0),  # noqa: DTZ001
        "withdrawals_end_at": datetime(2027, 3, 17, 16, 0),  # noqa: DTZ001
        "steps": [
            {
                "service": "margin_trading",
                "at": datetime(2026, 12, 15, 16, 0),  # noqa: DTZ001
                "action": {},
            }
        ],
        "conversion": {
            "into": "USDT",
            "at": datetime(2027, 3, 18, 16, 0),  # noqa: DTZ001
            "price": {},
        },
        "notice_days": 7,
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.partition("/")[0] for item in self.items)) if self.scope in _WRITTEN else ()

    @field_validator("items")
    @classmethod
    def _of_the_scope(cls, items: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        pattern, words = _WRITTEN.get(info.data.get("scope", Scope.PRODUCT), (None, ""))
        if pattern and not all(map(pattern.fullmatch, items)):
            raise PydanticCustomError("item_form", "should be {words}, as `scope` says", {"words": words})
        return items


def _facts(facts: Facts) -> DelistingFacts:
    assert isinstance(facts, DelistingFacts)
    return facts


def _delisted_at(facts: Facts) -> datetime:
    return _facts(facts).delisted_at


def _publish_by(facts: Facts) -> datetime:
    """The last moment that keeps the notice."""
    return _delisted_at(facts) - timedelta(days=_facts(facts).notice_days)


delisting = Kind(
    name="delisting",
    mail_class=MailClass.MANDATORY,
    facts=DelistingFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    required_blocks=("what_to_do",),
    blocks_help={"what_to_do": "what holders must do, by when, and what happens to those who do nothing"},
    stages=(Stage("delisted", _delisted_at),),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND_WITH_ALARM,
    publish_by=_publish_by,
    postponed_by=ON_CALL,
    icon="🔚",
)
