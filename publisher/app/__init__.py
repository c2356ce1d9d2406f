"""The composition root and nothing else: settings -> store, registry, renderer, clock. Use cases live in the steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from publisher import registry, settings
from publisher.app import agreeing, expecting, speakers
from publisher.app.database_file import database_url, require_database
from publisher.app.destinations import Destinations
from publisher.app.house_kinds import house_kinds
from publisher.channel import Finding, Place
from publisher.content.announcement import Revision
from publisher.content.correction import Correction
from publisher.content.kinds.kind import Kind
from publisher.content.source import Draft, read_draft
from publisher.delivery import callbacks
from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
from publisher.delivery.publish import ANNOUNCE, Outlet
from publisher.encryption import Encryption, Hashing
from publisher.release import approval, segments, signing
from publisher.release.acceptance import accepted
from publisher.release.approval import Refused, Review
from publisher.release.lint import House, assets, glossary, lint, own_domains, similar
from publisher.release.prepare import Prepared, prepare
from publisher.release.release import Signature
from publisher.rendering.brand import Brand
from publisher.rendering.preview import preview_html
from publisher.rendering.render import Renderer
from publisher.schedule.now import OffsetClock
from publisher.settings import FILE_NAME, Settings
from publisher.settings.keys import data_keys, hash_key
from publisher.site.derive import Site
from publisher.site.search.index import search
from publisher.site.security_txt import Security
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


class App:
    """One workspace, wired. Opening it touches no network and imports no SDK."""

    def __init__(self, workspace: Path, settings: Settings) -> None:
        self.workspace = workspace.resolve()
        self.settings = settings
        self.store = Store(Database(database_url(settings.database.url, self.workspace)))
        self.clock = OffsetClock(self.store.read)

    @cached_property
    def registry(self) -> registry.Registry:
        return registry.load(self.settings.channels)

    @cached_property
    def destinations(self) -> Destinations:
        return Destinations(self.settings, self.registry, self.workspace / FILE_NAME, self.site_root)

    @cached_property
    def encryption(self) -> Encryption:
        """Of what readers entrust to us; raises LookupError where no key can be used."""
        return Encryption(data_keys(self.workspace, self.settings.encryption))

    @cached_property
    def hashing(self) -> Hashing:
        """Of what is only to be recognised; raises LookupError where no key can be used."""
        return Hashing(hash_key(self.workspace, self.settings.encryption))

    @cached_property
    def brand(self) -> Brand:
        return speakers.brand(self.settings)

    @property
    def templates(self) -> Path:
        named = self.settings.templates
        return self.workspace / named if named else TEMPLATES

    @property
    def site_root(self) -> Path:
        return self.workspace / self.settings.site.root

    @cached_property
    def renderer(self) -> Renderer:
        composers = {name: channel.composer for name, channel in self.registry.types.items()}
        return Renderer(
            self.templates,
            self.brand,
            composers,
            self.settings.site.native_digits,
            brands=speakers.brands(self.settings),
            entities=speakers.entities(self.settings, self.workspace),
        )

    @cached_property
    def site(self) -> Site:
        """What the website is made with; raises what its templates have wrong."""
        chosen = self.settings.site
        security = Security(**chosen.security.model_dump()) if chosen.security.contacts else None
        texts, gate = (self.brand, self.templates, chosen.locales), self.destinations.gate
        return Site(
            *texts,
            chosen.authority,
            security,
            search=chosen.search,
            gate=gate,
            native_digits=chosen.native_digits,
            cards=chosen.cards,
            hub=chosen.websub_hub,
            subscribing=bool(self.settings.subscribing.destination),
        )

    @cached_property
    def house(self) -> House:
        """What this exchange's texts are held against; raises ListError."""
        exchange, site = self.settings.exchange, self.settings.site
        domains = own_domains([site.url, exchange.support_url], [site.authority.split(",")[0], *exchange.domains])
        listed, named = self.settings.assets, self.settings.glossary
        return House(
            domains,
            assets.load(self.workspace / listed) if listed else None,
            glossary.load(self.workspace / named) if named else None,
        )

    @property
    def switches(self) -> Mapping[str, str]:
        """Every switch that stops deliveries here, and what it stops in words."""
        return {
            KILL_SWITCH: "everything",
            **{target_stop(name): f"destination {name}" for name in self.settings.destinations},
            **{account_stop(name): f"account {name}" for name in self.settings.accounts},
        }

    # --- from a folder to a release

    def kind(self, name: str) -> Kind:
        """The kind with what this exchange decides otherwise."""
        return self.kinds[name]

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """All of them."""
        return house_kinds(self.settings)

    def read(self, folder: Path) -> tuple[Revision | None, Sequence[Finding]]:
        """The revision in a folder, and what is wrong with it."""
        return self._deliverable(read_draft(folder, self.settings.groups, self.kinds))

    def _deliverable(self, draft: Draft) -> tuple[Revision | None, Sequence[Finding]]:
        revision, findings = draft.reading
        if revision is None:
            return None, findings
        named = self.settings.set_for(revision.kind.name, revision.destinations)
        revision = replace(revision, destinations=named)
        if revision.destinations in self.settings.sets:
            return revision, findings
        known = ", ".join(sorted(self.settings.sets)) or "none"
        message = f"there is no set of destinations {revision.destinations!r}"
        place = Place(str(draft.folder / "announcement.toml"))
        return None, [*findings, Finding("destinations.unknown", message, f"The sets are: {known}.", place=place)]

    async def prepare(
        self, folder: Path, correction: Correction | None = None
    ) -> tuple[Prepared | None, Sequence[Finding]]:
        """Reads and renders; None when the folder cannot be read. The findings are those of both.

        `correction` says why what readers have is changed.
        """
        draft = read_draft(folder, self.settings.groups, self.kinds)
        revision, findings = self._deliverable(draft)
        accidents = lint(draft, self.house)
        if revision is None:
            return None, [*findings, *accidents]
        targets, now = self.destinations.targets(revision.destinations, sorted(revision.texts)), self.clock.now()
        async with self.store.read() as tx:
            standing = await tx.standing(revision.announcement_id)
            drafts = await signing.signed(tx, revision.announcement_id, revision.texts, str(folder))
            bound = await segments.bound(tx, revision, standing, now, self.settings.mailing.stale_after)
            accidents = [*accidents, *drafts.findings, *similar.check(revision, await tx.near(revision), SIMILAR)]
        told, snapshot = [*accidents, *bound.findings], bound.snapshot
        prepared = prepare(
            revision,
            targets,
            self.renderer,
            now=now,
            accidents=told,
            standing=standing,
            snapshot=snapshot,
            correction=correction,
            digests=self.settings.digests.destination,
        )
        if prepared.ok:
            more = [*await agreeing.untrue(self, prepared), *await agreeing.contradicting(self, prepared)]
            more += await expecting.too_late(self, prepared)
            prepared = replace(prepared, findings=[*prepared.findings, *more])
        return prepared, [*findings, *prepared.findings]

    def preview(self, prepared: Prepared) -> str:
        """One HTML page: every edition as readers see it, and its bytes."""
        pictures = {picture.sha256: picture.content for picture in prepared.revision.pictures.values()}
        return preview_html(prepared.editions, self.templates, prepared.findings, pictures)

    async def submit(self, prepared: Prepared, token: str, accept: Collection[str] = (), reason: str = "") -> Review:
        """Freezes what was prepared, with the codes of the warnings that are meant, and why; raises Refused."""
        if not prepared.ok:
            raise Refused("there are errors; publisher check tells which")
        if not any(edition.stage == ANNOUNCE for edition in prepared.editions):
            raise Refused("there is nothing to submit: nothing has changed that could be sent anywhere")
        title = self.renderer.title(prepared.revision)
        expected = await expecting.counted(self, prepared)
        async with self.store.begin() as tx:
            author = await approval.authenticate(tx, token)
            at, revision, editions = self.clock.now(), prepared.revision, prepared.editions
            # Looked up again: what was submitted meanwhile counts, what the author submitted does not.
            known = similar.check(revision, await tx.near(revision), SIMILAR, author.name)
            findings = [finding for finding in prepared.findings if finding.code != "announcement.similar"]
            why = accepted([*findings, *known], accept, reason, prepared.correction)
            if list(await tx.standing(revision.announcement_id)) != list(prepared.standing):
                raise Refused("what readers have of it changed while this was prepared; submit again")
            await agreeing.refuse(tx, prepared, at)
            drafts = await signing.signed(tx, revision.announcement_id, revision.texts, "FOLDER")
            if drafts.findings:
                raise Refused(drafts.findings[0].message)
            why = f"{why}; {drafts.words}" if drafts.words else why
            review = await approval.submit(
                tx,
                revision,
                editions,
                title=title,
                author=author,
                at=at,
                reason=why,
                form=prepared.form,
                snapshot=prepared.snapshot_sha256,
                correction=prepared.correction,
            )
            await tx.save_expected(review.release.id, expected)
            return review

    async def sign(self, folder: Path, locale: str, token: str) -> Signature:
        """A translator answers for the machine's draft of a language as the folder has it now; raises Refused."""
        draft = read_draft(folder, self.settings.groups, self.kinds)
        name = draft.toml.values.get("id") if draft.toml else None
        if not isinstance(name, str):
            raise Refused(f"{folder} is no announcement that can be read; publisher check tells why")
        if locale not in draft.texts:
            known = f"it has {', '.join(draft.texts)}" if draft.texts else "it has none"
            raise Refused(f"{folder} has no text in {locale}; {known}")
        async with self.store.begin() as tx:
            person = await approval.authenticate(tx, token)
            return await signing.sign(tx, name, draft.texts[locale], person, self.clock.now())

    async def approve(self, release_id: int, token: str, seen: str, *, break_glass: str = "") -> Review:
        """Approves the release whose hash begins with `seen` (12 digits or more); raises Refused.

        `break_glass` is the reason why one person is enough, see `release.approval.approve`.
        """
        if len(seen) < SHORTEST_HASH:
            raise Refused(f"give at least {SHORTEST_HASH} digits of the hash, from: publisher show {release_id}")
        async with self.store.begin() as tx:
            person = await approval.authenticate(tx, token)
            release = await tx.release(release_id)
            whole = release.root_hash if release.root_hash.startswith(seen.lower()) else seen
            at = self.clock.now()
            return await approval.approve(tx, release_id, person, root_hash=whole, at=at, break_glass=break_glass)

    async def called_back(self, account: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Keeps what a receiving system reports; False for what it cannot be about.

        Raises CallbackForged, CallbackUnreadable.
        """
        name, settings = self.destinations.accounts().get(account, ("", None))
        read = self.registry[name].read_callback if name else None
        if read is None:
            return False
        callback = read(settings, headers, body, self.clock.now())
        async with self.store.begin() as tx:
            return await callbacks.record(tx, account, callback, self.clock.now())

    @cached_property
    def outlet(self) -> Outlet:
        """What publishing needs to know of this installation."""
        types, delivery = self.registry, self.settings.delivery
        return Outlet(
            self.settings.site.url,
            lambda name: types[name].composer.capabilities,
            self.renderer.write_time,
            self.renderer.write_event,
            delivery.link_wait,
            self.destinations.quiet.get,
        )

    async def search(self, locale: str, asked: str, number: int) -> bytes:
        """The page of results that readers of the website see."""
        async with self.store.read() as tx:
            found = await search(tx, locale, asked, number)
        return self.site.search(locale, asked, number, found, self.clock.now())

    async def close(self) -> None:
        await self.store.database.close()


SIMILAR = Place("announcement.toml")
"""Of what two announcements have in common: nothing in either of them is wrong by itself."""
SHORTEST_HASH = 12
"""Digits of a hash that a person must give."""


class SchemaNotCurrent(RuntimeError):
    """The database must be upgraded first."""


@asynccontextmanager
async def opened(workspace: Path) -> AsyncIterator[App]:
    """The workspace's App for the length of the block; raises SettingsError, DatabaseMissing, SchemaNotCurrent."""
    app = App(workspace, settings.load(workspace))
    require_database(app.settings, workspace)
    try:
        if not await migrate.is_current(app.store.database):
            raise SchemaNotCurrent(
                f"the database of {workspace} has an older schema; publisher run brings it up to date"
            )
        await app.clock.refresh()
        yield app
    finally:
        await app.close()
