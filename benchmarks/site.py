"""Publishing one announcement, in two locales, on a big site beside the same on a small one.

    python -m benchmarks.site [--big 10000] [--small 100] [--rounds 15]

Prints the median milliseconds of both and their ratio; the target is at most 1.5.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from channels.website.press import Press
from tests.site import samples

TARGET = 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description="One publication on a big and on a small site.")
    parser.add_argument("--big", type=int, default=10_000, help="announcements per locale")
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sites = [made(Path(folder) / str(count), count) for count in (chosen.small, chosen.big)]
        pairs = [tuple(publish(site, 50_000 + number) for site in sites) for number in range(chosen.rounds + 1)]
    small, big = (statistics.median(times) * 1000 for times in zip(*pairs[1:], strict=True))  # the first one warms up
    print(f"site of {chosen.big} x {len(samples.LOCALES)}: {big:.1f} ms per announcement")
    print(f"site of {chosen.small} x {len(samples.LOCALES)}: {small:.1f} ms per announcement")
    print(f"ratio {big / small:.2f} (target <= {TARGET})")


def made(folder: Path, count: int) -> Press:
    """A site with `count` announcements per locale: their records, and a page each in the folder where they belong."""
    samples.fill(folder / "site.state", count)
    for locale in samples.LOCALES:
        pages = folder / "site" / locale
        pages.mkdir(parents=True)
        for number in range(1, count + 1):
            (pages / f"ANN-2026-{number:05}.html").write_text("x" * 8_000)
    return samples.press(folder)


def publish(press: Press, number: int) -> float:
    """Seconds, written and synchronised in every locale."""
    records = [samples.record(number, locale=locale) for locale in samples.LOCALES]
    start = time.perf_counter()
    for record in records:
        press.publish(record, samples.article(record))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
