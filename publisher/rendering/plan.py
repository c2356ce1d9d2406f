"""Which editions a release needs: the first publication, the kind's planned stages and its late variants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.channel import Capabilities
from publisher.content.kinds.kind import Facts, Kind, Late
from publisher.rendering.edition import Operation

ANNOUNCE = "announce"
POSTPONED = "postponed"
"""The stage that a person walks when its time is put off: a page and a post that say so, in approved words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation at one stage, for the channels that take part."""

    stage: str
    operation: Operation
    channels: frozenset[str] | None = None
    """None for all that can do the operation."""

    def concerns(self, channel: str, capabilities: Capabilities) -> bool:
        """Whether `channel` takes part and its network can do it."""
        able = {"publish": True, "amend": capabilities.amends, "retract": capabilities.retracts}
        return able[self.operation] and (self.channels is None or channel in self.channels)


def steps(kind: Kind, facts: Facts, operation: Operation) -> Iterator[Step]:
    """The steps of a release, in order; a withdrawal has one, a correction those that are still to come too."""
    yield Step(ANNOUNCE, operation)
    if operation != "retract":
        yield from _planned(kind, facts)
    if operation == "publish":
        yield from _late(kind, facts)
    if operation != "retract" and kind.postponed_by:
        yield Step(POSTPONED, "publish")


def _planned(kind: Kind, facts: Facts) -> Iterator[Step]:
    for stage in kind.stages:
        if stage.at(facts) is not None:
            yield Step(stage.name, stage.operation, stage.channels)


def _late(kind: Kind, facts: Facts) -> Iterator[Step]:
    """First publications that say at once what is true by then; a stage that is ever true is so when it begins."""
    if kind.late is not Late.SEND_VARIANT or kind.stage_at is None:
        return
    begins = (stage.at(facts) for stage in kind.stages)
    names = (kind.stage_at(facts, moment) for moment in begins if moment is not None)
    for name in dict.fromkeys(names):
        if name not in (None, ANNOUNCE):
            yield Step(name, "publish")
