"""Announcements from before: taken into the website's records, with references of their own, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from publisher.app import App
from publisher.channel import Change, Chronicle, PublishedRecord
from publisher.content.kinds import KINDS
from publisher.rendering.words import read_words
from publisher.site.earlier import feeds, taking
from publisher.site.earlier.item import Earlier, Refused, Unreadable
from publisher.site.earlier.taking import Terms
from publisher.site.search import index

BYTES = 20_000_000
"""Of one document."""
DOCUMENTS = 500
"""Of one feed, its archives included."""
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one: `new`, `changed`, `unchanged` or `refused` with the reason."""

    where: str
    title: str
    state: str
    reference: str = ""
    locale: str = ""
    kind: str = ""
    published: str = ""
    former: str = ""
    """The old path that leads to it now."""
    reason: str = ""


def terms(app: App, locale: str, kind: str, categories: Mapping[str, str]) -> Terms:
    """As the workspace has it; raises ValueError for a kind that there is not."""
    for name in (kind, *categories.values()):
        if name not in KINDS:
            raise ValueError(f"there is no kind {name!r}; there are {', '.join(KINDS)}")
    site = app.settings.site
    own = [urlsplit(site.url).hostname or "", site.authority.partition(",")[0], *app.settings.exchange.domains]
    words = {each: read_words(app.templates / f"locale/{each}.po") for each in site.locales}
    titles = {each: {name: words[each](f"kind.{name}") for name in KINDS} for each in site.locales}
    small = {category.lower(): name for category, name in categories.items()}
    return Terms(site.url, site.locales, own, app.clock.now(), titles, locale, kind, small)


async def read_url(url: str) -> Sequence[Earlier | Refused]:
    """The feed at `url` with all that it leads to on the same host; raises Unreadable."""
    found: list[Earlier | Refused] = []
    host, seen = urlsplit(url).netloc, {url}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        while True:
            document = feeds.read(await _fetched(session, url), url)
            found += document.items
            url = document.older
            if not url or url in seen or urlsplit(url).netloc != host or len(seen) == DOCUMENTS:
                return found
            seen.add(url)


async def _fetched(session: aiohttp.ClientSession, url: str) -> bytes:
    try:
        async with session.get(url) as answer:
            if answer.status != 200:
                raise Unreadable(f"{url} answered {answer.status}")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(65_536):
                data += chunk
                if len(data) > BYTES:
                    raise Unreadable(f"{url} has more than {BYTES:,} bytes")
            return bytes(data)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreadable(f"{url} cannot be read: {error or type(error).__name__}") from error


async def take(
    app: App, chronicle: Chronicle, items: Sequence[Earlier | Refused], wanted: Terms, *, dry_run: bool
) -> Sequence[Taken]:
    """What became of each, in order of date; safe to repeat. Raises OSError."""
    refused, good = _sorted_out(items, wanted)
    known = {taking.identity(item): await chronicle.find(taking.identity(item)) for item in good}
    references = {name: records[0].reference for name, records in known.items() if records}
    if not dry_run:
        references |= await _numbered(app, [item for item in good if taking.identity(item) not in references])
    changes, taken = [], []
    for item in good:
        name = taking.identity(item)
        here = next((record for record in known[name] if record.locale == taking.locale_of(item, wanted)), None)
        change = taking.change(item, references.get(name, ""), wanted, here)
        taken.append(_taken(item, change, here))
        if taken[-1].state in ("new", "changed"):
            changes.append(change)
    if not dry_run and good:
        await chronicle.take(changes)
        await index.rebuild(app.store.begin, chronicle, app.settings.site.locales)
    return [*refused, *taken]


def _sorted_out(items: Sequence[Earlier | Refused], wanted: Terms) -> tuple[list[Taken], list[Earlier]]:
    refused, good = [], []
    first: dict[tuple[str, str], str] = {}
    for item in items:
        if isinstance(item, Refused):
            refused.append(Taken(item.where, "", "refused", reason=item.reason))
            continue
        try:
            taking.check(item, wanted)
            _once(item, wanted, first)
        except ValueError as error:
            refused.append(Taken(item.where, item.title, "refused", reason=str(error)))
        else:
            good.append(item)
    return refused, sorted(good, key=lambda item: item.published)


def _once(item: Earlier, wanted: Terms, first: dict[tuple[str, str], str]) -> None:
    key = item.source, taking.locale_of(item, wanted)
    if key in first:
        raise ValueError(f"it has the same id and language as {first[key]}")
    first[key] = item.where


async def _numbered(app: App, items: Collection[Earlier]) -> Mapping[str, str]:
    """A reference for each, of its year, in order of date; translations share one."""
    given: dict[str, str] = {}
    async with app.store.begin() as tx:
        for item in items:
            name = taking.identity(item)
            if name not in given:
                given[name] = await tx.next_reference(item.published.year)
    return given


def _taken(item: Earlier, change: Change, here: PublishedRecord | None) -> Taken:
    record = change.record
    if here is not None and here.withdrawn_at is not None:
        return Taken(item.where, record.title, "unchanged", here.reference, here.locale, reason="it is withdrawn here")
    state = "new" if here is None else "unchanged" if here.version == record.version else "changed"
    day = f"{record.published_at:%Y-%m-%d}"
    return Taken(item.where, record.title, state, record.reference, record.locale, record.kind, day, record.former)
