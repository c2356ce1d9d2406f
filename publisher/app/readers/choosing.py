"""Preferences and unsubscribing: the pages behind the links in mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from publisher.app.readers.faces import OK, WRONG, Answer, Faces
from publisher.content.kinds.kind import MailClass
from publisher.mailing.codes import CodeError, choose_code, read_code
from publisher.mailing.personalise import Links
from publisher.mailing.preferences import Standing, active, change, stop_everything, stop_kind
from publisher.mailing.signing_up import Purpose as Asked
from publisher.mailing.signing_up import letter_behind
from publisher.mailing.subscribers import SubscriberState, unsubscribe
from publisher.mailing.tokens import Grant, Purpose, Tokens
from publisher.mailing.wishes import KIND, in_effect, read_wish
from publisher.store.transaction import SqlTransaction

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The body that mail programs post (RFC 8058 section 3.1)."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes with a link."""

    standing: Standing
    fresh: bool
    """The link was asked for a short time ago: whoever has it reads the mail of the address, today."""


@dataclass(frozen=True)
class Choosing:
    """What readers do with the links in their mails."""

    faces: Faces
    tokens: Tokens

    # --- unsubscribe

    async def show_unsubscribe(self, locale: str, token: str) -> Answer:
        return await self._ask(locale, token, OK)

    async def unsubscribe(self, locale: str, token: str, fields: Mapping[str, str] | None, network: str) -> Answer:
        """A mail program's one click, whose answer nobody reads, or a button of the page."""
        stop = (fields or {}).get("stop", "")
        if (fields or {}).get(ONE_CLICK[0]) == ONE_CLICK[1]:
            await self._stop(token, "class", network)
            return self._unsubscribed(locale)
        if self._grant(token) is None or (stop not in ("class", "everything") and not stop.startswith(KIND)):
            return await self._ask(locale, token, WRONG)
        return self._unsubscribed(locale, await self._stop(token, stop, network))

    async def _ask(self, locale: str, token: str, status: int) -> Answer:
        grant = self._grant(token)
        if grant is None:
            return self.faces.dead(locale)
        async with self.faces.app.store.read() as tx:
            standing = await active(tx, grant.person_id) if not grant.member else None
        kinds = in_effect(standing, self.faces.offer).kinds if standing else ()
        promotional = grant.mail_class is MailClass.PROMOTIONAL
        return self.faces.page("unsubscribe", locale, status, kinds=list(kinds), promotional=promotional)

    async def _stop(self, token: str, stop: str, network: str) -> Standing | None:
        """Who is left alone now, when it is known."""
        app, grant = self.faces.app, self._grant(token)
        if grant is None:
            return None
        now = app.clock.now()
        async with app.store.begin() as tx:
            standing = None if grant.member else await tx.standing_of(grant.person_id)
            if stop == "class" or standing is None:
                await unsubscribe(tx, self.tokens, token, now, everything=stop == "everything")
            elif stop == "everything":
                await stop_everything(tx, standing, now, self.faces.hashed(network))
            else:
                await stop_kind(tx, standing, stop.removeprefix(KIND), now, self.faces.hashed(network))
        return standing

    def _unsubscribed(self, locale: str, standing: Standing | None = None) -> Answer:
        """With the way back, for who came by the page."""
        ways = {}
        if standing is not None:
            links = Links("", self.tokens)
            way = links.preferences(standing.id, MailClass.SERVICE, self.faces.app.clock.now())
            ways[way.removeprefix("/")] = "site.preferences.change"
        return self.faces.said("unsubscribed", locale, ways, more="site.unsubscribe.mandatory")

    def _grant(self, token: str) -> Grant | None:
        grant = self.tokens.open(token, self.faces.app.clock.now())
        return grant if grant and grant.purpose is Purpose.UNSUBSCRIBE else None

    # --- preferences

    async def show_preferences(self, locale: str, token: str) -> Answer:
        async with self.faces.app.store.read() as tx:
            bearer = await self._bearer(tx, token)
        return self._preferences(bearer) if bearer else self.faces.dead(locale)

    async def save_preferences(self, locale: str, token: str, fields: Mapping[str, str] | None, network: str) -> Answer:
        app = self.faces.app
        async with app.store.begin() as tx:
            bearer = await self._bearer(tx, token)
            if bearer is None:
                return self.faces.dead(locale)
            if fields is None:
                return self._preferences(bearer, status=WRONG)
            if fields.get("stop") == "everything":
                await stop_everything(tx, bearer.standing, app.clock.now(), self.faces.hashed(network))
            elif wrong := await self._save(tx, bearer, fields, network):
                return self._preferences(bearer, wrong=wrong, status=WRONG)
            after = await tx.standing_of(bearer.standing.id)
        assert after is not None
        return self._preferences(replace(bearer, standing=after), saved=True)

    async def _save(self, tx: SqlTransaction, bearer: Bearer, fields: Mapping[str, str], network: str) -> str:
        """The field that is wrong, if one is; nothing is saved then."""
        app, standing, offer = self.faces.app, bearer.standing, self.faces.offer
        now, typed = app.clock.now(), fields.get("code", "").strip() if bearer.fresh else ""
        try:
            code = read_code(typed) if typed else None
        except CodeError:
            return "code"
        wish = read_wish(fields, offer, standing.wish.locale)
        await change(tx, standing, wish, offer.kinds, now, self.faces.hashed(network))
        if code or (bearer.fresh and "no_code" in fields):
            await choose_code(tx, app.encryption, standing.id, code, now)
        return ""

    def _preferences(self, bearer: Bearer, *, saved: bool = False, wrong: str = "", status: int = OK) -> Answer:
        standing = bearer.standing
        wish = in_effect(standing, self.faces.offer)
        locale = wish.locale if wish.locale in self.faces.locales else self.faces.locales[0]
        form = self.faces.form(locale, wish, wrong=wrong)
        known = {"saved": saved, "has_code": standing.code is not None, "fresh": bearer.fresh}
        return self.faces.page("preferences", locale, status, form=form, **known)

    async def _bearer(self, tx: SqlTransaction, token: str) -> Bearer | None:
        """By the link of a mailing, or by one that was asked for."""
        now = self.faces.app.clock.now()
        if asked := await letter_behind(tx, token, Asked.LINK, now):
            standing, fresh = asked[1], True
        else:
            grant = self.tokens.open(token, now)
            if grant is None or grant.purpose is not Purpose.PREFERENCES or grant.member:
                return None
            found = await tx.standing_of(grant.person_id)
            if found is None:
                return None
            standing, fresh = found, False
        return Bearer(standing, fresh) if standing.state is SubscriberState.ACTIVE else None
