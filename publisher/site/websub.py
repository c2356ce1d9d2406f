"""Tells a WebSub hub (W3C Recommendation, 23 January 2018) which feeds have changed, so that it tells who listens.

Best effort: the hub only learns addresses, after the website shows what is new, and whether it answers changes nothing
for anybody who polls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass

import aiohttp
import structlog

from publisher.channel import Change, Chronicle
from publisher.site import addresses
from publisher.site.feeds.formats import FORMATS
from publisher.site.search.index import Begin

log = structlog.get_logger(__name__)

PAUSES = (1.0, 5.0, 25.0)
"""Seconds before each further try of a feed."""
STEP = 200
"""Changes that are told together: each feed once, however many of its announcements changed."""
AT_ONCE = 4
SECONDS = 10.0
"""For one answer."""


@dataclass(frozen=True)
class Hub:
    """`base` is the website's, of which the hub is told addresses; `sleep` waits between tries."""

    url: str
    base: addresses.Base
    session: aiohttp.ClientSession
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def follow(self, begin: Begin, chronicle: Chronicle, locales: Iterable[str]) -> None:
        """Tells what changed since the last time; after a crash the same again, which is harmless."""
        for locale in locales:
            while await self._step(begin, chronicle, locale):
                pass

    async def _step(self, begin: Begin, chronicle: Chronicle, locale: str) -> bool:
        """Whether there was something to tell."""
        async with begin() as tx:
            place = await tx.place(f"websub:{locale}")
        changes = await chronicle.changes(locale, place, place + STEP)
        if not changes:
            return False
        await self.tell(self.topics(locale, changes))
        async with begin() as tx:
            await tx.set_place(f"websub:{locale}", place + len(changes))
        return True

    def topics(self, locale: str, changes: Iterable[Change]) -> Collection[str]:
        """The feeds that these announcements are in."""
        kinds = dict.fromkeys(["", *(change.record.kind for change in changes)])
        paths = (addresses.feed(locale, kind, form.suffix) for kind in kinds for form in FORMATS)
        return [self.base.absolute(path) for path in paths]

    async def tell(self, topics: Iterable[str]) -> None:
        """Each topic, a few tries; what the hub does not take by then is logged and left."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def told(topic: str) -> None:
            async with turns:
                await self._told(topic)

        await asyncio.gather(*map(told, topics))

    async def _told(self, topic: str) -> None:
        reason = await self._refusal(topic)
        for pause in PAUSES:
            if not reason:
                return
            await self.sleep(pause)
            reason = await self._refusal(topic)
        if reason:
            log.error("the hub was not told", action="hub_not_told", topic=topic, error=reason)

    async def _refusal(self, topic: str) -> str:
        """Why the hub did not take it; empty when it did."""
        # Hubs agree on the mode only: some read `hub.url`, others `hub.topic`.
        form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
        try:
            async with self.session.post(
                self.url, data=form, timeout=aiohttp.ClientTimeout(total=SECONDS), allow_redirects=False
            ) as answer:
                return "" if answer.status < 300 else f"it answered {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return str(error) or type(error).__name__
