"""Every benchmark, each in a process of its own, and one table at the end.

    python -m benchmarks [NAME ...]

Exits 1 when a target was missed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

NUMBER = r"([0-9.]+)"
WIDTH = 130


@dataclass(frozen=True)
class Line:
    """One row of the table, and where its figures stand in what the benchmark prints."""

    benchmark: str
    work: str
    peer: str
    unit: str
    ours_in: str
    peer_in: str
    ratio_in: str
    target: str = ""
    """`>= 0.5` or `<= 1.5`; empty where none is set."""
    may_lack: str = ""
    """What is printed when the peer is not there."""


LINES = (
    Line(
        "render", "render one announcement to 240 editions", "bare Jinja2 + MJML", "ms",
        f"ours, sections: {NUMBER}", f"peer: {NUMBER}", f"sections: .* ratio {NUMBER}", ">= 0.5",
    ),
    Line(
        "render", "the same, payloads composed", "bare Jinja2 + MJML", "ms",
        f"payloads composed: {NUMBER}", f"peer: {NUMBER}", f"composed: .* ratio {NUMBER}",
    ),
    Line(
        "site", "publish one on a site of 10,000 x 2 locales", "the same on a site of 100", "ms",
        rf"site of 10000 x \d+: {NUMBER}", rf"site of 100 x \d+: {NUMBER}", f"ratio {NUMBER}", "<= 1.5",
    ),
    Line(
        "skew", "20 posts of wave 2: first to last arrival", "what is allowed", "s",
        f"skew of 20 posts: {NUMBER}", f"allowed: {NUMBER}", f"ratio {NUMBER}", "<= 1.0",
    ),
    Line(
        "smtp", "10,000 mails of 8 kB, filled on the way", "plain aiosmtplib loop", "/s",
        f"ours {NUMBER}/s", rf"peer \(aiosmtplib\) {NUMBER}/s", f"ratio {NUMBER}",
    ),
    Line(
        "broadcast", "a mailing to 100,000 with ledger", "plain aiosmtplib loop", "/s",
        f"ours {NUMBER}/s", rf"peer \(aiosmtplib\) {NUMBER}/s", f"aiosmtplib.* ratio {NUMBER}", ">= 0.9",
    ),
    Line(
        "broadcast", "the same", "nodemailer's pool", "/s",
        f"ours {NUMBER}/s", rf"peer \(nodemailer, pool\) {NUMBER}/s", f"ratio to the pool {NUMBER}", ">= 1.5",
        may_lack="nodemailer left out",
    ),
    Line(
        "broadcast", "the books' share of its time", "the same without books", "/s",
        f"ours {NUMBER}/s", f"the same without books {NUMBER}/s", f"share of the time {NUMBER}", "<= 0.10",
    ),
    Line(
        "growing", "messages of a mailing to a million", "the same to ten thousand", "/s",
        f"rate: many {NUMBER}", f"rate: .* few {NUMBER}", f"rate: .* ratio {NUMBER}", ">= 0.9",
    ),
    Line(
        "growing", "the peak of its memory", "the same to ten thousand", "MB",
        f"peak memory: many {NUMBER}", f"peak memory: .* few {NUMBER}", f"peak memory: .* ratio {NUMBER}", "<= 1.1",
    ),
    Line(
        "growing", "the same", "what is allowed", "MB",
        f"peak memory: many {NUMBER}", f"peak memory: .* allowed {NUMBER}", f"peak memory: .* of it {NUMBER}", "<= 1.0",
    ),
    Line(
        "growing", "its first message, once the readers are frozen", "the same to ten thousand", "ms",
        f"first message: many {NUMBER}", f"first message: .* few {NUMBER}", f"first message: .* ratio {NUMBER}",
        "<= 3.0",
    ),
    Line(
        "importing", "import a million readers from CSV", "bare executemany of the same rows", "/s",
        f"ours {NUMBER}/s", f"peer {NUMBER}/s", f"ratio {NUMBER}", ">= 0.4",
    ),
    Line(
        "freeze", "freeze a million readers, SQLite", "what is allowed", "s",
        f"sqlite: froze in {NUMBER}", f"sqlite: .* allowed {NUMBER}", f"sqlite: .* ratio {NUMBER}", "<= 1.0",
    ),
    Line(
        "freeze", "freeze a million readers, PostgreSQL", "what is allowed", "s",
        f"postgresql: froze in {NUMBER}", f"postgresql: .* allowed {NUMBER}", f"postgresql: .* ratio {NUMBER}",
        "<= 1.0",
    ),
    Line(
        "urgent", "first message of a warning during a large mailing", "the same when idle", "ms",
        f"warning: .*under way {NUMBER}", f"warning: idle {NUMBER}", f"warning: .*ratio {NUMBER}", "<= 3.0",
    ),
    Line(
        "urgent", "the staff's page meanwhile", "the same when idle", "ms",
        f"staff's page: .*under way {NUMBER}", f"staff's page: idle {NUMBER}",
        f"staff's page: .*ratio {NUMBER}", "<= 2.0",
    ),
    Line(
        "urgent", "the site's home page meanwhile", "the same when idle", "ms",
        f"home page: .*under way {NUMBER}", f"home page: idle {NUMBER}", f"home page: .*ratio {NUMBER}", "<= 2.0",
    ),
    Line(
        "schedules", "a tick with 100,000 schedules", "the same with 100", "ms",
        f"a tick: many {NUMBER}", f"a tick: .* few {NUMBER}", f"a tick: .* ratio {NUMBER}", "<= 1.5",
    ),
    Line(
        "schedules", "10,000 due within a minute: lateness, median", "a bare asyncio timer", "ms",
        f"lateness, median: ours {NUMBER}", f"lateness, median: .* timer {NUMBER}",
        f"lateness, median: .* ratio {NUMBER}", "<= 5.0",
    ),
    Line(
        "schedules", "the same, p99", "a bare asyncio timer", "ms",
        f"lateness, p99: ours {NUMBER}", f"lateness, p99: .* timer {NUMBER}", f"lateness, p99: .* ratio {NUMBER}",
    ),
    Line(
        "coming", "the list of 6,000 lines to come, a line", "the same of 600", "ms",
        f"the list: many {NUMBER}", f"the list: .* few {NUMBER}", f"the list: .* ratio {NUMBER}", "<= 1.5",
    ),
    Line(
        "coming", "what one of them should not meet, a line", "the same of 600", "ms",
        f"one announcement: many {NUMBER}", f"one announcement: .* few {NUMBER}",
        f"one announcement: .* ratio {NUMBER}", "<= 1.5",
    ),
    Line(
        "cards", "a social card, drawn", "what is allowed", "ms",
        f"ours {NUMBER} ms", f"allowed {NUMBER} ms", f"ratio {NUMBER}", "<= 1.0",
    ),
    Line(
        "search", "find in 100,000 announcements, write the page", "bare FTS5 query", "ms",
        f"all four: ours {NUMBER}", f"all four: .* peer {NUMBER}", f"all four: .* ratio {NUMBER}", "<= 3.0",
    ),
    Line(
        "serving", "pages and feeds, five questions", "nginx, one worker", "/s",
        f"an announcement, gzip: ours {NUMBER}", f"an announcement, gzip: .* nginx {NUMBER}",
        f"geometric mean: ratio {NUMBER}", ">= 0.2",
    ),
)  # fmt: skip


def main() -> None:
    names = list(dict.fromkeys(line.benchmark for line in LINES))
    parser = argparse.ArgumentParser(description="Every benchmark: ours, the peer of the same run, the ratio.")
    parser.add_argument("benchmarks", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    chosen = parser.parse_args().benchmarks or names
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    printed = {name: run(name) for name in chosen}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Work", "Ours", "Peer", "", "Ratio", "Target"):
        table.add_column(column, no_wrap=True)
    missed = 0
    for line in LINES:
        if line.benchmark in printed and not (line.may_lack and line.may_lack in printed[line.benchmark]):
            missed += not add(table, line, printed[line.benchmark])
    Console(width=WIDTH).print(table)
    sys.exit(1 if missed else 0)


def run(name: str) -> str:
    """What a benchmark prints, shown as it comes."""
    print(f"--- python -m benchmarks.{name}", flush=True)
    command = [sys.executable, "-u", "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        sys.exit(f"benchmarks.{name} ended with {process.returncode}")
    return "".join(lines)


def add(table: Table, line: Line, printed: str) -> bool:
    """Adds a row; False when it misses its target."""
    ours, peer, ratio = (figure(pattern, line, printed) for pattern in (line.ours_in, line.peer_in, line.ratio_in))
    met = reached(float(ratio), line.target)
    target = line.target if met else f"{line.target} missed"
    table.add_row(line.work, f"{ours} {line.unit}", f"{peer} {line.unit}", line.peer, ratio, target or "-")
    return met


def figure(pattern: str, line: Line, printed: str) -> str:
    found = re.search(pattern, printed)
    if found is None:
        sys.exit(f"benchmarks.{line.benchmark} printed nothing that matches {pattern!r}; keep the two in step")
    return found[1]


def reached(ratio: float, target: str) -> bool:
    if not target:
        return True
    relation, _, wanted = target.partition(" ")
    return ratio >= float(wanted) if relation == ">=" else ratio <= float(wanted)


if __name__ == "__main__":
    main()
