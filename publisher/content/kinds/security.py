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
        "threat": {"en-US": "fake withdrawal pages", "zh-CN": "虚假提现页面"},
        "affected": {"en-US": "readers of text messages about withdrawals", "zh-CN": "收到提现短信的用户"},
        "first_seen_at": datetime(2026, 12, 2, 7, 30),  # noqa: DTZ001 a wall-clock time, as an author writes it
        "indicators": [
            {
                "indicator": "hxxps://withdraw-verify[.]example/login",
                "seen_as": {"en-US": "login page", "zh-CN": "登录页面"},
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


_SAMPLE_EN = """\
We know of {{ threat }} that copy ours and ask for your password and codes. Do not enter anything there.

Our systems are not affected. If you entered a password there, change it now and contact support.

## How to verify {#how_to_verify}

Our only domains are {{ official_domains | join }}. Type the address yourself, and compare the anti-phishing code in
every mail with the one in your account.
"""

_SAMPLE_ZH = """\
我们发现仿冒本平台、索要密码与验证码的{{ threat }}，请勿在其中输入任何信息。

我们的系统未受影响。如您已输入密码，请立即修改并联系客服。

## 如何核实 {#how_to_verify}

我们仅使用以下域名：{{ official_domains | join }}。请自行输入网址，并核对每封邮件中的防钓鱼码与您账户中的是否一致。
"""

security = Kind(
    name="security",
    mail_class=MailClass.MANDATORY,
    facts=SecurityFacts,
    approvals=Approvals({"any": 2}),
    break_glass=True,
    titles={"en-US": "Security notice: {{ threat }}", "zh-CN": "安全公告：{{ threat }}"},
    required_blocks=("how_to_verify",),
    blocks_help={"how_to_verify": "how readers can tell what is genuine"},
    unconfirmed=Unconfirmed.RESEND_ONCE,
    late=Late.SEND,
    urgent=True,
    icon="🛡",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
