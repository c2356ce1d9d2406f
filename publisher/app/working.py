"""The worker, wired: adapters, engine, ledger. The only place that connects to the outside."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog

from publisher.app import App, expecting
from publisher.app.digests import verifying_digests
from publisher.app.letters import write_letters
from publisher.app.pacing import pacing
from publisher.app.website import follow, tell_hub
from publisher.channel import Chronicle, Finding, Refreshing, Tools
from publisher.delivery import preflight
from publisher.delivery.connections import Connections
from publisher.delivery.deliver import deliver
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Entity, Work
from publisher.delivery.failure import place
from publisher.delivery.pins import Pins
from publisher.delivery.publish import slots_of
from publisher.delivery.transaction import Delivery, Transaction, Verify
from publisher.delivery.worker import Timing, Worker
from publisher.doctor import LEAST_FREE
from publisher.mailing.broadcast import Broadcast
from publisher.mailing.canary import Canary
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.ledger import Ledger
from publisher.mailing.meant import SegmentGone
from publisher.mailing.personalise import Links, Personaliser
from publisher.mailing.refusals import Limit
from publisher.mailing.tokens import MessageIds, Tokens
from publisher.release import verify
from publisher.release.release import Release
from publisher.settings import FILE_NAME
from publisher.settings.secrets import token_keys
from publisher.store.transaction import SqlTransaction

log = structlog.get_logger(__name__)

LOOK_AHEAD = 1.0
"""Seconds between two looks for releases whose hour is near."""
AHEAD = timedelta(milliseconds=250)
"""How long before its hour a delivery is claimed: longer than the claim takes on a busy desk."""
LOOK = 0.25
"""Seconds between two looks at the clock's offset."""


async def work(app: App, stop: asyncio.Event, woken: asyncio.Event) -> None:
    """Delivers until `stop` is set, then finishes what is in flight; looks at once for what is due when `woken` is."""
    connections = connect(app)
    grace = app.settings.delivery.drain.total_seconds()
    engine = EmbeddedEngine(app.store.read, app.clock, grace=grace, ahead=AHEAD, wake=woken)
    handler = _Handler(_worker(app, connections), _broadcast(app, connections))
    async with app.store.begin() as tx:
        # The role's lock says that every earlier worker is gone: what it left behind need not wait for its lease.
        await tx.end_leases()
        await tx.end_batch_leases()
    beside = [
        asyncio.create_task(_pass_time(app, connections, handler)),
        asyncio.create_task(_keep_pins(app, connections, handler)),
        asyncio.create_task(tell_hub(app, connections)),
        asyncio.create_task(_look_ahead(app, grounded(app, connections))),
    ]
    letters = asyncio.create_task(write_letters(app, connections, stop))
    running = asyncio.create_task(engine.run(handler))
    await stop.wait()
    handler.broadcast.drain()
    # A letter that is cut off in the middle is in doubt, though it may well have arrived.
    await asyncio.gather(engine.close(), asyncio.wait([letters], timeout=grace))
    for task in (*beside, letters):
        task.cancel()
    await asyncio.gather(*beside, letters, return_exceptions=True)
    await running
    await connections.close()


def connect(app: App) -> Connections:
    """The adapters of every account; each is opened on first use."""
    return Connections(app.registry.types, app.destinations.accounts(), Tools(app.clock.now, app.site))


def grounded(app: App, connections: Connections) -> preflight.Ground:
    """What a preflight stands on, with the destinations as configured now."""

    def machine() -> Sequence[Finding]:
        free = shutil.disk_usage(app.workspace).free
        if free >= LEAST_FREE:
            return ()
        return [Finding("disk.full", f"{free // 1_000_000} MB free", "Make room: without it no intent can be stored.")]

    async def mail(tx: Transaction, release: Release) -> Sequence[Finding]:
        try:
            _, findings = await expecting.foreseen(app, cast(SqlTransaction, tx), release, release.publish_at)
        except SegmentGone as gone:
            return [Finding("segment.deleted", str(gone), "Take a new snapshot, and submit it again.")]
        return findings

    targets = app.destinations.all_targets()
    return preflight.Ground(app.store.begin, app.store.read, connections, targets, machine, mail, app.clock)


async def _look_ahead(app: App, ground: preflight.Ground) -> None:
    """Looks at every release shortly before its hour."""
    lead = app.settings.delivery.preflight
    while lead:
        try:
            await preflight.run_due(ground, lead)
        except Exception as error:  # the database, or a release that cannot be read: the next look may go well
            log.error("a preflight failed", action="preflight_broken", error=place(error))
        await asyncio.sleep(LOOK_AHEAD)


def verifying(app: App) -> Verify:
    """The last look before a send, with the destinations as configured when the worker started."""
    targets, outlet = app.destinations.all_targets(), app.outlet

    async def refusal(tx: Transaction, delivery: Delivery) -> str | None:
        # Slots are not in the approved hash: a link changed in the store would go out inside approved words.
        release = await tx.release(delivery.release_id)
        walks = await tx.walks(delivery.release_id, delivery.stage) or (None,)
        if delivery.slots not in [slots_of(release, delivery.locale, outlet, walk) for walk in walks]:
            return "the stored reference, link or time of the delivery is not the release's own"
        return await verify.refusal(tx, delivery.release_id, delivery.edition_id, targets)

    return refusal


def _worker(app: App, connections: Connections) -> Worker:
    return Worker(
        begin=app.store.begin,
        together=app.store.together,
        read=app.store.read,
        connections=connections,
        clock=app.clock,
        verify=verifying(app),
        fan_out=MailingFanOut(app.clock, drift=app.settings.mailing.drift, canary=_canary(app)),
        owner=_owner(),
        timing=Timing(ahead=AHEAD),
    )


def _broadcast(app: App, connections: Connections) -> Broadcast:
    keys = token_keys(app.workspace / FILE_NAME)
    personaliser = Personaliser(Links(app.settings.site.url, Tokens(keys)), MessageIds(keys[0]), app.encryption)
    limit = Limit(app.settings.mailing.refusals, app.settings.mailing.refusals_of)
    ledger = Ledger(
        app.store.begin,
        app.clock,
        _owner(),
        verifying(app),
        pacing=pacing(app.destinations),
        canary=_canary(app),
        refusals=limit,
        verify_digest=verifying_digests(app),
        enter=app.store.enter,
    )
    return Broadcast(ledger, connections.mailing, personaliser, app.clock)


def _canary(app: App) -> Canary:
    chosen = app.settings.mailing
    return Canary(chosen.canary, chosen.canary_from, chosen.canary_wait)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass
class _Handler:
    """Takes one row further, and remembers that something may have changed for readers."""

    worker: Worker
    broadcast: Broadcast
    changes: int = 0

    async def __call__(self, work: Work) -> None:
        if work.entity is Entity.DELIVERY:
            await deliver(self.worker, work.id)
            self.changes += 1
        else:
            await self.broadcast.work(work.id)


async def _pass_time(app: App, connections: Connections, handler: _Handler) -> None:
    """Follows the workspace's clock; at every event boundary the website says what is true now."""
    turns: dict[str, datetime | None] = {}
    changes = handler.changes
    sites = [name for name, (channel, _) in app.destinations.accounts().items() if not connections.fans_out(channel)]
    while True:
        await app.clock.refresh()
        if changes != handler.changes:
            changes = handler.changes
            turns.clear()
        for account in sites:
            if account not in turns or ((turn := turns[account]) is not None and turn <= app.clock.now()):
                turns[account] = await _refreshed(app, connections, account)
        await asyncio.sleep(LOOK)


async def _keep_pins(app: App, connections: Connections, handler: _Handler) -> None:
    """What is pinned follows what was sent, and the clock."""
    pins = Pins(app.store.begin, app.store.read, connections.posting, app.clock)
    changes, turn = -1, None
    while True:
        if changes != handler.changes or (turn and turn <= app.clock.now()):
            changes = handler.changes
            try:
                turn = await pins.keep()
            except Exception as error:  # the database: the next look may go well
                log.error("the pins were not looked at", action="pins_failed", error=place(error))
                turn = app.clock.now() + timedelta(minutes=1)
        await asyncio.sleep(LOOK)


async def _refreshed(app: App, connections: Connections, account: str) -> datetime | None:
    """The account's next turn; a failure is tried again after a minute."""
    try:
        adapter = connections.posting(account)
        if isinstance(adapter, Chronicle) and account in app.destinations.served:
            await follow(app, adapter)
        return await adapter.refresh() if isinstance(adapter, Refreshing) else None
    except Exception as error:
        log.error("not refreshed", action="refresh_failed", account=account, error=place(error))
        return app.clock.now() + timedelta(minutes=1)
