"""The website that our own listener serves, and what follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import aiohttp
import structlog

from publisher.app import App
from publisher.channel import Chronicle
from publisher.delivery.connections import Connections
from publisher.delivery.failure import place
from publisher.site.addresses import Base
from publisher.site.search import index
from publisher.site.websub import Hub

log = structlog.get_logger(__name__)

HUB_LOOK = 2.0
"""Seconds between two looks for what the hub does not know yet."""


def chronicles(app: App, connections: Connections) -> Iterator[tuple[str, Chronicle]]:
    """The accounts that write the folder `site.root`, each with what it made public."""
    for account in app.destinations.served:
        adapter = connections.posting(account)
        if isinstance(adapter, Chronicle):
            yield account, adapter


async def follow(app: App, chronicle: Chronicle) -> None:
    """Brings the index of search up to what is public now."""
    await index.follow(app.store.begin, chronicle, app.settings.site.locales, app.site.shows)


async def tell_hub(app: App, connections: Connections) -> None:
    """Tells the hub of what changes, for as long as it runs; at once where there is none."""
    chosen = app.settings.site
    if not chosen.websub_hub:
        return
    async with aiohttp.ClientSession() as session:
        hub = Hub(chosen.websub_hub, Base(chosen.url), session)
        while True:
            try:
                for _, chronicle in chronicles(app, connections):
                    await hub.follow(app.store.begin, chronicle, chosen.locales)
            except Exception as error:
                log.error("the hub was not told", action="hub_not_told", error=place(error))
            await asyncio.sleep(HUB_LOOK)


async def rebuild(app: App, connections: Connections) -> Mapping[str, int]:
    """Makes pages and index anew; how many announcements can be found, by account. Raises OSError."""
    rebuilt = {}
    for account, chronicle in chronicles(app, connections):
        await chronicle.rebuild()
        locales = app.settings.site.locales
        rebuilt[account] = await index.rebuild(app.store.begin, chronicle, locales, app.site.shows)
    return rebuilt
