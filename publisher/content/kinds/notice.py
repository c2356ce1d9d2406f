"""Anything else that readers should know."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from publisher.content.kinds.fact_types import Instant, Localised
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed


class NoticeFacts(Facts):
    subject: Localised = Field(description="what it is about: the title, per language")
    effective_at: Instant | None = Field(default=None, description="when it takes effect, if it does")

    sample: ClassVar = {
        "subject": {},
        "effective_at": datetime(2026, 12, 15, 9, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
    }


notice = Kind(
    name="notice",
    mail_class=MailClass.SERVICE,
    facts=NoticeFacts,
    approvals=Approvals({"any": 1}),
    unconfirmed=Unconfirmed.PARK,
    late=Late.HOLD,
    icon="📢",
)
