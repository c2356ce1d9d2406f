"""A warning about an asset: what is wrong, what the exchange does and when, what holders can do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.content.kinds.fact_types import Instant, Localised, Symbol
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Unconfirmed


class Level(StrEnum):
    ELEVATED = "elevated"
    HIGH = "high"
    CRITICAL = "critical"


class Measure(BaseModel):
    """One thing the exchange does, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: Instant = Field(description="when it takes effect")
    action: Localised = Field(description="what is done, in a few words per language")


class RiskWarningFacts(Facts):
    assets: tuple[Symbol, ...] = Field(min_length=1, description="the tickers concerned")
    level: Level = Field(description="`elevated`, `high` or `critical`")
    reason: Localised = Field(description="what is wrong, in one sentence per language")
    measures: tuple[Measure, ...] = Field(default=(), description="what the exchange does, with times, oldest first")

    sample: ClassVar = {
        "assets": ["MERI"],
        "level": "high",
        "reason": {
            "en-US": "The project's treasury keys may be compromised.",
            "zh-CN": "该项目的金库密钥可能已泄露。",
        },
        "measures": [
            {
                "at": datetime(2026, 12, 7, 14, 0),  # noqa: DTZ001 a wall-clock time, as an author writes it
                "action": {"en-US": "Deposits are suspended", "zh-CN": "暂停充值"},
            }
        ],
    }

    @property
    def tickers(self) -> tuple[str, ...]:
        return self.assets


_SAMPLE_EN = """\
{{ reason }} Trade {{ assets | join }} with care: the price can move strongly and orders may fill far from it.

We watch the network together with the project and will update this page with every change.

## Your options {#holders_options}

- Keep your balance: it stays in your account and you can withdraw it at any time.
- Sell: trading stays open.
- Do not deposit to an address that you received by message.
"""

_SAMPLE_ZH = """\
{{ reason }} 请谨慎交易 {{ assets | join }}：价格可能大幅波动，成交价可能明显偏离预期。

我们正与项目方一同观察网络状况，如有变化将更新本页。

## 持有者的选择 {#holders_options}

- 继续持有：资产保留在您的账户中，可随时提现。
- 卖出：交易保持开放。
- 请勿向通过私信收到的地址充值。
"""

risk_warning = Kind(
    name="risk_warning",
    mail_class=MailClass.MANDATORY,
    facts=RiskWarningFacts,
    approvals=Approvals({"any": 2}),
    break_glass=True,
    titles={"en-US": "Risk warning: {{ assets | join }}", "zh-CN": "风险提示：{{ assets | join }}"},
    required_blocks=("holders_options",),
    blocks_help={"holders_options": "what a holder can do now, and what happens to those who do nothing"},
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="⚠️",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
