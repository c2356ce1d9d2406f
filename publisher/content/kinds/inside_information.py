"""What the law makes an issuer tell everybody at once (EU 596/2014, article 17; EU 2023/1114, article 88).

Nothing in it may sell anything, and its page stays for at least five years.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from publisher.content.kinds.fact_types import Instant, Localised, Name
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed


class InsideInformationFacts(Facts):
    subject: Localised = Field(description="what it is about, as the title says it, per language")
    issuer: Name = Field(description="the full legal name of the issuer")
    occurred_at: Instant | None = Field(default=None, description="when it happened or was decided")
    notifier: Name = Field(description="who gives notice for the issuer: name and surname")
    position: Localised = Field(description="that person's position, per language")

    sample: ClassVar = {
        "subject": {},
        "issuer": "Example Exchange Holdings Ltd.",
        "occurred_at": datetime(2026, 12, 7, 19, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "notifier": "Mei Tan",
        "position": {},
    }


inside_information = Kind(
    name="inside_information",
    mail_class=MailClass.MANDATORY,
    facts=InsideInformationFacts,
    approvals=Approvals({"compliance": 1, "any": 1}),
    forbidden_blocks=("marketing_communication",),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="🏛",
)
