"""Twenty posts of one announcement, to the sandbox: how far apart do they arrive once the site is confirmed?

    python -m benchmarks.skew [--destinations 20] [--rounds 3] [--channels telegram discord webhook x]

A real worker process, the real SDKs, the real pacing; the posts are shared out among Telegram (one bot), Discord (one
bot), webhooks (one endpoint) and X (an account each, as X allows one post at a time to nobody else). Prints the seconds
between the first and the last arrival of wave 2, of the worst round; the target is at most 2.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from publisher.app import App, opened
from publisher.cli.workspace import commented, create
from publisher.delivery.states import OPEN
from publisher.release.approval import new_token, token_hash
from publisher.release.scheduling import schedule
from publisher.sandbox import Channel, Chat, DiscordChannel, DiscordServer, Ports, Sandbox, World, XAccount
from publisher.schedule.due import run_due
from publisher.supervise import worker
from publisher.web.public import public_app
from publisher.web.serving import listening
from tests.content.folders import TOML, Folder
from tests.ports import free_ports

TARGET = 2.0
CHANNELS = ("telegram", "discord", "webhook", "x")
SINGAPORE = ZoneInfo("Asia/Singapore")
STAFF = {"alice": ("authors",), "erin": ("editors",)}
PATIENCE = 60.0
REST = 4.0
"""Seconds between two rounds: a chat of Telegram takes a burst of two, and then one post in 3.75 s."""
Place: TypeAlias = tuple[str, int]
"""A channel, and a number that makes a destination of it."""


@dataclass(frozen=True)
class Round:
    """One publication: seconds from it to the site's last confirmation, and to each post, by channel."""

    site: float
    posts: Mapping[str, Sequence[float]]

    @property
    def skew(self) -> float:
        every = [at for times in self.posts.values() for at in times]
        return max(every) - min(every)


def main() -> None:
    parser = argparse.ArgumentParser(description="How far apart the posts of one announcement arrive.")
    parser.add_argument("--destinations", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--channels", nargs="+", choices=CHANNELS, default=CHANNELS, help="where the posts go, in turn")
    chosen = parser.parse_args()
    places = [(chosen.channels[number % len(chosen.channels)], number) for number in range(chosen.destinations)]
    with tempfile.TemporaryDirectory() as folder:
        rounds = asyncio.run(measured(Path(folder), places, chosen.rounds))
    for number, each in enumerate(rounds, 1):
        seen = "; ".join(f"{name} {min(times):.2f} to {max(times):.2f}" for name, times in each.posts.items())
        print(
            f"round {number}: site confirmed {each.site:.2f} s after publication; posts: {seen}; skew {each.skew:.2f} s"
        )
    worst = max(each.skew for each in rounds)
    print(f"skew of {len(places)} posts: {worst:.2f} s")
    print(f"allowed: {TARGET:.2f} s")
    print(f"ratio {worst / TARGET:.2f} (target <= 1.0)")


async def measured(workspace: Path, places: Sequence[Place], rounds: int) -> Sequence[Round]:
    found = []
    async with desk(workspace, places) as (app, sandbox, tokens):
        for number in range(rounds):
            if number:
                await asyncio.sleep(REST)
            found.append(await publication(app, sandbox, tokens, number))
            assert sum(map(len, found[-1].posts.values())) == len(places)
    return found


@asynccontextmanager
async def desk(workspace: Path, places: Sequence[Place]) -> AsyncIterator[tuple[App, Sandbox, Mapping[str, str]]]:
    """A workspace with that many places to post to, its worker, its site and the networks."""
    ports = dict(zip(("public", "telegram", "discord", "webhook", "x"), free_ports(5), strict=True))
    await asyncio.to_thread(create, workspace, settings(ports, places))
    for number in range(len(places)):
        for name, value in keys(number).items():
            (workspace / "secrets" / f"x{number}.{name}").write_text(value)
    tokens = {name: new_token() for name in STAFF}
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(workspace))
        async with app.store.begin() as tx:
            for name, groups in STAFF.items():
                await tx.save_person(name, groups, token_hash(tokens[name]), app.clock.now())
        await stack.enter_async_context(listening(public_app(app.site_root), "127.0.0.1", ports["public"]))
        taken = Ports(**{name: port for name, port in ports.items() if name != "public"})
        sandbox = await stack.enter_async_context(Sandbox(world(len(places)), ports=taken))
        await stack.enter_async_context(worker(workspace, grace=5))
        yield app, sandbox, tokens


def world(count: int) -> World:
    """That many places of every channel."""
    numbers = range(count)
    return World(
        chats=tuple(Chat(-1001000000000 - number, "channel", f"Channel {number}") for number in numbers),
        x=tuple(x_account(number) for number in numbers),
        discord=DiscordServer(
            channels=tuple(DiscordChannel(f"13{number:017}", f"channel-{number}") for number in numbers)
        ),
    )


def x_account(number: int) -> XAccount:
    secret = keys(number)
    return XAccount(
        id=f"16{number:017}",
        handle=f"Example{number}",
        consumer_key=secret["consumer_key"],
        consumer_secret=secret["consumer_secret"],
        access_token=secret["access_token"],
        access_token_secret=secret["access_token_secret"],
    )


def keys(number: int) -> Mapping[str, str]:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return {name: f"sandbox-{name}-{number}" for name in names}


def settings(ports: Mapping[str, int], places: Sequence[Place]) -> str:
    """Those of `publisher init`, with other destinations."""
    text = commented().replace("8080", str(ports["public"]))
    head = text[: text.index("# Where announcements go.")]
    everywhere = ["website", *(f"{channel}-{number}" for channel, number in places)]
    tables = [table(ports, channel, number) for channel, number in places]
    return "\n".join([head, FIXED.format(**ports), *tables, f"[sets]\ndefault = {everywhere!r}\n"])


FIXED = """
[accounts.site]
channel = "website"
[accounts.telegram]
channel = "telegram"
api_url = "http://127.0.0.1:{telegram}"
token_file = "secrets/telegram.token"
[accounts.discord]
channel = "discord"
api_url = "http://127.0.0.1:{discord}/api/v10"
token_file = "secrets/discord.token"
[accounts.webhook]
channel = "webhook"
url = "http://127.0.0.1:{webhook}/announcements"
secret_file = "secrets/push.secret"
[destinations.website]
account = "site"
address = "http://127.0.0.1:{public}"
locales = ["en-US", "zh-CN"]
"""


def table(ports: Mapping[str, int], channel: str, number: int) -> str:
    """One destination; for X with an account of its own."""
    addresses = {
        "telegram": str(-1001000000000 - number),
        "discord": f"13{number:017}",
        "webhook": f"segment-{number}",
        "x": f"Example{number}",
    }
    account = f"x{number}" if channel == "x" else channel
    lines = [f"[destinations.{channel}-{number}]", f'account = "{account}"', f'address = "{addresses[channel]}"']
    lines += [f'locales = ["{("en-US", "zh-CN")[number % 2]}"]']
    if channel == "x":
        files = [f'{name}_file = "secrets/x{number}.{name}"' for name in keys(number)]
        lines += [f"[accounts.x{number}]", 'channel = "x"', f'api_url = "http://127.0.0.1:{ports["x"]}"', *files]
        lines += [f'handle = "Example{number}"', f'user_id = "16{number:017}"']
    return "\n".join(lines)


async def publication(app: App, sandbox: Sandbox, tokens: Mapping[str, str], number: int) -> Round:
    release_id = await scheduled(app, announcement(app.workspace, number), tokens)
    before = {name: sandbox.arrivals.totals[Channel(name)] for name in CHANNELS}
    await run_due(app.store.begin, app.clock, app.outlet)
    await ended(app, release_id)
    async with app.store.read() as tx:
        began = (await tx.release(release_id)).published_at
        lines = await tx.delivery_lines([release_id])
    assert began is not None
    late = [f"{line.destination} {line.state} {line.reason}" for line in lines if line.state != "delivered"]
    assert not late, late
    posts = {
        name: [
            (arrival.at - began).total_seconds()
            for arrival in sandbox.arrivals.newest(Channel(name))
            if arrival.number > before[name]
        ]
        for name in CHANNELS
    }
    site = max((line.updated_at - began).total_seconds() for line in lines if line.channel == "website")
    return Round(site, {name: times for name, times in posts.items() if times})


def announcement(workspace: Path, number: int) -> Path:
    """A maintenance, due now."""
    folder = Folder.of("maintenance", workspace / "announcements" / f"round-{number}")
    now = datetime.now(UTC).astimezone(SINGAPORE).replace(microsecond=0, tzinfo=None)
    times = {"publish_at": -1, "starts_at": 60, "ends_at": 180}
    text = folder.text(TOML).replace('"Ethereum"', f'"Network {number}"')
    for name, minutes in times.items():
        moment = (now + timedelta(minutes=minutes)).isoformat()
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {moment}", text)
    folder.write(TOML, text)
    return folder.path


async def scheduled(app: App, folder: Path, tokens: Mapping[str, str]) -> int:
    prepared, findings = await app.prepare(folder)
    assert prepared is not None, findings
    assert prepared.ok, findings
    review = await app.submit(prepared, tokens["alice"])
    await app.approve(review.release.id, tokens["erin"], review.release.root_hash)
    async with app.store.begin() as tx:
        await schedule(tx, review.release.id, actor="alice", at=app.clock.now())
    return review.release.id


async def ended(app: App, release_id: int) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with app.store.read() as tx:
                deliveries = await tx.deliveries(release_id)
            if deliveries and not any(delivery.state in OPEN for delivery in deliveries):
                return
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    main()
