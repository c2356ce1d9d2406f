"""A threat to readers: what it looks like, its addresses made harmless, and how to tell what is genuine."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from publisher.content.kinds.fact_types import Domain, Instant, Localised, Name
from publisher.content.kinds.indicator import Indicator
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed


class Sighting(BaseModel):
    """Where the threat was seen, and as what."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    indicator: Indicator = Field(description="the address, domain, IP, handle or wallet; shown defanged everywhere")
    seen_as: Localised = Field(description="what it pretends to be, in a few words per language")


class SecurityFacts(Facts):
    threat: Localised = Field(description="the threat, as the title says it, per language")
    affected: Localised | None = Field(default=None, description="who is concerned, in a few words per language")
    first_seen_at: Instant | None = Field(default=None, description="since when it is known")
    indicators: tuple[Sighting, ...] = Field(default=(), description="how to recognise it, the worst first")
    official_domains: tuple[Domain, ...] = Field(min_length=1, description="the only domains that are genuine")
    official_handles: tuple[Name, ...] = Field(default=(), description="the only accounts that are genuine")

    sample: ClassVar = {
        "threat": {},
        "affected": {},
        "first_seen_at": datetime(2026, 12, 2, 7, 30),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "indicators": [
            {
                "indicator": "hxxps://withdraw-verify[.]example/login",
                "seen_as": {},
            }
        ],
        "official_domains": ["example.com"],
        "official_handles": ["Telegram @example_news"],
    }

    @field_validator("official_domains")
    @classmethod
    def _is_not_the_threat(cls, domains: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        live = [pattern for sighting in info.data.get("indicators", ()) for pattern in sighting.indicator.live()]
        if wrong := next((domain for domain in domains if any(pattern.search(domain) for pattern in live)), None):
            message = "names {domain}, which stands among the indicators"
            raise PydanticCustomError("official_threat", message, {"domain": f"`{wrong}`"})
        return domains


security = Kind(
    name="security",
    mail_class=MailClass.MANDATORY,
    facts=SecurityFacts,
    approvals=Approvals({"any": 2}),
    break_glass=True,
    required_blocks=("how_to_verify",),
    blocks_help={"how_to_verify": "how readers can tell what is genuine"},
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="🛡",
)
