"""Letters to readers, wired: requests become letters, and letters go out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import structlog

from publisher.app import App
from publisher.channel import Payload, Target
from publisher.delivery.connections import Connections
from publisher.delivery.failure import place
from publisher.mailing.letters import Post
from publisher.mailing.personalise import Links
from publisher.mailing.signing_up import Limits, Purpose, take
from publisher.mailing.tokens import MessageIds, Tokens
from publisher.settings import FILE_NAME
from publisher.settings.secrets import token_keys

log = structlog.get_logger(__name__)

LOOK = 0.5
"""Seconds between two looks when there is nothing to do."""
KEPT = timedelta(days=30)
"""How long letters are kept, and whoever never confirmed."""
TIDY = timedelta(hours=1)


async def write_letters(app: App, connections: Connections, stop: asyncio.Event) -> None:
    """Until `stop` is set, and what is in flight is over; returns at once where nobody can subscribe."""
    if not app.settings.subscribing.destination:
        return
    post, tidied = post_of(app, connections), None
    async with app.store.begin() as tx:
        if doubtful := await tx.doubt_letters(app.clock.now()):
            log.warning("letters may have been sent", action="letters_unconfirmed", count=doubtful)
    while not stop.is_set():
        busy = False
        try:
            busy = await take_requests(app) or await post.send_due() > 0
            tidied = await _tidied(app, tidied)
        except Exception as error:  # the database, or a template: the next look may go well
            log.error("letters failed", action="letters_broken", error=place(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0 if busy else LOOK)


async def take_requests(app: App) -> bool:
    """Whether there were any."""
    chosen = app.settings.subscribing
    limits = Limits(chosen.per_network, chosen.per_hour)
    async with app.store.begin() as tx:
        decided = await take(tx, app.hashing, limits, app.clock.now())
    if decided and decided.over:
        log.warning("requests were over a limit", action="sign_ups_over_limit", count=decided.over)
    return decided is not None


def post_of(app: App, connections: Connections) -> Post:
    """Raises LookupError without a key."""
    keys = token_keys(app.workspace / FILE_NAME)
    return Post(
        app.store.begin,
        cache(lambda purpose, locale: _payload(app, purpose, locale)),
        connections.mailing,
        Links(app.settings.site.url, Tokens(keys)),
        MessageIds(keys[0]),
        app.encryption,
        app.clock.now,
    )


def _payload(app: App, purpose: Purpose, locale: str) -> Payload:
    return app.renderer.letter(purpose, _target(app, locale))


def _target(app: App, locale: str) -> Target:
    """The destination in the reader's language, which its announcements need not have; in its first for ""."""
    name = app.settings.subscribing.destination
    first = app.settings.destinations[name].locales[0]
    target = app.destinations.all_targets()[name, first]
    return replace(target, locale=locale or first)


async def _tidied(app: App, last: datetime | None) -> datetime:
    now = app.clock.now()
    if last is not None and now < last + TIDY:
        return last
    async with app.store.begin() as tx:
        await tx.forget_letters(now - KEPT)
    return now
