"""From a revision to editions with findings: what `check`, `preview` and `submit` all do first. Stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.channel import Finding, Place, Severity, Target
from publisher.content.announcement import Revision
from publisher.content.correction import Correction
from publisher.content.kinds.kind import MailClass
from publisher.release.digested import unheard
from publisher.release.mailed_once import twice
from publisher.release.places import admitted
from publisher.release.scope import Form, Scope, Standing, scope_of
from publisher.release.snapshot import Snapshot
from publisher.rendering.edition import Edition
from publisher.rendering.mistakes import TemplateMistake, TextMistake
from publisher.rendering.render import Renderer
from publisher.wall_time import in_utc


@dataclass(frozen=True, slots=True)
class Prepared:
    """A revision ready for review, unless `findings` hold an error."""

    revision: Revision
    editions: Sequence[Edition]
    findings: Sequence[Finding]
    form: Form = Form.FIRST
    standing: Sequence[Standing] = ()
    """What readers had of it when this was prepared."""
    snapshot: Snapshot | None = None
    """Of the segment that it is for."""
    correction: Correction | None = None

    @property
    def snapshot_sha256(self) -> str:
        """Empty when it is not for a segment."""
        return self.snapshot.sha256 if self.snapshot else ""

    @property
    def ok(self) -> bool:
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def prepare(
    revision: Revision,
    targets: Sequence[Target],
    renderer: Renderer,
    *,
    now: datetime,
    accidents: Sequence[Finding] = (),
    standing: Sequence[Standing] = (),
    snapshot: Snapshot | None = None,
    correction: Correction | None = None,
    digests: str = "",
) -> Prepared:
    """Renders every edition and lets each channel check its own; `accidents` are what `lint` found in the folder.

    `standing` is what readers have of the announcement: then only the editions that they do not have are made.
    `snapshot` is the one that `segments.bound` found. `correction` says what is done to what is out, and why.
    `digests` is the destination that sends digests.
    """
    if snapshot is not None:
        # A mail must not tell a member of a segment that they subscribed.
        audience = replace(revision.audience, legal_basis=snapshot.legal_basis)
        revision = replace(revision, audience=audience)
    kept, places = admitted(revision.regions, targets, renderer.capabilities)
    scope = scope_of(revision, kept, standing, renderer.capabilities, now, correction)
    findings = [*accidents, *_audience(revision), *_locales(revision, targets), *places, *scope.findings]
    if scope.form is Form.FIRST:
        findings += _moment(revision, now)
        findings += unheard(revision, scope.publish, renderer.capabilities, digests)
    if scope.form in (Form.FIRST, Form.SUPPLEMENT):
        findings += twice(revision.regions, kept, renderer.capabilities)
    if wrong := renderer.check_legal(revision, [*scope.publish, *scope.amend, *scope.retract]):
        return Prepared(revision, [], [*findings, *wrong], scope.form, standing)
    try:
        editions = _editions(revision, scope, renderer, correction, digests)
    except TemplateMistake as mistake:
        place = Place(f"templates/{mistake.file}", mistake.line)
        fix = "Correct the template; docs/templates.md lists the names it may use."
        return Prepared(revision, [], [*findings, Finding("template.mistake", str(mistake), fix, place=place)])
    except TextMistake as mistake:
        return Prepared(revision, [], [*findings, mistake.finding])
    findings += renderer.check(editions)
    return Prepared(revision, editions, findings, scope.form, standing, snapshot, correction)


def _editions(
    revision: Revision, scope: Scope, renderer: Renderer, correction: Correction | None, digests: str
) -> Sequence[Edition]:
    """By stage; where a network changes nothing the planned posts alone are new.

    What is for a segment is in no digest: its subscribers are not the segment's members.
    """
    listed = [target for target in (*scope.publish, *scope.amend) if target.destination == digests]
    editions = [
        *renderer.editions(revision, scope.publish),
        *renderer.editions(revision, scope.amend, "amend", scope.before, correction),
        *renderer.editions(revision, scope.retract, "retract", correction=correction),
        *renderer.fragments(revision, listed if revision.audience.segment is None else ()),
    ]
    stages = list(dict.fromkeys(edition.stage for edition in editions))
    return sorted(editions, key=lambda edition: stages.index(edition.stage))


def _audience(revision: Revision) -> Sequence[Finding]:
    if revision.audience.who != "all" or revision.kind.mail_class is MailClass.MANDATORY:
        return ()
    message = f'audience "all" ignores what readers chose; {revision.kind.name} is {revision.kind.mail_class} mail'
    return [_finding("audience.all", message, 'Write audience = "subscribers"; "all" is for mandatory kinds.')]


def _locales(revision: Revision, targets: Sequence[Target]) -> Sequence[Finding]:
    if not targets:
        message = f"the set {revision.destinations!r} has no destination for any language of this announcement"
        return [_finding("destinations.none", message, "Name another set, or add destinations to publisher.toml.")]
    served = {target.locale for target in targets}
    return [
        _finding(
            "destinations.locale",
            f"{locale} is written but no destination of the set {revision.destinations!r} takes it",
            "Add the language to a destination in publisher.toml, or remove the file.",
            severity=Severity.WARNING,
        )
        for locale in revision.texts
        if locale not in served
    ]


def _moment(revision: Revision, now: datetime) -> Sequence[Finding]:
    end = revision.schedule.at + revision.schedule.window
    if now > end:
        message = f"its window ended at {in_utc(end)}"
        return [_finding("schedule.over", message, "Set a publish_at that is still to come.")]
    if now > revision.schedule.at:
        message = f"publish_at ({in_utc(revision.schedule.at)}) has passed; it goes out under the late policy"
        fix = "Set a publish_at that is still to come."
        return [_finding("schedule.past", message, fix, severity=Severity.WARNING)]
    return ()


def _finding(code: str, message: str, fix: str, *, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, message, fix, severity, Place("announcement.toml"))
