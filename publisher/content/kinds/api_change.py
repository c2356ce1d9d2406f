"""A change of the interface that programs trade through: what, from when, and how to move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from publisher.content.kinds.fact_types import Change, Instant, Name, later_than
from publisher.content.kinds.kind import POSTS, Approvals, Facts, Kind, Late, MailClass, Stage, Unconfirmed


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
                "item": {"en-US": "Orders per second", "zh-CN": "每秒下单数"},
                "before": "20",
                "after": "40",
            }
        ],
        "testnet_at": datetime(2026, 12, 3, 16, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "effective_at": datetime(2027, 1, 12, 16, 0),  # noqa: DTZ001
        "sunset_at": datetime(2027, 4, 12, 16, 0),  # noqa: DTZ001
    }


_SAMPLE_EN = """\
{{ version }} is live on {{ effective_at | datetime }}; the old version works until {{ sunset_at | datetime }}.

It can be tried on the test network from {{ testnet_at | datetime }}.

## How to migrate {#migration}

Orders need a client id of up to 32 letters and digits. The history is read by cursor instead of by page:
send the `next` value of the last answer.
"""

_SAMPLE_ZH = """\
{{ version }} 将于 {{ effective_at | datetime }} 上线，旧版可使用至 {{ sunset_at | datetime }}。

自 {{ testnet_at | datetime }} 起可在测试网试用。

## 迁移指南 {#migration}

下单须提供不超过 32 位字母或数字的客户端编号。历史委托改为游标分页：请传入上次响应中的 `next` 值。
"""


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
    titles={"en-US": "API update: {{ version }}", "zh-CN": "API 更新：{{ version }}"},
    required_blocks=("migration",),
    blocks_help={"migration": "what a program must do otherwise, and how to try it out"},
    stages=(
        Stage("takes_effect", _effective_at),
        Stage("reminder_30d", _days_before(30), "publish", POSTS),
        Stage("reminder_7d", _days_before(7), "publish", POSTS),
        Stage("reminder_1d", _days_before(1), "publish", POSTS),
        Stage("sunset", _sunset_at),
    ),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND_UNTIL,
    late_until=_effective_at,
    publish_by=_effective_at,
    icon="🔌",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
