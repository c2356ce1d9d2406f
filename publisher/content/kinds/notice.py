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
        "subject": {"en-US": "New opening hours of support", "zh-CN": "客服服务时间调整"},
        "effective_at": datetime(2026, 12, 15, 9, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
    }


_SAMPLE_EN = """\
From {{ effective_at | datetime }} support by telephone is open every day from 08:00 to 22:00 (UTC+8).

Chat and mail are answered around the clock, as before.
"""

_SAMPLE_ZH = """\
自 {{ effective_at | datetime }} 起，电话客服每日 08:00 至 22:00 (UTC+8) 开放。

在线客服与邮件仍为全天候服务。
"""

notice = Kind(
    name="notice",
    mail_class=MailClass.SERVICE,
    facts=NoticeFacts,
    approvals=Approvals({"any": 1}),
    titles={"en-US": "{{ subject }}", "zh-CN": "{{ subject }}"},
    unconfirmed=Unconfirmed.PARK,
    late=Late.HOLD,
    icon="📢",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
