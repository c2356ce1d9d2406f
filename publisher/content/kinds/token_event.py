"""Something happens to an asset itself: a swap, a new name, a fork, an airdrop, and what holders get."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from publisher.content.kinds.fact_types import Address, Instant, Name, Symbol
from publisher.content.kinds.kind import ON_CALL, Approvals, Facts, Kind, Late, MailClass, Stage, Unconfirmed


class Event(StrEnum):
    SWAP = "swap"
    REBRAND = "rebrand"
    FORK = "fork"
    AIRDROP = "airdrop"


Ratio: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?:(0|[1-9][0-9]*)(\.[0-9]+)?$")]
"""`old:new`, exact: `1:10` gives ten new for one old."""


class Token(BaseModel):
    """The asset that holders get."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name = Field(description="its own name")
    ticker: Symbol = Field(description="its ticker")
    network: Name | None = Field(default=None, description="its network")
    contract_address: Address | None = Field(default=None, description="its contract on that network")


class TokenEventFacts(Facts):
    event: Event = Field(description="`swap`, `rebrand`, `fork` or `airdrop`")
    name: Name = Field(description="the asset's own name as it is now")
    ticker: Symbol = Field(description="its ticker as it is now")
    network: Name | None = Field(default=None, description="the network that it is on now")
    old_address: Address | None = Field(default=None, description="its contract as it is now, which ends or is copied")
    new: Token | None = Field(default=None, validate_default=True, description="the asset that holders get")
    ratio: Ratio | None = Field(
        default=None, validate_default=True, description="how much holders get, old:new; required for a swap"
    )
    snapshot_at: Instant | None = Field(
        default=None, validate_default=True, description="when balances are counted; required for a fork or an airdrop"
    )
    effective_at: Instant = Field(description="when the event takes effect on the exchange")

    sample: ClassVar = {
        "event": "swap",
        "name": "Pellucid",
        "ticker": "PLCD",
        "network": "Ethereum",
        "old_address": "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "new": {
            "name": "Pellucid Chain",
            "ticker": "PELC",
            "network": "Pellucid Chain",
        },
        "ratio": "1:10",
        "snapshot_at": datetime(2026, 12, 14, 16, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "effective_at": datetime(2026, 12, 18, 16, 0),  # noqa: DTZ001
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.ticker, *([self.new.ticker] if self.new else [])]))

    @field_validator("new", "ratio", "snapshot_at")
    @classmethod
    def _needed(cls, value: object, info: ValidationInfo) -> object:
        event, name = info.data.get("event"), str(info.field_name)
        if value is None and event in _NEEDED[name]:
            raise PydanticCustomError("missing", "is required for a {event}", {"event": event})
        return value


_NEEDED = {
    "new": (Event.SWAP, Event.REBRAND, Event.AIRDROP),
    "ratio": (Event.SWAP,),
    "snapshot_at": (Event.FORK, Event.AIRDROP),
}
"""Fact -> the events that mean nothing without it."""


def _effective_at(facts: Facts) -> datetime:
    assert isinstance(facts, TokenEventFacts)
    return facts.effective_at


token_event = Kind(
    name="token_event",
    mail_class=MailClass.MANDATORY,
    facts=TokenEventFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    required_blocks=("what_to_do",),
    blocks_help={"what_to_do": "what holders must do, by when, and what happens to those who do nothing"},
    stages=(Stage("takes_effect", _effective_at),),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    publish_by=_effective_at,
    postponed_by=ON_CALL,
    icon="🔄",
)
