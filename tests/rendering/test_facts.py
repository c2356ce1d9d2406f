"""The facts card and what placeholders say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from publisher.content.announcement import Revision
from publisher.content.kinds import KINDS
from publisher.rendering.facts import FactRow, card
from publisher.rendering.locale import Wording
from publisher.rendering.words import read_words
from publisher.wall_time import zone
from tests.rendering import builders


def rows(revision: Revision, locale: str = "en-US") -> list[FactRow]:
    words = read_words(builders.TEMPLATES / "locale" / f"{locale}.po")
    return list(card(revision.kind.name, revision.facts, Wording(words, zone(revision.schedule.time_zone))))


def lines(revision: Revision, locale: str = "en-US") -> list[tuple[str, str]]:
    return [(row.label, row.value) for row in rows(revision, locale)]


def local(day: int, hour: int) -> datetime:
    return datetime(2026, 12, day, hour, 0)  # noqa: DTZ001 a wall-clock time, as an author writes it


def test_maintenance() -> None:
    cancel_only = {"starts_at": local(3, 9), "ends_at": local(3, 10)}

    assert lines(builders.revision(cancel_only=cancel_only, block_height=22_431_084, extension=1)) == [
        ("Network", "Ethereum"),
        ("Assets", "ETH, USDT, USDC"),
        ("Services", "Deposits suspended, Withdrawals suspended, Spot trading not affected"),
        ("When", "3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)"),
        ("Cancel-only", "3 Dec 2026, 09:00-10:00 (UTC+8; 01:00-02:00 UTC)"),
        ("Block height", "22,431,084"),
        ("Extension no.", "1"),
        ("Reason", "network upgrade"),
    ]


def test_an_end_that_nobody_knows_is_said() -> None:
    [when] = [row for row in rows(builders.revision(ends_at=None)) if row.name == "when"]

    assert when.value == "From 3 Dec 2026, 10:00 (UTC+8; 02:00 UTC); the end is not known yet"
    assert when.iso == "2026-12-03T02:00:00Z"


def test_the_short_value_leaves_utc_out() -> None:
    [when] = [row for row in rows(builders.revision()) if row.name == "when"]

    assert when.short == "3 Dec 2026, 10:00-12:00 (UTC+8)"


def test_unset_facts_have_no_row() -> None:
    names = {row.name for row in rows(builders.revision("listing", deposits_at=None))}

    assert "trading_at" in names
    assert not names & {"deposits_at", "perpetual"}


def test_terms_of_a_perpetual_contract() -> None:
    perpetual = {
        "index": "AURP index",
        "settlement": "USDT",
        "max_leverage": 50,
        "funding_hours": 8,
        "tick_size": Decimal("0.00010"),
    }

    assert lines(builders.revision("listing", product="perpetual", perpetual=perpetual))[-5:] == [
        ("Index", "AURP index"),
        ("Settled in", "USDT"),
        ("Maximum leverage", "50x"),
        ("Funding", "Every 8 hours"),
        ("Tick size", "0.00010"),
    ]


def test_measures_of_a_risk_warning_have_a_row_each() -> None:
    measures = [
        {"at": local(7, 14), "action": {"en-US": "Deposits are suspended", "zh-CN": "暂停充值"}},
        {"at": local(8, 14), "action": {"en-US": "Trading ends", "zh-CN": "停止交易"}},
    ]
    shown = rows(builders.revision("risk_warning", measures=measures), "zh-CN")

    assert [(row.label, row.value, row.iso) for row in shown if row.name == "measures"] == [
        ("措施", "暂停充值，2026年12月7日 14:00 (UTC+8; 06:00 UTC)", "2026-12-07T06:00:00Z"),
        ("措施", "停止交易，2026年12月8日 14:00 (UTC+8; 06:00 UTC)", "2026-12-08T06:00:00Z"),
    ]


def test_before_and_after_of_a_rule_change() -> None:
    assert lines(builders.revision("rule_change"))[2:5] == [
        ("Takes effect", "15 Dec 2026, 16:00 (UTC+8; 08:00 UTC)"),
        ("Maker fee", "0.10% → 0.08%"),
        ("Taker fee", "0.10% → 0.10%"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_all_languages_have_the_same_facts(kind: str) -> None:
    english, chinese = (rows(builders.revision(kind), locale) for locale in builders.LOCALES)

    assert [(row.name, row.iso) for row in english] == [(row.name, row.iso) for row in chinese]
