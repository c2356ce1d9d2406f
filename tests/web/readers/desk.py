"""The pages for readers of a real workspace, met over HTTP as browsers and mail programs do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network

import httpx
from sqlalchemy import select

from publisher.app import App
from publisher.app.readers import ReaderPages
from publisher.content.kinds.kind import MailClass
from publisher.mailing.intake.rows import Reader
from publisher.mailing.preferences import Standing
from publisher.mailing.subscribers import save
from publisher.mailing.tokens import Grant, Purpose, Tokens
from publisher.settings import FILE_NAME
from publisher.settings.secrets import token_keys
from publisher.store import tables as t
from publisher.web.public import public_app
from publisher.web.serving import listening

READER = "reader@example.com"
TRUSTED = (ip_network("127.0.0.1/32"),)


@dataclass(frozen=True)
class Pages:
    """A served workspace."""

    app: App
    client: httpx.AsyncClient

    # --- readers

    async def add(self, address: str = READER, kinds: str = "maintenance listing activity") -> int:
        """A subscriber's id."""
        async with self.app.store.begin() as tx:
            reader = Reader(address, "en-US", frozenset(kinds.split()))
            await save(tx, [reader], self.app.clock.now(), hashing=self.app.hashing)
            return (await tx.subscribers_by_key([address]))[address].id

    async def standing(self, subscriber_id: int) -> Standing:
        async with self.app.store.read() as tx:
            standing = await tx.standing_of(subscriber_id)
        assert standing is not None
        return standing

    async def stopped(self, subscriber_id: int) -> set[MailClass]:
        return set((await self.standing(subscriber_id)).stopped)

    async def kinds(self, subscriber_id: int) -> set[str]:
        return set((await self.standing(subscriber_id)).wish.kinds)

    async def acts(self, subscriber_id: int) -> list[str]:
        """What the reader did, as the consent record has it, without the list that they came with."""
        async with self.app.store.read() as tx:
            query = select(t.consent.c.act).where(t.consent.c.subscriber_id == subscriber_id).order_by(t.consent.c.id)
            return [act for act in (await tx.connection.scalars(query)).all() if act != "imported"]

    def link(self, purpose: Purpose, subscriber_id: int, mail_class: MailClass = MailClass.SERVICE) -> str:
        """As in a mail that was sent now."""
        tokens = Tokens(token_keys(self.app.workspace / FILE_NAME))
        page = {Purpose.UNSUBSCRIBE: "u", Purpose.PREFERENCES: "p"}[purpose]
        return f"/{page}/{tokens.seal(Grant(purpose, subscriber_id, mail_class), self.app.clock.now())}"

    # --- their browsers

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={"accept-language": "en", **headers})

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, data=dict(fields), headers={"accept-language": "en", **named})


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[Pages]:
    public = public_app(app.site_root, ReaderPages(app), trusted=TRUSTED)
    async with (
        listening(public, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield Pages(app, client)
