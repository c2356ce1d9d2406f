"""What a reader may choose on a page, and what they did choose. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from publisher.content.kinds.kind import MailClass
from publisher.mailing.preferences import Frequency, Standing, Wish

KIND = "kind."
"""How the names of the fields begin that choose a kind."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the pages let a reader choose from."""

    kinds: Mapping[str, MailClass]
    frequencies: Sequence[Frequency]
    locales: Sequence[str]
    zones: Collection[str]


def read_wish(fields: Mapping[str, str], offer: Offer, locale: str) -> Wish:
    """What a form says; what is not offered counts as not chosen. `locale` is the page's."""
    chosen = {kind: fields.get(f"{KIND}{kind}", "") for kind in offer.kinds}
    named, zone = fields.get("locale", ""), fields.get("zone", "")
    return Wish(
        named if named in offer.locales else locale,
        zone if zone in offer.zones else None,
        {kind: Frequency(value) for kind, value in chosen.items() if value in offer.frequencies},
    )


def in_effect(standing: Standing, offer: Offer) -> Wish:
    """What a reader really gets: without the kinds whose class they have stopped."""
    wish = standing.wish
    kinds = {kind: each for kind, each in wish.kinds.items() if offer.kinds.get(kind) not in standing.stopped}
    return Wish(wish.locale, wish.zone, kinds)
