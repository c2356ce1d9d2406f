"""Whether readers who chose a digest hear of an announcement that is mailed from several destinations. Pure.

One destination sends digests, and readers subscribe to kinds: what only another one mails would be in no digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from publisher.channel import EVERYWHERE, Capabilities, Finding, Place, Regions, Severity, Target, listed
from publisher.content.announcement import Revision
from publisher.content.kinds.kind import FALLBACK_LOCALE, MailClass
from publisher.content.kinds.region import CODES
from publisher.release.waves import MAIL

SHOWN = 8
"""Codes that a message names."""


def unheard(
    revision: Revision, targets: Sequence[Target], capabilities: Callable[[str], Capabilities], digests: str
) -> Sequence[Finding]:
    """What is to be said of the destinations that mail it beside that of digests; empty: none sends digests."""
    kind = revision.kind
    if not digests or revision.audience.segment is not None or kind.urgent or kind.mail_class is MailClass.MANDATORY:
        return ()  # what is urgent or mandatory waits for no digest
    mails = [target for target in targets if capabilities(target.channel).wave == MAIL]
    told = [target for target in mails if target.destination == digests]
    others = [target for target in mails if target.destination != digests]
    return [finding for target in others for finding in _said(revision, target, told, digests)]


def _said(revision: Revision, target: Target, told: Sequence[Target], digests: str) -> Iterable[Finding]:
    locales = {each.locale for each in told}
    if not locales & {target.locale, FALLBACK_LOCALE}:
        message = f"{target.destination} mails it in {target.locale}, and no digest has it: {digests} sends those"
        fix = f"Name a set with {digests}, and give it {target.locale}, or one without {target.destination}."
        yield _finding("digests.unheard", f"{message}; whoever chose a digest would never hear of it", fix)
    elif missed := _missed(revision.regions, target, told[0]):
        message = f"{target.destination} mails it to readers in {listed(missed, SHOWN)}, and no digest reaches them"
        fix = f"Add their regions to destinations.{digests}.jurisdictions, or name a set without {target.destination}."
        yield _finding("digests.unheard", f"{message}: {digests} sends those, and is not for them", fix)
    elif target.locale not in locales:
        message = f"{target.destination} mails it in {target.locale}; digests have it in {FALLBACK_LOCALE} only"
        fix = f"Add {target.locale} to the locales of {digests}, which sends the digests."
        yield _finding("digests.language", message, fix, Severity.WARNING)


def _missed(regions: Regions, target: Target, digest: Target) -> Sequence[str]:
    """The codes of readers of `target` whom the digest's destination is not for."""
    where, theirs = target.jurisdictions or EVERYWHERE, digest.jurisdictions or EVERYWHERE
    return [
        code
        for code in sorted(CODES)
        if all(each.admits(code) for each in (regions, where)) and not theirs.admits(code)
    ]


def _finding(code: str, message: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, message, fix, severity, Place("announcement.toml"))
