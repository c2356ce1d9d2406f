"""What a reader may choose on a page, and what they did choose. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.preferences import HOUR, WEEKDAY, Frequency, Standing, Wish

KIND = "kind."
"""How the names of the fields begin that choose a kind."""
HOURS, WEEKDAYS = 24, 7


@dataclass(frozen=True, slots=True)
class Offer:
    """What the pages let a reader choose from."""

    kinds: Mapping[str, MailClass]
    frequencies: Sequence[Frequency]
    locales: Sequence[str]
    zones: Collection[str]
    at_once: Collection[str] = ()
    """The kinds that nobody waits for."""

    def of(self, kind: str) -> Sequence[Frequency]:
        """How often one may hear of a kind."""
        often = [each for each in self.frequencies if each is Frequency.INSTANT or kind not in self.at_once]
        return often or [Frequency.INSTANT]

    @property
    def digests(self) -> bool:
        """Whether an hour can be chosen."""
        return any(each is not Frequency.INSTANT for each in self.frequencies)


def read_wish(fields: Mapping[str, str], offer: Offer, locale: str) -> Wish:
    """What a form says; what is not offered counts as not chosen. `locale` is the page's."""
    chosen = {kind: fields.get(f"{KIND}{kind}", "") for kind in offer.kinds}
    named, zone = fields.get("locale", ""), fields.get("zone", "")
    return Wish(
        named if named in offer.locales else locale,
        zone if zone in offer.zones else None,
        {kind: Frequency(value) for kind, value in chosen.items() if value in offer.of(kind)},
        _number(fields.get("hour", ""), HOURS, HOUR),
        _number(fields.get("weekday", ""), WEEKDAYS, WEEKDAY),
        _follow(fields.get("follow", "")),
    )


def _follow(text: str) -> Follow:
    return Follow(text) if text in list(Follow) else Follow.IMPORTANT


def _number(text: str, limit: int, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and int(text) < limit else otherwise


def in_effect(standing: Standing, offer: Offer) -> Wish:
    """What a reader really gets: without the kinds whose class they have stopped."""
    wish = standing.wish
    kinds = {kind: each for kind, each in wish.kinds.items() if offer.kinds.get(kind) not in standing.stopped}
    return replace(wish, kinds=kinds)
