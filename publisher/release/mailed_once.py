"""Whether a reader would get one announcement from two destinations. Pure.

Each destination mails everybody in its regions who reads one of its languages, or English where it lacks theirs. What
two of them mail to the same reader is doubled, and at the moment of sending nothing tells which of the two was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from publisher.channel import EVERYWHERE, Capabilities, Finding, Place, Regions, Target, listed
from publisher.content.kinds.kind import FALLBACK_LOCALE
from publisher.content.kinds.region import CODES
from publisher.release.digested import SHOWN
from publisher.release.waves import MAIL


def twice(
    regions: Regions, targets: Iterable[Target], capabilities: Callable[[str], Capabilities]
) -> Sequence[Finding]:
    """What is to be said of destinations that mail the same readers; `regions` are the announcement's."""
    mails: dict[str, list[Target]] = {}
    for target in targets:
        if capabilities(target.channel).wave == MAIL:
            mails.setdefault(target.destination, []).append(target)
    return [finding for one, other in combinations(mails.values(), 2) for finding in _said(regions, one, other)]


def _said(regions: Regions, one: Sequence[Target], other: Sequence[Target]) -> Iterable[Finding]:
    languages = sorted(locale for locale in _locales(one) | _locales(other) if _both_serve(one, other, locale))
    places = [each.jurisdictions or EVERYWHERE for each in (one[0], other[0])]
    codes = [code for code in sorted(CODES) if all(each.admits(code) for each in (regions, *places))]
    if not languages or not codes:
        return
    names = f"{one[0].destination} and {other[0].destination}"
    message = f"{names} both mail it to readers of {', '.join(languages)} in {listed(codes, SHOWN)}: they get it twice"
    fix = f"Name a set with one of them, or give {names} disjoint jurisdictions in publisher.toml."
    yield Finding("mail.twice", message, fix, place=Place("announcement.toml"))


def _both_serve(one: Sequence[Target], other: Sequence[Target], locale: str) -> bool:
    return all(_locales(each) & {locale, FALLBACK_LOCALE} for each in (one, other))


def _locales(targets: Sequence[Target]) -> set[str]:
    return {each.locale for each in targets}
