"""How the pages for readers look: what their templates need, gathered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.app import App
from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.consent import hash_of_network
from publisher.mailing.digests.listing import Rules
from publisher.mailing.preferences import HOUR, WEEKDAY, Frequency, Wish
from publisher.mailing.wishes import HOURS, Offer
from publisher.rendering.zones import NamedZone, weekdays, zone_names, zones
from publisher.site import addresses

Answer = tuple[int, bytes]
OK, WRONG = 200, 400


@dataclass(frozen=True, slots=True)
class KindChoice:
    name: str
    chosen: str
    """A frequency, or nothing."""
    promotional: bool
    frequencies: Sequence[str]


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown."""

    kinds: Sequence[KindChoice]
    frequencies: Sequence[str]
    zones: Sequence[NamedZone]
    locale: str
    zone: str
    hour: int = HOUR
    weekday: int = WEEKDAY
    hours: Sequence[int] = ()
    """Empty where there are no digests."""
    weekdays: Sequence[str] = ()
    """Their names, from Monday."""
    follow: str = Follow.IMPORTANT
    """How much of what follows an announcement is mailed."""
    follows: Sequence[str] = tuple(Follow)
    address: str = ""
    wrong: str = ""
    """The field that must be filled in otherwise."""


@dataclass(frozen=True)
class Faces:
    """Renders the pages of one workspace."""

    app: App

    @property
    def locales(self) -> Sequence[str]:
        return self.app.settings.site.locales

    @property
    def offer(self) -> Offer:
        kinds = {name: kind.mail_class for name, kind in self.app.kinds.items()}
        frequencies = [Frequency(each) for each in self.app.settings.subscribing.frequencies]
        always = Rules.of(self.app.kinds, None).always
        return Offer(kinds, frequencies, self.locales, zone_names(), always)

    def form(self, locale: str, wish: Wish, *, address: str = "", wrong: str = "") -> Form:
        offer = self.offer
        kinds = [
            KindChoice(name, wish.kinds.get(name, ""), mail_class is MailClass.PROMOTIONAL, offer.of(name))
            for name, mail_class in offer.kinds.items()
        ]
        named = zones(locale, self.app.clock.now())
        choices = Form(kinds, offer.frequencies, named, wish.locale, wish.zone or "", wish.hour, wish.weekday)
        if offer.digests:
            choices = replace(choices, hours=range(HOURS), weekdays=weekdays(locale))
        return replace(choices, address=address, wrong=wrong, follow=wish.follow)

    def page(self, name: str, locale: str, status: int = OK, **context: object) -> Answer:
        return status, self.app.site.for_reader(name, locale, lost=self.lost(locale), **context)

    def said(self, said: str, locale: str, ways: Mapping[str, str], status: int = OK, more: str = "") -> Answer:
        """The answer to an act: `ways` leads on, path -> what the link says."""
        return self.page("said", locale, status, said=said, ways=list(ways.items()), more=more)

    def dead(self, locale: str) -> Answer:
        """For every link that does not act, whatever the reason."""
        lost = self.lost(locale)
        return self.said("dead", locale, {lost: "site.link.title"} if lost else {}, WRONG)

    def lost(self, locale: str) -> str:
        """Where a reader gets a new link; empty where nobody could send one."""
        return addresses.lost_link(locale) if self.app.settings.subscribing.destination else ""

    def hashed(self, network: str) -> str:
        """What is kept of where somebody came from."""
        return hash_of_network(self.app.hashing, network)

    def promise(self, locale: str) -> tuple[str, str]:
        """What a reader agrees to, and the version of these words."""
        words = self.app.site.promise(locale, self.app.brand.name)
        return words, f"{locale} {hashlib.sha256(words.encode()).hexdigest()[:16]}"
