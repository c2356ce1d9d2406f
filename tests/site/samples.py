"""Builders: realistic records and fragments of a fictional exchange, as rendering freezes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from channels.website.journal import Journal
from channels.website.press import Press
from channels.website.records import Entry, RecordFolder, order_line
from publisher.channel import Difference, Fact, Piece, PublishedRecord, Record
from publisher.rendering.brand import Brand, Handle
from publisher.site.derive import Site
from publisher.site.security_txt import Security

TEMPLATES = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
BRAND = Brand(
    "Example Exchange",
    "https://example.com",
    "1 Example Street, Singapore 000001",
    "https://example.com/support",
    (
        Handle("Telegram", "@example_news", "https://t.example.com/example_news"),
        Handle("X", "@example", "https://x.example.com/example"),
    ),
)
LOCALES = ("en-US", "zh-CN")
KINDS = {
    "maintenance": ("Maintenance", "系统维护"),
    "listing": ("Listing", "新币上线"),
    "risk_warning": ("Risk warning", "风险提示"),
    "rule_change": ("Rule change", "规则调整"),
}

BODY = """\
<h2 id="open_orders">Your open orders</h2>
<p>Open orders stay in the book and can be filled or cancelled at any time.
See the <a href="https://example.com/status">status page</a>.</p>
<h3>What changes</h3>
<table><thead><tr><th>Service</th><th>Before</th><th>During</th></tr></thead>
<tbody><tr><td>Deposits</td><td>open</td><td>suspended</td></tr></tbody></table>
<ul><li>Send nothing to an old address.</li>
<li>Compare with <code>0x52908400098527886E0F7030069857D2E4169EE7</code>.</li></ul>
<blockquote><p>Times are given with their zone.</p></blockquote>"""
"""Every element that rendering writes."""


def site(brand: Brand = BRAND, *, search: bool = False, cards: bool = False, hub: str = "") -> Site:
    security = Security(["mailto:security@example.com"])
    return Site(brand, TEMPLATES, LOCALES, "example.com,2026", security, search=search, cards=cards, hub=hub)


def record(
    number: int = 42,
    kind: str = "maintenance",
    locale: str = "en-US",
    *,
    title: str = "Ethereum wallet maintenance - 3 Dec 2026",
    summary: str = "Deposits and withdrawals on Ethereum pause from 02:00 to 04:00 (UTC).",
    at: datetime = NOW - timedelta(hours=20),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    pinned_until: datetime | None = None,
    stage: str = "announce",
    services: Sequence[str] = (),
    urgent: bool = False,
    base: str = BRAND.site_url,
    facts: Sequence[tuple[str, str, str | None]] = (("Network", "Ethereum", None),),
) -> Record:
    reference = f"ANN-2026-{number:05}"
    return Record(
        id=f"a{number}",
        kind=kind,
        kind_title=KINDS[kind][LOCALES.index(locale)],
        locale=locale,
        stage=stage,
        reference=reference,
        url=f"{base}/{locale}/{reference}",
        at=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        title=title,
        summary=summary,
        starts_at=starts_at,
        ends_at=ends_at,
        pinned_until=pinned_until,
        services=tuple(services),
        urgent=urgent,
        facts=tuple(Fact(name=label, label=label, value=value, iso=iso) for label, value, iso in facts),
    )


def corrected(record: Record) -> Record:
    """The same as a later revision, with what it changed."""
    fact = (Piece(text="9 Dec 2026, 18:00", sort="gone"), Piece(text="10 Dec 2026, 18:00", sort="new"))
    word = (Piece(text="You do not "), Piece(text="have", sort="gone"), Piece(text="need", sort="new"))
    told = (
        Difference(where="Trading opens", pieces=fact),
        Difference(where="Text", pieces=(*word, Piece(text=" to."))),
    )
    at = datetime.fromisoformat(record.at) + timedelta(hours=3)
    return record.model_copy(update={"differences": told, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"})


def article(record: Record, body: str = "<p>Open orders stay in the book.</p>") -> str:
    """What `templates/_default/website.article.j2` makes of it."""
    rows = "".join(f"<div><dt>{escape(fact.label)}</dt><dd>{_value(fact)}</dd></div>\n" for fact in record.facts)
    summary = f'<p class="summary">{escape(record.summary)}</p>'
    return f'<dl class="facts">\n{rows}</dl>\n{summary}\n<div class="prose">\n{body}\n</div>\n'


def _value(fact: Fact) -> str:
    text = escape(fact.value)
    return f'<time datetime="{fact.iso}">{text}</time>' if fact.iso else text


def press(folder: Path, now: datetime = NOW, derive: Site | None = None) -> Press:
    """Publishes below `folder/site`, with its records in `folder/site.state`."""
    state = folder / "site.state"
    return Press(Journal(folder / "site", state), RecordFolder(state), derive or site(), lambda: now)


def publish(folder: Path, records: Iterable[Record], now: datetime = NOW, derive: Site | None = None) -> Path:
    """A site with these announcements; returns its root."""
    desk = press(folder, now, derive)
    for each in records:
        desk.publish(each, article(each))
    desk.refresh()
    return folder / "site"


def grown(folder: Path, count: int) -> Path:
    """A site that has `count` announcements per locale (see `fill`) and their pages; returns its root."""
    fill(folder / "site.state", count)
    press(folder).rebuild()
    return folder / "site"


def fill(state: Path, count: int, locales: Sequence[str] = LOCALES) -> None:
    """The records of `count` announcements per locale, numbered from 1, without their pages; every other a listing."""
    for locale in locales:
        entries, articles, orders = (state / f"records/{locale}/{name}" for name in ("entries", "articles", "order"))
        for folder in (entries, articles, orders):
            folder.mkdir(parents=True)
        for position in range(count):
            entry = _entry(position, locale)
            (entries / f"{entry.record.id}.json").write_text(entry.model_dump_json())
            (articles / f"{entry.record.id}.html").write_text(article(entry.record))
        lines = [order_line(f"a{number}") for number in range(1, count + 1)]
        (orders / "+all").write_text("".join(lines))
        (orders / "listing").write_text("".join(lines[0::2]))
        (orders / "maintenance").write_text("".join(lines[1::2]))


def _entry(position: int, locale: str) -> Entry:
    fields = record(position + 1, ("listing", "maintenance")[position % 2], locale).model_dump()
    published = PublishedRecord(**fields, published_at=NOW, updated_at=NOW, version=f"{position:016x}")
    return Entry(position=position, position_in_kind=position // 2, record=published)


def demo() -> list[Record]:
    """A week of an exchange: something under way, something ahead, something corrected, in two languages."""
    return [text for number in range(1, 7) for text in _DEMO[number - 1](number)]


def _both(number: int, kind: str, english: tuple[str, str], chinese: tuple[str, str], **more: object) -> list[Record]:
    at = NOW - timedelta(hours=30 * (7 - number))
    rows = more.pop("facts_en", ()), more.pop("facts_zh", ())
    return [
        record(number, kind, locale, title=text[0], summary=text[1], at=at, facts=facts, **more)  # type: ignore[arg-type]
        for locale, text, facts in zip(LOCALES, (english, chinese), rows, strict=True)
    ]


_DEMO = (
    lambda n: _both(
        n,
        "listing",
        (
            "Example Exchange will list Aurora Protocol (AURP)",
            "Spot trading of AURP/USDT opens in the innovation zone.",
        ),
        ("Example Exchange 将上线 Aurora Protocol（AURP）", "AURP/USDT 现货交易将在创新区开放。"),
        starts_at=NOW + timedelta(days=5),
        facts_en=[
            ("Asset", "Aurora Protocol (AURP)", None),
            ("Pairs", "AURP/USDT", None),
            ("Trading opens", "8 Dec 2026, 11:00 (UTC+8; 03:00 UTC)", "2026-12-08T03:00:00Z"),
            ("Contract", "0x52908400098527886E0F7030069857D2E4169EE7", None),
        ],
        facts_zh=[
            ("资产", "Aurora Protocol（AURP）", None),
            ("交易对", "AURP/USDT", None),
            ("开放交易", "2026年12月8日 11:00（UTC+8；03:00 UTC）", "2026-12-08T03:00:00Z"),
        ],
    ),
    lambda n: _both(
        n,
        "rule_change",
        (
            "Example Exchange will adjust spot fees on 15 Dec 2026",
            "Taker fees of the first tier fall from 0.10% to 0.08%.",
        ),
        ("Example Exchange 将于 2026年12月15日 调整现货手续费", "第一档吃单费率由 0.10% 降至 0.08%。"),
        facts_en=[("Area", "Spot fees", None), ("Takes effect", "15 Dec 2026, 08:00 (UTC+8)", "2026-12-15T00:00:00Z")],
        facts_zh=[("范围", "现货手续费", None), ("生效时间", "2026年12月15日 08:00（UTC+8）", "2026-12-15T00:00:00Z")],
    ),
    lambda n: _both(
        n,
        "maintenance",
        ("Solana wallet maintenance - 1 Dec 2026", "Deposits and withdrawals on Solana paused for a node upgrade."),
        ("Solana 钱包维护 - 2026年12月1日", "Solana 网络因节点升级暂停充值与提现。"),
        starts_at=NOW - timedelta(days=2),
        ends_at=NOW - timedelta(days=2, hours=-1),
        services=["Deposits"],
    ),
    lambda n: _both(
        n,
        "risk_warning",
        ("Risk warning: LUMA", "LUMA is under special treatment after its project team stopped publishing reserves."),
        ("风险提示：LUMA", "LUMA 项目方停止披露储备，现对其实施特别处理。"),
        urgent=True,
        pinned_until=NOW + timedelta(days=7),
        facts_en=[("Asset", "LUMA", None), ("Level", "High", None), ("Measure", "Deposits suspended", None)],
        facts_zh=[("资产", "LUMA", None), ("等级", "高", None), ("措施", "暂停充值", None)],
    ),
    lambda n: _both(
        n,
        "maintenance",
        ("Ethereum wallet maintenance - 3 Dec 2026", "Deposits and withdrawals on Ethereum pause; trading continues."),
        ("Ethereum 钱包维护 - 2026年12月3日", "Ethereum 网络暂停充值与提现，交易不受影响。"),
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        services=["Deposits", "Withdrawals"],
        facts_en=[
            ("Network", "Ethereum", None),
            ("Assets", "ETH, USDT, USDC", None),
            ("When", "3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)", "2026-12-03T02:00:00Z"),
            ("Services", "Deposits: suspended; Withdrawals: suspended; Spot trading: unaffected", None),
        ],
        facts_zh=[
            ("网络", "Ethereum", None),
            ("资产", "ETH、USDT、USDC", None),
            ("时间", "2026年12月3日 10:00-12:00（UTC+8；02:00-04:00 UTC）", "2026-12-03T02:00:00Z"),
            ("服务", "充值：暂停；提现：暂停；现货交易：不受影响", None),
        ],
    ),
    lambda n: _both(
        n,
        "maintenance",
        ("Bitcoin wallet maintenance - 6 Dec 2026", "Withdrawals on Bitcoin pause for forty minutes."),
        ("Bitcoin 钱包维护 - 2026年12月6日", "Bitcoin 网络提现将暂停四十分钟。"),
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, minutes=40),
        services=["Withdrawals"],
    ),
)
