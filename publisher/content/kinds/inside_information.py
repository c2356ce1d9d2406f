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
        "subject": {"en-US": "change of the chief executive", "zh-CN": "首席执行官变更"},
        "issuer": "Example Exchange Holdings Ltd.",
        "occurred_at": datetime(2026, 12, 7, 19, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "notifier": "Mei Tan",
        "position": {"en-US": "General counsel", "zh-CN": "总法律顾问"},
    }


_SAMPLE_EN = """\
The board of {{ issuer }} decided on {{ occurred_at | datetime }} that its chief executive leaves on 31 January 2027.

The chief operating officer takes over from that day. The services of {{ exchange }} are not affected.
"""

_SAMPLE_ZH = """\
{{ issuer }} 董事会于 {{ occurred_at | datetime }} 决定，现任首席执行官将于 2027年1月31日 离任。

首席运营官将自该日起接任。{{ exchange }} 的服务不受影响。
"""

inside_information = Kind(
    name="inside_information",
    mail_class=MailClass.MANDATORY,
    facts=InsideInformationFacts,
    approvals=Approvals({"compliance": 1, "any": 1}),
    titles={"en-US": "Inside information: {{ subject }}", "zh-CN": "内幕信息：{{ subject }}"},
    forbidden_blocks=("marketing_communication",),
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="🏛",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
