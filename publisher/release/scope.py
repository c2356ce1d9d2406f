"""What a release holds: everything, or of a published announcement only what readers do not have yet. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from publisher.channel import Capabilities, Finding, Place, Severity, Target, listed
from publisher.content.announcement import Revision
from publisher.content.correction import Act, Correction
from publisher.content.kinds.region import CODES
from publisher.content.source.stored import restored
from publisher.rendering.plan import is_sent_anew

Where: TypeAlias = tuple[str, str]
"""Destination and locale."""


class Form(StrEnum):
    """What a release is to those who have read the announcement already."""

    FIRST = "first"
    """Nobody has read it yet."""
    SUPPLEMENT = "supplement"
    """It adds languages and changes nothing: nobody is sent anything twice."""
    REVISION = "revision"
    """It changes what readers have, and may add languages too."""
    RETRACTION = "retraction"
    """It takes back what readers have."""

    @property
    def named(self) -> str:
        """In words for staff."""
        return "first publication" if self is Form.FIRST else self.value


@dataclass(frozen=True, slots=True)
class Standing:
    """What one destination has of an announcement in one language."""

    destination: str
    channel: str
    locale: str
    source: str
    """`Revision.to_json()` of what was last sent there."""
    there: bool
    """Readers have it; False when it was tried and they have not."""
    published_at: datetime
    """When it was first tried."""
    open: str = ""
    """Why nothing else can be sent there now; empty when all has ended."""
    gives_way: bool = False
    """What is open there is the first copy, unsent until quiet hours end: another text can take its place."""
    withdrawn: bool = False
    """Readers had it, and it was taken back."""
    in_part: bool = False
    """Some readers have it from a mailing that was cancelled half-way; what follows is sent to all as if none had."""

    @property
    def is_anywhere(self) -> bool:
        """Whether there is something to take back."""
        return self.there or self.in_part

    @property
    def where(self) -> Where:
        return self.destination, self.locale


@dataclass(frozen=True, slots=True)
class Scope:
    """Which targets get the announcement, which have another text of it, and which keep that."""

    form: Form
    publish: Sequence[Target]
    amend: Sequence[Target] = ()
    """Those that have another text than the revision's, whether or not their network lets it be changed."""
    retract: Sequence[Target] = ()
    """Those that have it, of a retraction."""
    before: Mapping[Where, Revision] = field(default_factory=dict)
    """What they have, where that can still be read."""
    findings: Sequence[Finding] = ()


def scope_of(
    revision: Revision,
    targets: Sequence[Target],
    standing: Sequence[Standing],
    able: Callable[[str], Capabilities],
    now: datetime,
    correction: Correction | None = None,
) -> Scope:
    """What is left to be done for `revision`; `able` gives the capabilities of a channel by its name."""
    if correction is not None and correction.act is Act.RETRACT:
        return _retraction(targets, standing, able, correction)
    have = {known.where: known for known in standing if known.there}
    if not have:
        return Scope(Form.FIRST, targets, findings=_not_out(standing, correction))
    tried = {known.where: known for known in standing}
    said = Said(revision)
    changed = [t for t in targets if _where(t) in tried and said.otherwise(tried[_where(t)])]
    publish = [t for t in targets if _where(t) not in tried or (t in changed and _where(t) not in have)]
    amend = [t for t in changed if _where(t) in have]
    published = list(have.values())
    findings = [*_forbidden(revision, published), *_still_open(tried, [*publish, *amend])]
    findings += _narrowed(revision, [was for known in published if (was := said.before(known))])
    keeps = left(said, published, amend, able, now, correction)
    findings += [kept(known, able, now) for known in keeps]
    findings += _gone(standing)
    if not publish and not amend and not findings:
        findings.append(_unchanged())
    only_adds = {t.locale for t in publish}.isdisjoint(known.locale for known in published)
    form = Form.SUPPLEMENT if only_adds and not amend and not keeps else Form.REVISION
    before = {_where(t): earlier for t in amend if (earlier := said.before(have[_where(t)])) is not None}
    return Scope(form, publish, amend, before=before, findings=findings)


def _retraction(
    targets: Sequence[Target],
    standing: Sequence[Standing],
    able: Callable[[str], Capabilities],
    correction: Correction,
) -> Scope:
    have = {known.where: known for known in standing if known.is_anywhere}
    retract = [target for target in targets if _where(target) in have]
    findings = [*_still_open(have, retract)]
    reached = {_where(t) for t in retract if able(t.channel).retracts or is_sent_anew(able(t.channel), correction)}
    findings += [_stays(known) for known in have.values() if known.where not in reached]
    if not have:
        message = "it was withdrawn already" if _gone(standing) else "it is published nowhere"
        findings.append(Finding("published.nothing", message, "There is nothing to retract."))
    return Scope(Form.RETRACTION, (), retract=retract, findings=findings)


def _stays(known: Standing) -> Finding:
    message = f"{known.destination} ({known.locale}) keeps it: nothing of ours reaches it there any more"
    fix = "Take it away there by hand."
    return Finding("published.kept", message, fix, Severity.WARNING, about=f"{known.destination}/{known.locale}")


def _not_out(standing: Sequence[Standing], correction: Correction | None) -> Sequence[Finding]:
    if correction is not None and not standing:
        message = f"it is not published, so there is nothing to {correction.act}"
        return [Finding("published.nothing", message, "Send it on its way with: publisher submit.")]
    return _gone(standing)


def _gone(standing: Sequence[Standing]) -> Sequence[Finding]:
    gone = next((known for known in standing if known.withdrawn), None)
    if gone is None:
        return []
    message = f"it was withdrawn from {gone.destination} ({gone.locale}), and readers were told so"
    return [Finding("published.withdrawn", message, "Write a new announcement: publisher new.")]


class Said:
    """What a revision says, held against what readers have."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._read = cache(lambda source: restored(source, revision.kind, revision.facts))

    def before(self, known: Standing) -> Revision | None:
        """What readers have there; None where it cannot be read any more."""
        return self._read(known.source)

    def otherwise(self, known: Standing) -> bool:
        """Whether it says anything else in that language than what was sent there."""
        before, locale = self.before(known), known.locale
        if locale not in self._revision.texts:
            return False
        if before is None or locale not in before.texts:
            return True
        if before.said_in(locale) != self._revision.said_in(locale):
            return True
        return self._shown(known.source, locale) != self._shown(self._revision.to_json(), locale)

    def _shown(self, source: str, locale: str) -> Mapping[str, str]:
        """The pictures of a text, by what they are called in it."""
        text, pictures = self._revision.texts[locale].source, json.loads(source)["pictures"]
        return {name: sha256 for name, sha256 in pictures.items() if name in text}


def left(
    said: Said,
    have: Sequence[Standing],
    targets: Sequence[Target],
    able: Callable[[str], Capabilities],
    now: datetime,
    correction: Correction | None = None,
) -> Sequence[Standing]:
    """Those whose readers keep a text that the revision no longer says: out of reach, or the network lets none in."""
    reached = {_where(target) for target in targets}

    def is_told(known: Standing) -> bool:
        capabilities = able(known.channel)
        return can_amend(capabilities, known.published_at, now) or is_sent_anew(capabilities, correction)

    return [known for known in have if said.otherwise(known) and not (known.where in reached and is_told(known))]


def can_amend(capabilities: Capabilities, published_at: datetime, now: datetime) -> bool:
    """Whether the network lets what was published there be changed now."""
    within = capabilities.amend_within
    return capabilities.amends and (within is None or (now - published_at).total_seconds() <= within)


def kept(known: Standing, able: Callable[[str], Capabilities], now: datetime) -> Finding:
    """What staff are told of one whose readers keep the text they have."""
    capabilities = able(known.channel)
    if can_amend(capabilities, known.published_at, now):
        message, fix = "it is in no set of destinations of this announcement any more", "Name a set that it is in."
    else:
        message, fix = "its network changes nothing that is out", capabilities.when_kept
    return Finding(
        "published.kept",
        f"{known.destination} ({known.locale}) keeps the text that readers have: {message}",
        fix,
        Severity.WARNING,
        about=f"{known.destination}/{known.locale}",
    )


def _where(target: Target) -> Where:
    return target.destination, target.locale


def _forbidden(revision: Revision, have: Sequence[Standing]) -> Iterator[Finding]:
    header = Place("announcement.toml")
    kinds = {json.loads(known.source)["common"]["kind"] for known in have}
    for kind in sorted(kinds - {revision.kind.name}):
        message = f"it is published as a {kind} and cannot become a {revision.kind.name}"
        yield Finding("published.kind", message, f'Write kind = "{kind}", or a new announcement.', place=header)
    for locale in sorted({known.locale for known in have} - revision.texts.keys()):
        message = f"{locale} is published and its text is gone"
        yield Finding("published.language", message, f"Put {locale}.md back.", place=Place(f"{locale}.md"))


def _narrowed(revision: Revision, before: Sequence[Revision]) -> Iterator[Finding]:
    closed = sorted(code for code in CODES if not revision.regions.admits(code))
    lost = [code for code in closed if any(earlier.regions.admits(code) for earlier in before)]
    if lost:
        message = f"readers in {listed(lost, 8)} have it and may not read it any more; what is out there stays out"
        fix = "Delete those posts by hand; the website, its feeds and the edge follow by themselves."
        yield Finding("published.regions", message, fix, Severity.WARNING, place=Place("announcement.toml"))


def _still_open(tried: Mapping[Where, Standing], targets: Sequence[Target]) -> Iterator[Finding]:
    for target in targets:
        known = tried.get(_where(target))
        if known is not None and known.open and not known.gives_way:
            message = f"{known.destination} ({known.locale}) cannot be sent anything yet: {known.open}"
            fix = "Wait for it, end it with publisher cancel, or end a doubt with publisher resolve."
            yield Finding("published.open", message, fix, place=Place("announcement.toml"))


def _unchanged() -> Finding:
    message = "it is published, and nothing has changed since"
    return Finding("published.unchanged", message, "There is nothing to submit.", Severity.WARNING)
