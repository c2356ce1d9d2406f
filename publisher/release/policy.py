"""The kind's policy, evaluated for one set of facts and frozen with the release: data, shown to staff, hashed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from publisher.content.announcement import Revision
from publisher.content.correction import Act, Correction
from publisher.content.kinds.kind import Approvals, Late, MailClass, Unconfirmed
from publisher.release.scope import Form


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides how this release is approved, how late it may be and what is resent."""

    kind: str
    mail_class: MailClass
    approvals: Mapping[str, int]
    """Group -> distinct people; `any` stands for every group."""
    unconfirmed: Unconfirmed
    resend_until: datetime | None
    late: Late
    late_after: timedelta
    expires: datetime | None
    """After this instant nothing of it is sent."""
    timeline: tuple[tuple[datetime, str | None], ...]
    """From each instant on, the stage that is true; None: all is over. Sorted."""
    urgent: bool
    late_until: datetime | None = None
    """For `send_until`: the instant after which a late release is held."""
    break_glass: bool = False
    """Whether one person may approve alone, with a reason and an alarm."""
    review_within: timedelta | None = None
    """How soon after its publication the reviewers must have looked at it; None: they need not."""
    postponed_by: str = ""
    """The group of which one person may put its time off once it is public; empty: nobody may."""
    form: Form = Form.FIRST
    correction: Correction | None = None
    """What it does to what is out, and why; None where nobody said."""

    def stage_at(self, now: datetime) -> str | None:
        """The stage that is true at `now`; `announce` before the first instant of the timeline."""
        stage: str | None = "announce"
        for instant, then in self.timeline:
            if instant <= now:
                stage = then
        return stage

    def to_json(self) -> str:
        """Canonical JSON."""
        data = asdict(self)
        data["review_within"] = self.review_within.total_seconds() if self.review_within else None
        data["late_after"] = self.late_after.total_seconds()
        data["resend_until"] = _iso(self.resend_until)
        data["expires"] = _iso(self.expires)
        data["late_until"] = _iso(self.late_until)
        data["timeline"] = [[instant.isoformat(), stage] for instant, stage in self.timeline]
        data["correction"] = self.correction.to_json() if self.correction else None
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """The inverse of `to_json`."""
        data = json.loads(text)
        return cls(
            kind=data["kind"],
            mail_class=MailClass(data["mail_class"]),
            approvals=data["approvals"],
            unconfirmed=Unconfirmed(data["unconfirmed"]),
            resend_until=_instant(data["resend_until"]),
            late=Late(data["late"]),
            late_after=timedelta(seconds=data["late_after"]),
            expires=_instant(data["expires"]),
            timeline=tuple((datetime.fromisoformat(instant), stage) for instant, stage in data["timeline"]),
            urgent=data["urgent"],
            late_until=_instant(data["late_until"]),
            break_glass=data["break_glass"],
            review_within=timedelta(seconds=data["review_within"]) if data["review_within"] else None,
            postponed_by=data["postponed_by"],
            form=Form(data["form"]),
            correction=Correction.from_json(data["correction"]) if data["correction"] else None,
        )


def policy_of(revision: Revision, form: Form = Form.FIRST, correction: Correction | None = None) -> Policy:
    """The policy of the revision's kind for its facts, and for what a correction makes of it."""
    kind, facts = revision.kind, revision.facts
    over = kind.expires(facts) if kind.expires else None
    return Policy(
        kind=kind.name,
        mail_class=kind.mail_class,
        approvals=dict(_approvals(revision, form, correction).groups),
        unconfirmed=kind.unconfirmed,
        resend_until=kind.resend_until(facts) if kind.resend_until else None,
        late=kind.late,
        late_after=kind.late_after,
        expires=None
        if form in (Form.REVISION, Form.RETRACTION)
        else over,  # what is out is corrected even when it is over
        timeline=_timeline(revision, over),
        urgent=kind.urgent or (correction is not None and correction.dangerous),
        late_until=kind.late_until(facts) if kind.late_until else None,
        break_glass=kind.break_glass,
        review_within=kind.review_within if revision.is_preapproved else None,
        postponed_by=kind.postponed_by if form is not Form.RETRACTION else "",
        form=form,
        correction=correction,
    )


def _approvals(revision: Revision, form: Form, correction: Correction | None) -> Approvals:
    kind = revision.kind
    if correction is not None and correction.act is Act.RETRACT:
        return kind.approvals  # its words were agreed on before
    if form is Form.SUPPLEMENT and kind.approvals_of_supplement is not None:
        return kind.approvals_of_supplement
    return kind.approvals if revision.is_preapproved else kind.approvals_of_own_words or kind.approvals


def _timeline(revision: Revision, expires: datetime | None) -> tuple[tuple[datetime, str | None], ...]:
    kind, facts = revision.kind, revision.facts
    if kind.stage_at is None:
        return ()
    moments = {stage.at(facts) for stage in kind.stages} | {expires}
    return tuple((moment, kind.stage_at(facts, moment)) for moment in sorted(m for m in moments if m is not None))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
