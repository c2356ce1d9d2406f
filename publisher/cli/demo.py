"""`publisher demo`: the samples through review to every channel of the sandbox, in front of your eyes.

Nothing here is a short cut: the same submit, approve and publish as on any day, the same clock (moved to each
announcement's hour), the same worker with its real pacing.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rich.progress import Progress

from publisher.app import TEMPLATES, App, opened
from publisher.cli.digest import RUNS, runs_so_far, show_groups
from publisher.cli.output import Stop, say, show_findings, show_json
from publisher.cli.serving import serving
from publisher.cli.waiting import progress
from publisher.cli.watching import delivery_row, show_deliveries
from publisher.cli.workspace import commented, create, migrated
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import REASONS
from publisher.delivery.life import Act, Saying
from publisher.delivery.life import say as say_of
from publisher.delivery.stages import PlannedStage, PlannedState
from publisher.delivery.states import OPEN, DeliveryState
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save
from publisher.release.approval import new_token, token_hash
from publisher.release.scheduling import schedule
from publisher.rendering.digest import layout_hash
from publisher.store.status_rows import DeliveryLine
from publisher.supervise import log_plainly, stop_requested

SAMPLES = TEMPLATES.parent / "announcements"
MARKER = ".made-by-demo"
STAFF = {"alice": ("authors",), "erin": ("editors",), "carl": ("compliance",)}
ZONES = {"hana": "Asia/Tokyo", "nora": "America/New_York", "yuki": "Asia/Tokyo"}
"""Where readers live of whom that is known."""
DIGESTED = ("nora", "yuki")
"""They get everything once a day, at nine where they live."""
READERS = (
    *(("ada", "en-US"), ("ben", "en-US"), ("chen", "zh-CN"), ("dana", "en-US"), ("fei", "zh-CN")),
    *(("hana", "ja-JP"), ("jisu", "ko-KR"), ("omar", "ar"), ("linh", "vi-VN"), ("nora", "en-US"), ("yuki", "ja-JP")),
)
PATIENCE = 120.0
"""Seconds after which the demo goes on without what has not arrived of an announcement."""
LOOK = 0.2


@dataclass
class Demo:
    """One run: the app, who is on duty, and what was published."""

    app: App
    tokens: Mapping[str, str]
    progress: Progress
    extended: bool = False

    async def publish_all(self) -> Sequence[DeliveryLine]:
        """What became of every delivery."""
        folders = tomllib.loads((SAMPLES / "demo.toml").read_text(encoding="utf-8"))["announcements"]
        bar = self.progress.add_task("reviewing", total=len(folders))
        await self._go_back(SAMPLES / folder for folder in folders)
        releases = []
        for folder in folders:
            releases.append(await self._reviewed(SAMPLES / folder))
            self.progress.advance(bar)
        self.progress.update(bar, description="reviewed")
        bar = self.progress.add_task("delivering", total=len(folders))
        for release_id, at in sorted(releases, key=lambda release: release[1]):
            # One after the other: when the clock moves on, what is still on its way is late.
            await self._live_until(at)
            await self._publish(release_id, at)
            await self._delivered(release_id)
            self.progress.advance(bar)
        self.progress.update(bar, description="living on")
        if (complete := await self._next_stage("complete")) is not None:
            # Long enough for nine in the morning to come wherever somebody reads digests.
            await self._live_until(complete.due_at + timedelta(hours=26))
        self.progress.update(bar, description="delivered")
        return await self._lines()

    async def _digested(self, due: datetime) -> None:
        """Waits until nobody is due any more and nothing is under way, or patience is over."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            async with self.app.store.read() as tx:
                runs = [await tx.mailing(run.mailing_id) for run in await tx.digest_runs(RUNS)]
            if await self._next_digest() != due and all(run.finished_at for run in runs):
                return
            await asyncio.sleep(LOOK)

    async def _go_back(self, folders: Iterable[Path]) -> None:
        """The clock to an hour before the first of them is due: samples never grow old."""
        revisions = [self.app.read(folder)[0] for folder in folders]
        first = min(revision.schedule.at for revision in revisions if revision is not None)
        async with self.app.store.begin() as tx:
            await self.app.clock.move(tx, first - timedelta(hours=1) - self.app.clock.now())

    async def _reviewed(self, folder: Path) -> tuple[int, datetime]:
        """Submitted by the author, approved by whomever its kind asks for."""
        prepared, findings = await self.app.prepare(folder)
        if prepared is None or not prepared.ok:
            show_findings(findings)
            raise Stop(f"the sample {folder.name} has errors")
        review = await self.app.submit(prepared, self.tokens["alice"])
        for approver in ("erin", "carl"):
            if review.lacking:
                review = await self.app.approve(review.release.id, self.tokens[approver], review.release.root_hash)
        return review.release.id, review.release.publish_at

    async def _publish(self, release_id: int, at: datetime) -> None:
        """On the clock, and the clock moved to its hour."""
        async with self.app.store.begin() as tx:
            await schedule(tx, release_id, actor="alice", at=self.app.clock.now())
        await self._move_to(at)
        while not await self._lines(release_id):  # noqa: ASYNC110 - the clock is in another task
            await asyncio.sleep(LOOK)

    async def _live_until(self, moment: datetime) -> None:
        """Everything that is due before `moment`, each at its own; the first maintenance takes longer than planned."""
        while True:
            planned, digest = await self._next_stage(), await self._next_digest()
            if digest is not None and digest < min(moment, planned.due_at if planned else moment):
                await self._move_to(digest)
                await self._digested(digest)
            elif planned is not None and planned.due_at < moment:
                await self._walked(planned)
            else:
                return

    async def _walked(self, planned: PlannedStage) -> None:
        await self._move_to(planned.due_at)
        while planned == await self._next_stage():  # noqa: ASYNC110 - the clock is in another task
            await asyncio.sleep(LOOK)
        await self._delivered(planned.release_id)
        if planned.stage == "start" and not self.extended:
            self.extended = True
            await self._extend(planned.release_id, planned.due_at)

    async def _next_digest(self) -> datetime | None:
        async with self.app.store.read() as tx:
            return await tx.next_digest()

    async def _next_stage(self, name: str = "") -> PlannedStage | None:
        async with self.app.store.read() as tx:
            due = await tx.planned_stages(states=[PlannedState.DUE])
        return next((each for each in due if not name or each.stage == name), None)

    async def _extend(self, release_id: int, started_at: datetime) -> None:
        """Said by whoever approved it, half an hour before the end that was announced."""
        await self._move_to(started_at + timedelta(minutes=90))
        async with self.app.store.begin() as tx:
            until, at = started_at + timedelta(minutes=210), self.app.clock.now()
            saying = Saying(Act.EXTEND, "erin", at, "the nodes synchronise slowly", REASONS[1], until)
            await say_of(tx, release_id, saying, self.app.outlet)
        await self._delivered(release_id)

    async def _move_to(self, moment: datetime) -> None:
        async with self.app.store.begin() as tx:
            await self.app.clock.move(tx, max(moment - self.app.clock.now(), timedelta(0)))

    async def _delivered(self, release_id: int) -> None:
        """Waits until nothing of the release is open, or patience is over."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while any(line.state in OPEN for line in await self._lines(release_id)):
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(LOOK)

    async def _lines(self, release_id: int | None = None) -> Sequence[DeliveryLine]:
        async with self.app.store.read() as tx:
            return await tx.delivery_lines(None if release_id is None else [release_id])


async def show_demo(workspace: Path, *, once: bool, as_json: bool) -> bool:
    """True when everything was delivered."""
    log_plainly()
    stop = stop_requested()
    tokens = await asyncio.to_thread(_new_workspace, workspace)
    await migrated(workspace)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(workspace))
        await _people(app, tokens)
        addresses = await stack.enter_async_context(serving(workspace))
        lines = await _published(app, tokens)
        _show(lines, as_json=as_json)
        if not as_json:
            async with app.store.read() as tx:
                for run in reversed(await runs_so_far(tx)):
                    show_groups(run["run"], run["groups"])
        if not once:
            _say_where(addresses, workspace)
            await stop.wait()
    return bool(lines) and all(line.state is DeliveryState.DELIVERED for line in lines)


async def _published(app: App, tokens: Mapping[str, str]) -> Sequence[DeliveryLine]:
    with progress() as shown:
        return await Demo(app, tokens, shown).publish_all()


def _new_workspace(workspace: Path) -> Mapping[str, str]:
    """An empty workspace on free ports, and the tokens of its staff; what an earlier demo made is removed."""
    if workspace.exists() and not (workspace / MARKER).exists():
        raise Stop(f"{workspace} is not a demo's; name another folder with --workspace")
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    (workspace / MARKER).touch()
    create(workspace, _on_free_ports(_in_all_languages(commented())))
    tokens = {name: new_token() for name in STAFF}
    for name, token in tokens.items():
        path = workspace / "secrets" / f"{name}.token"
        path.touch(mode=0o600)
        path.write_text(token + "\n", encoding="utf-8")
    return tokens


def _in_all_languages(settings: str) -> str:
    """The commented settings with every language on the website and in the newsletter, to which readers subscribe."""
    for table in ("subscribing", "digests"):
        settings = settings.replace(f"# [{table}]\n# destination", f"[{table}]\ndestination")
    return settings.replace('\nlocales = ["en-US", "zh-CN"]', f"\nlocales = {json.dumps([*KINDS['notice'].titles])}")


def _on_free_ports(settings: str) -> str:
    """The commented settings with every port that is taken exchanged for a free one."""
    with ExitStack() as held:
        for port in (8080, 8081, 8082, 8025, 8083, 8084):
            settings = re.sub(rf"\b{port}\b", str(_held(held, port) or _held(held, 0)), settings)
    return settings


def _held(held: ExitStack, port: int) -> int | None:
    """The port, kept so that it is not given twice; None when it is taken."""
    try:
        return int(held.enter_context(socket.create_server(("127.0.0.1", port))).getsockname()[1])
    except OSError:
        return None


async def _people(app: App, tokens: Mapping[str, str]) -> None:
    now = app.clock.now()
    readers = [_reader(name, locale) for name, locale in READERS]
    async with app.store.begin() as tx:
        for name, groups in STAFF.items():
            await tx.save_person(name, groups, token_hash(tokens[name]), now)
        await save(tx, readers, now, hashing=app.hashing)
        await tx.approve_layout(layout_hash(app.templates), "erin", now)


def _reader(name: str, locale: str) -> Reader:
    frequency = "daily" if name in DIGESTED else "instant"
    return Reader(f"{name}@readers.example", locale, frozenset(KINDS), zone=ZONES.get(name), frequency=frequency)


def _show(lines: Sequence[DeliveryLine], *, as_json: bool) -> None:
    rows = [delivery_row(line) for line in sorted(lines, key=lambda line: (line.reference or "", line.id))]
    if as_json:
        names = ("announcement", "destination", "locale", "state", "link")
        show_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        show_deliveries(rows)


def _say_where(addresses: Mapping[str, str], workspace: Path) -> None:
    say("")
    for name, address in addresses.items():
        say(f"{name:<8} {address}/")
    say(f"         sign in to status with the token in {workspace / 'secrets' / 'alice.token'}")
    say("Ctrl-C ends it.")
