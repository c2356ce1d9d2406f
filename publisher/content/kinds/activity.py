"""A campaign: what can be won, by whom, from when to when. Marketing, and it says so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from publisher.content.kinds.fact_types import Instant, Localised, Name, Symbol, later_than
from publisher.content.kinds.kind import Approvals, Facts, Kind, Late, MailClass, Stage, Unconfirmed
from publisher.content.kinds.region import Region


class Pool(BaseModel):
    """What is shared among those who win."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Decimal = Field(gt=0, description="how much")
    asset: Symbol = Field(description="of which asset")


class Registration(BaseModel):
    """The time in which readers can sign up."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    starts_at: Instant = Field(description="its beginning")
    ends_at: Annotated[Instant, later_than("starts_at")] = Field(description="its end")


class ActivityFacts(Facts):
    name: Localised = Field(description="what the campaign is called, per language")
    pool: Pool = Field(description="what is shared, a table")
    starts_at: Instant = Field(description="when it starts")
    ends_at: Annotated[Instant, later_than("starts_at")] = Field(description="when it ends")
    registration: Registration | None = Field(default=None, description="when readers can sign up, where they must")
    snapshots: tuple[Instant, ...] = Field(default=(), description="when balances or volumes are counted")
    distribution: Localised = Field(description="how the pool is shared, in one sentence per language")
    distributed_by: Annotated[Instant | None, later_than("ends_at")] = Field(
        default=None, description="when the rewards are credited at the latest"
    )
    regions: tuple[Region, ...] = Field(
        min_length=1, description="where readers may take part, ISO 3166 codes; nobody else gets it"
    )
    terms_version: Name = Field(description="the version of the campaign's terms, the same in every language")

    sample: ClassVar = {
        "name": {"en-US": "Winter trading week", "zh-CN": "冬季交易周"},
        "pool": {"amount": 50000, "asset": "USDT"},
        "starts_at": datetime(2026, 12, 14, 8, 0),  # noqa: DTZ001 wall-clock times, as an author writes them
        "ends_at": datetime(2026, 12, 21, 8, 0),  # noqa: DTZ001
        "registration": {
            "starts_at": datetime(2026, 12, 10, 8, 0),  # noqa: DTZ001
            "ends_at": datetime(2026, 12, 18, 8, 0),  # noqa: DTZ001
        },
        "distribution": {
            "en-US": "in proportion to spot volume, at most 500 USDT each",
            "zh-CN": "按现货交易量比例分配，每人上限 500 USDT",
        },
        "distributed_by": datetime(2026, 12, 31, 18, 0),  # noqa: DTZ001
        "regions": ["SG", "JP"],
        "terms_version": "2026-12-01",
    }


_SAMPLE_EN = """\
Registered traders share {{ pool.amount | number }} {{ pool.asset }} between {{ starts_at | date }} and
{{ ends_at | date }}.

The pool is shared {{ distribution }}. Rewards are credited by {{ distributed_by | date }}.

## How to take part

1. Register on the campaign's page before {{ registration.ends_at | datetime }}.
2. Trade spot pairs during the campaign. Trades with yourself do not count.

## Marketing communication {#marketing_communication}

This is advertising and no advice. Crypto-assets can lose their whole value. Terms of version {{ terms_version }} apply;
only residents of {{ regions | join }} can take part.
"""

_SAMPLE_ZH = """\
{{ starts_at | date }} 至 {{ ends_at | date }}，已报名的交易者瓜分 {{ pool.amount | number }} {{ pool.asset }}。

奖池{{ distribution }}，奖励最迟于 {{ distributed_by | date }} 发放。

## 参与方式

1. 在 {{ registration.ends_at | datetime }} 前于活动页报名。
2. 在活动期间交易现货交易对，自成交不计入。

## 营销信息声明 {#marketing_communication}

本公告为营销信息，不构成投资建议。加密资产可能损失全部价值。本活动适用 {{ terms_version }} 版条款，
仅限{{ regions | join }}居民参与。
"""


def _facts(facts: Facts) -> ActivityFacts:
    assert isinstance(facts, ActivityFacts)
    return facts


def _starts_at(facts: Facts) -> datetime:
    return _facts(facts).starts_at


def _regions(facts: Facts) -> tuple[Region, ...]:
    return _facts(facts).regions


def _ends_at(facts: Facts) -> datetime:
    return _facts(facts).ends_at


activity = Kind(
    name="activity",
    mail_class=MailClass.PROMOTIONAL,
    facts=ActivityFacts,
    approvals=Approvals({"editors": 1, "compliance": 1}),
    titles={
        "en-US": "{{ name }}: share {{ pool.amount | number }} {{ pool.asset }}",
        "zh-CN": "{{ name }}：瓜分 {{ pool.amount | number }} {{ pool.asset }}",
    },
    required_blocks=("marketing_communication",),
    blocks_help={"marketing_communication": "that this is advertising, its risk, its terms and who cannot take part"},
    stages=(Stage("start", _starts_at), Stage("complete", _ends_at)),
    unconfirmed=Unconfirmed.PARK,
    late=Late.SEND_UNTIL,
    late_until=_starts_at,
    publish_by=_ends_at,
    expires=_ends_at,
    regions=_regions,
    icon="🎯",
    sample_texts={"en-US": _SAMPLE_EN, "zh-CN": _SAMPLE_ZH},
)
