"""Subscribing: the form, the answer that is the same for everybody, and the button behind the link in the letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.app.readers.faces import OK, WRONG, Answer, Faces
from publisher.content.kinds.kind import MailClass
from publisher.mailing.addresses import AddressError, read_address
from publisher.mailing.personalise import Links
from publisher.mailing.preferences import Wish
from publisher.mailing.signing_up import Purpose, SignUp, ask, confirm, letter_behind
from publisher.mailing.tokens import Tokens
from publisher.mailing.wishes import read_wish
from publisher.site import addresses

BUSY = 503
TRAP = "website"
"""A field that people do not see; programs that fill in every field are not told that it gave them away."""


@dataclass(frozen=True)
class Subscribing:
    """What readers do before they get mail."""

    faces: Faces
    tokens: Tokens

    # --- the form

    async def show_form(self, locale: str, token: str) -> Answer | None:
        return self._form(locale, Wish(locale, None, {})) if self._open else None

    async def subscribe(self, locale: str, token: str, fields: Mapping[str, str] | None, network: str) -> Answer | None:
        if not self._open:
            return None
        if fields is None:
            return self._form(locale, Wish(locale, None, {}), status=WRONG)
        wish, typed = read_wish(fields, self.faces.offer, locale), fields.get("address", "")
        address = _address(typed)
        version = self.faces.promise(locale)[1]
        missing = {"address": address is None, "kinds": not wish.kinds, "wording": fields.get("wording") != version}
        if wrong := next((name for name, is_wrong in missing.items() if is_wrong), ""):
            return self._form(locale, wish, address=typed[:254], wrong=wrong, status=WRONG)
        return await self._ask(locale, Purpose.CONFIRM, address or "", wish, fields, network, version)

    async def show_link(self, locale: str, token: str) -> Answer | None:
        return self._link(locale) if self._open else None

    async def send_link(self, locale: str, token: str, fields: Mapping[str, str] | None, network: str) -> Answer | None:
        if not self._open:
            return None
        typed = (fields or {}).get("address", "")
        address = _address(typed)
        if fields is None or address is None:
            return self._link(locale, address=typed[:254], wrong="address", status=WRONG)
        return await self._ask(locale, Purpose.LINK, address, Wish(locale, None, {}), fields, network, None)

    async def _ask(
        self,
        locale: str,
        purpose: Purpose,
        address: str,
        wish: Wish,
        fields: Mapping[str, str],
        network: str,
        wording: str | None,
    ) -> Answer:
        """One row, whoever it is: neither the answer nor its time tells whether the address is known."""
        app = self.faces.app
        asked = SignUp(purpose, address, wish, wording, self.faces.hashed(network), app.clock.now())
        if not fields.get(TRAP):
            async with app.store.begin() as tx:
                kept = await ask(tx, asked)
            if not kept:
                return self.faces.said("busy", locale, {}, BUSY)
        return self.faces.said("asked", locale, {}, more="site.asked.more")

    # --- the button

    async def show_confirm(self, locale: str, token: str) -> Answer:
        app = self.faces.app
        async with app.store.read() as tx:
            found = await letter_behind(tx, token, Purpose.CONFIRM, app.clock.now())
        if found is None:
            return self.faces.dead(locale)
        wish = found[0].wish
        kinds = [{"name": kind, "frequency": str(each)} for kind, each in wish.kinds.items()]
        return self.faces.page("confirm", self._own(wish, locale), kinds=kinds)

    async def confirm(self, locale: str, token: str, fields: Mapping[str, str] | None, network: str) -> Answer:
        app = self.faces.app
        if not (fields or {}).get("confirm"):
            return await self.show_confirm(locale, token)
        now = app.clock.now()
        async with app.store.begin() as tx:
            standing = await confirm(tx, token, now, self.faces.hashed(network))
            after = await tx.standing_of(standing.id) if standing else None
        if after is None:
            return self.faces.dead(locale)
        way = Links("", self.tokens).preferences(after.id, MailClass.SERVICE, now).removeprefix("/")
        return self.faces.said("confirmed", self._own(after.wish, locale), {way: "site.preferences.change"})

    # --- shared by the pages above

    @property
    def _open(self) -> bool:
        return bool(self.faces.app.settings.subscribing.destination)

    def _own(self, wish: Wish, locale: str) -> str:
        """The reader's own language, where there are pages in it."""
        return wish.locale if wish.locale in self.faces.locales else locale

    def _form(self, locale: str, wish: Wish, *, address: str = "", wrong: str = "", status: int = OK) -> Answer:
        promise, version = self.faces.promise(locale)
        return self.faces.page(
            "subscribe",
            locale,
            status,
            form=self.faces.form(locale, wish, address=address, wrong=wrong),
            promise=promise,
            wording_version=version,
            translations={other: addresses.subscribe(other) for other in self.faces.locales},
        )

    def _link(self, locale: str, *, address: str = "", wrong: str = "", status: int = OK) -> Answer:
        there = {other: addresses.lost_link(other) for other in self.faces.locales}
        form = {"address": address, "wrong": wrong}
        return self.faces.page("link", locale, status, form=form, translations=there)


def _address(typed: str) -> str | None:
    try:
        return read_address(typed)
    except AddressError:
        return None
