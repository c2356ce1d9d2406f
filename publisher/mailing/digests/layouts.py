"""The layout of digests is approved once, as a version: whoever changes a template or a fixed word must ask again."""

from __future__ import annotations

from datetime import datetime

from publisher.content.kinds.kind import REVIEWERS
from publisher.mailing.digests.transaction import Transaction
from publisher.release.approval import Refused
from publisher.release.release import Person

SHORTEST = 12
"""Digits of the hash that a person must give."""


async def approve(tx: Transaction, person: Person, seen: str, layout: str, at: datetime) -> None:
    """Approves the layout whose hash begins with `seen`; raises Refused."""
    if REVIEWERS not in person.groups:
        raise Refused(f"the layout of digests is approved by one of {REVIEWERS}; {person.name} is not")
    if len(seen) < SHORTEST or not layout.startswith(seen.lower()):
        raise Refused(
            f"the layout now is {layout[:SHORTEST]}; look at it with publisher digest preview, then give that"
        )
    if not await tx.approve_layout(layout, person.name, at):
        raise Refused(f"the layout {layout[:SHORTEST]} is approved already")
