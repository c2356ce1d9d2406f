"""The kind's policy, evaluated for one set of facts and frozen with the release: data, shown to staff, hashed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher.content.announcement import Revision
from publisher.content.correction import Act, Correction
from publisher.content.kinds.kind import (
    POSTS,
    REPEAT,
    Approvals,
    Facts,
    Follow,
    Kind,
    Late,
    MailClass,
    Quiet,
    Stage,
    Unconfirmed,
)
from publisher.release.scope import Form

LATE = timedelta(hours=3)
"""How late an announcement may still be posted again: later, whoever reads it asks what is new."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A stage that the clock walks."""

    stage: str
    at: datetime | None
    """None of one that has no time as approved: it may get one with the end of the event."""
    moves_with: str
    """`start` or `end` of the event, `person`: it comes when somebody says so, or `nothing`: it has its own time."""
    posts: tuple[str, ...] | None
    """The channels that get a new message where they have the announcement; None for all."""
    good_for: timedelta | None
    """How late it may still be said; None: until a later stage is due."""
    mailed: Follow | None = None
    """Who is mailed it, of those who were mailed the announcement; None: nobody."""


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
    stages: tuple[Planned, ...] = ()
    """In the order in which the kind declares them."""
    starts_at: datetime | None = None
    """When what it announces begins, or the one moment it is about."""
    ends_at: datetime | None = None
    extension: int = 0
    """How often its end was put off before, as its facts say."""
    correction: Correction | None = None
    """What it does to what is out, and why; None where nobody said."""
    quiet: Quiet = Quiet.IGNORE
    """Whether it waits where a place has quiet hours."""

    @property
    def corrects_danger(self) -> bool:
        """Whether somebody who acts on what is out loses something: it is told at once."""
        return self.correction is not None and self.correction.dangerous

    def stage_at(self, now: datetime) -> str | None:
        """The stage that is true at `now`; `announce` before the first instant of the timeline."""
        stage: str | None = "announce"
        for instant, then in self.timeline:
            if instant <= now:
                stage = then
        return stage

    def planned(self, stage: str) -> Planned | None:
        """None for a stage that the kind does not declare, such as the publication itself."""
        return next((each for each in self.stages if each.stage == stage), None)

    def mailed(self, stage: str) -> Follow:
        """How important the mail of a stage is."""
        known = self.planned(stage)
        return known.mailed if known and known.mailed else Follow.IMPORTANT

    def to_json(self) -> str:
        """Canonical JSON."""
        data = asdict(self)
        data["review_within"] = self.review_within.total_seconds() if self.review_within else None
        data["late_after"] = self.late_after.total_seconds()
        data["resend_until"] = _iso(self.resend_until)
        data["expires"] = _iso(self.expires)
        data["late_until"] = _iso(self.late_until)
        data["timeline"] = [[instant.isoformat(), stage] for instant, stage in self.timeline]
        data["stages"] = [_written(planned) for planned in self.stages]
        data["starts_at"], data["ends_at"] = _iso(self.starts_at), _iso(self.ends_at)
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
            stages=tuple(_planned(each) for each in data["stages"]),
            starts_at=_instant(data["starts_at"]),
            ends_at=_instant(data["ends_at"]),
            extension=data["extension"],
            correction=Correction.from_json(data["correction"]) if data["correction"] else None,
            quiet=Quiet(data["quiet"]),
        )


def policy_of(revision: Revision, form: Form = Form.FIRST, correction: Correction | None = None) -> Policy:
    """The policy of the revision's kind for its facts, and for what a correction makes of it."""
    kind, facts = revision.kind, revision.facts
    over = kind.expires(facts) if kind.expires else None
    dangerous = correction is not None and correction.dangerous
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
        urgent=kind.urgent or dangerous,
        late_until=kind.late_until(facts) if kind.late_until else None,
        break_glass=kind.break_glass,
        review_within=kind.review_within if revision.is_preapproved else None,
        postponed_by=kind.postponed_by if form is not Form.RETRACTION else "",
        form=form,
        stages=_stages(revision) if form is not Form.RETRACTION else (),
        starts_at=kind.moment(facts) if kind.moment else _time(facts, "starts_at"),
        ends_at=_time(facts, "ends_at"),
        extension=getattr(facts, "extension", 0),
        correction=correction,
        quiet=Quiet.IGNORE if dangerous else _quiet(kind),
    )


def _quiet(kind: Kind) -> Quiet:
    must_be_told = kind.urgent or kind.mail_class is MailClass.MANDATORY
    return kind.quiet or (Quiet.IGNORE if must_be_told else Quiet.WAIT)


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


def _stages(revision: Revision) -> tuple[Planned, ...]:
    of_the_kind = [_plan_of(stage, stage.at(revision.facts)) for stage in revision.kind.stages]
    posts = tuple(sorted(POSTS))
    again = [Planned(REPEAT, each.at, "nothing", posts, LATE, Follow.EVERYTHING) for each in revision.repeats]
    return (*of_the_kind, *again)


def _plan_of(stage: Stage, at: datetime | None) -> Planned:
    posts = stage.posts if stage.operation == "amend" else stage.channels
    channels = None if posts is None else tuple(sorted(posts))
    return Planned(stage.name, at, stage.moves_with, channels, stage.good_for, stage.mailed)


def _time(facts: Facts, name: str) -> datetime | None:
    value = getattr(facts, name, None)
    return value if isinstance(value, datetime) else None


def _written(planned: Planned) -> Mapping[str, object]:
    good_for = planned.good_for.total_seconds() if planned.good_for else None
    return asdict(planned) | {"at": _iso(planned.at), "good_for": good_for}


def _planned(data: Mapping[str, Any]) -> Planned:
    good_for = timedelta(seconds=data["good_for"]) if data["good_for"] else None
    posts = None if data["posts"] is None else tuple(data["posts"])
    mailed = Follow(data["mailed"]) if data["mailed"] else None
    return Planned(data["stage"], _instant(data["at"]), data["moves_with"], posts, good_for, mailed)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
