"""Social cards: from record to PNG, in six languages.

    python -m benchmarks.cards [--rounds 15]

Prints the median milliseconds of the slowest language beside what is allowed, and the microseconds that the name of a
card costs that was laid out before: that is all a page that links to it pays.
"""

from __future__ import annotations

import argparse
import statistics
import time
from zoneinfo import ZoneInfo

from publisher.channel import PublishedRecord
from publisher.rendering.locale import Wording
from publisher.rendering.words import read_words
from publisher.site.cards.card import Cards
from tests.site import samples

ALLOWED = 150.0
"""Milliseconds."""
TITLES = {
    "en-US": "Example Exchange will list Aurora Protocol (AURP) and open deposits on Ethereum - 9 Dec 2026",
    "zh-CN": "Example Exchange 将上线 Aurora Protocol（AURP），并开放以太坊网络充值",
    "ja-JP": "Aurora Protocol（AURP）の取扱い開始とイーサリアムネットワークでの入金受付について",
    "ko-KR": "Aurora Protocol(AURP) 상장 및 이더리움 네트워크 입금 개시 안내",
    "ar": "ستدرج Example Exchange عملة Aurora Protocol (AURP) وتفتح الإيداع على شبكة Ethereum",
    "vi-VN": "Example Exchange sẽ niêm yết Aurora Protocol (AURP) và mở nạp trên mạng Ethereum",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a social card takes.")
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    words = samples.TEMPLATES / "locale"
    wordings = {locale: Wording(read_words(words / f"{locale}.po"), ZoneInfo("UTC")) for locale in TITLES}
    times = {}
    for locale in TITLES:
        each = [timed(Cards(samples.BRAND, samples.TEMPLATES, wordings), record(locale)) for _ in range(rounds + 1)]
        times[locale] = statistics.median(drawn for drawn, _ in each[1:]) * 1000  # the first one warms up
        print(
            f"{locale}: {times[locale]:.1f} ms, known name {statistics.median(name for _, name in each) * 1e6:.0f} us"
        )
    slowest = max(times.values())
    print(f"ours {slowest:.1f} ms  allowed {ALLOWED:.0f} ms  ratio {slowest / ALLOWED:.2f}")


def timed(cards: Cards, shown: PublishedRecord) -> tuple[float, float]:
    """Seconds to draw a card, and to name it again."""
    start = time.perf_counter()
    cards.drawing(shown)()
    drawn = time.perf_counter()
    cards.path(shown)
    return drawn - start, time.perf_counter() - drawn


def record(locale: str) -> PublishedRecord:
    given = samples.record(locale="en-US").model_dump() | {"locale": locale, "title": TITLES[locale]}
    return PublishedRecord(**given, published_at=given["at"], updated_at=given["at"], version="v")


if __name__ == "__main__":
    main()
