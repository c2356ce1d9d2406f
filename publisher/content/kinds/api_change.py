"""A change of the interface that programs trade through: what, from when, and how to move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from publisher.content.kinds.fact_types import Change, Instant, Name, later_than
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


class ApiChangeFacts(Facts):
    version: Name = Field(description="the version, as the title says it, the same in every language")
    breaking: bool = Field(description="whether programs must be changed")
    endpoints: tuple[Name, ...] = Field(min_length=1, description="what changes: paths, streams or commands")
    limits: tuple[Change, ...] = Field(default=(), description="limits before and after: `item`, `before` and `after`")
    testnet_at: Instant | None = Field(default=None, description="when it can be tried out")
    effective_at: Instant = Field(description="when it is live")
    sunset_at: Annotated[Instant | None, later_than("effective_at")] = Field(
        default=None, description="when the old way stops working, if it still works beside the new one"
    )

    sample: ClassVar = {
        "version": "v5.2",
        "breaking": True,
        "endpoints": ["POST /v5/orders", "GET /v5/orders/history"],
        "limits": [
            {
                "item": {},
                "before": "20",
                "after": "40",
            }
        ],
        "testnet_at": datetime(2026, 12, 3, 16, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "effective_at": datetime(2027, 1, 12, 16, 0),  # noqa: DTZ001
        "sunset_at": datetime(2027, 4, 12, 16, 0),  # noqa: DTZ001
    }


def _facts(facts: Facts) -> ApiChangeFacts:
    assert isinstance(facts, ApiChangeFacts)
    return facts


def _effective_at(facts: Facts) -> datetime:
    return _facts(facts).effective_at


def _sunset_at(facts: Facts) -> datetime | None:
    return _facts(facts).sunset_at


def _days_before(days: int) -> Callable[[Facts], datetime | None]:
    """So long before programs that were not changed stop working; None when none does."""

    def at(facts: Facts) -> datetime | None:
        breaks_at = _sunset_at(facts) or (_effective_at(facts) if _facts(facts).breaking else None)
        return breaks_at - timedelta(days=days) if breaks_at else None

    return at


api_change = Kind(
    name="api_change",
    mail_class=MailClass.SERVICE,
    facts=ApiChangeFacts,
    approvals=Approvals({"editors": 1, "product": 1}),
    required_blocks=("migration",),
    blocks_help={"migration": "what a program must do otherwise, and how to try it out"},
    stages=(
        Stage("takes_effect", _effective_at, mailed=Follow.EVERYTHING),
        Stage(
            "reminder_30d", _days_before(30), "publish", POSTS, good_for=timedelta(hours=12), mailed=Follow.EVERYTHING
        ),
        Stage("reminder_7d", _days_before(7), "publish", POSTS, good_for=timedelta(hours=6), mailed=Follow.EVERYTHING),
        Stage(
            "reminder_1d",
            _days_before(1),
            "publish",
            POSTS | X_ONLY,
            good_for=timedelta(hours=1),
            mailed=Follow.EVERYTHING,
        ),
        Stage("sunset", _sunset_at, mailed=Follow.EVERYTHING),
    ),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND_UNTIL,
    late_until=_effective_at,
    publish_by=_effective_at,
    postponed_by=ON_CALL,
    icon="🔌",
)
