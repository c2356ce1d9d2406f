"""The website that our own listener serves, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.app import App
from publisher.channel import Chronicle
from publisher.delivery.connections import Connections
from publisher.site.search import index


def chronicles(app: App, connections: Connections) -> Iterator[tuple[str, Chronicle]]:
    """The accounts that write the folder `site.root`, each with what it made public."""
    for account in app.destinations.served:
        adapter = connections.posting(account)
        if isinstance(adapter, Chronicle):
            yield account, adapter


async def follow(app: App, chronicle: Chronicle) -> None:
    """Brings the index of search up to what is public now."""
    await index.follow(app.store.begin, chronicle, app.settings.site.locales, app.site.shows)


async def rebuild(app: App, connections: Connections) -> Mapping[str, int]:
    """Makes pages and index anew; how many announcements can be found, by account. Raises OSError."""
    rebuilt = {}
    for account, chronicle in chronicles(app, connections):
        await chronicle.rebuild()
        locales = app.settings.site.locales
        rebuilt[account] = await index.rebuild(app.store.begin, chronicle, locales, app.site.shows)
    return rebuilt
