"""Which editions a release needs: the first publication, the kind's planned stages and its late variants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.channel import Capabilities
from publisher.content.correction import Correction
from publisher.content.kinds.kind import POSTS, REPEAT, Facts, Kind, Late
from publisher.rendering.edition import FOLLOW, Operation

ANNOUNCE = "announce"
CANCELLED = "cancelled"
POSTPONED = "postponed"
"""The stage that a person walks when its time is put off: a page and a post that say so, in approved words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation at one stage, for the channels that take part."""

    stage: str
    operation: Operation
    channels: frozenset[str] | None = None
    """None for all that can do the operation."""
    correction: Correction | None = None
    """What it does to what is out; None where nobody said."""
    answered: bool = False
    """Whether a short message says what the edit is about."""

    def concerns(self, channel: str, capabilities: Capabilities) -> bool:
        """Whether `channel` takes part and its network can do it."""
        anew = is_sent_anew(capabilities, self.correction)
        able = {
            # What is put off is news only to those who know of it: where they can be followed, nobody else is told.
            "publish": self.stage != POSTPONED or not capabilities.follows,
            "amend": capabilities.amends or anew,
            "retract": capabilities.retracts or anew,
            FOLLOW: capabilities.follows,
        }
        return able[self.operation] and (self.channels is None or channel in self.channels)


def is_sent_anew(capabilities: Capabilities, correction: Correction | None) -> bool:
    """Whether a network that changes nothing is sent something else: a post in place of the first, a second mail."""
    if correction is None:
        return False
    return (capabilities.follows and correction.mails) or (capabilities.reposts and correction.dangerous)


def steps(
    kind: Kind, facts: Facts, operation: Operation, correction: Correction | None = None, *, repeats: bool = False
) -> Iterator[Step]:
    """The steps of a release, in order; a withdrawal has one, a correction those that are still to come too.

    `repeats`: it is posted again, as often as its author says, in the same words each time.
    """
    yield Step(ANNOUNCE, operation, correction=None if operation == "publish" else correction)
    if operation != "retract":
        yield from _planned(kind, facts)
        if repeats:
            yield Step(REPEAT, "publish", POSTS)
            yield Step(REPEAT, FOLLOW)
    if operation == "publish":
        yield from _late(kind, facts)
    if operation != "retract" and kind.postponed_by:
        yield Step(POSTPONED, "publish")
        yield Step(POSTPONED, FOLLOW)


def _planned(kind: Kind, facts: Facts) -> Iterator[Step]:
    for stage in kind.stages:
        # A stage that somebody may call for has its words approved although nobody knows its time.
        if stage.at(facts) is not None or stage.moves_with != "start":
            yield Step(stage.name, stage.operation, stage.channels, answered=stage.answered)
            if stage.posts:
                yield Step(stage.name, "publish", stage.posts)
            if stage.mailed:
                yield Step(stage.name, FOLLOW)


def _late(kind: Kind, facts: Facts) -> Iterator[Step]:
    """First publications that say at once what is true by then; a stage that is ever true is so when it begins."""
    if kind.late is not Late.SEND_VARIANT or kind.stage_at is None:
        return
    begins = (stage.at(facts) for stage in kind.stages)
    names = (kind.stage_at(facts, moment) for moment in begins if moment is not None)
    for name in dict.fromkeys(names):
        if name not in (None, ANNOUNCE):
            yield Step(name, "publish")
