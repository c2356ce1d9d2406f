"""How many readers each mailing of a release would have, for whoever approves it."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.mailing.audience import Asked
from publisher.mailing.drift import expect
from publisher.mailing.meant import SegmentGone
from publisher.mailing.transaction import Transaction
from publisher.registry import Registry
from publisher.release.approval import Refused
from publisher.release.expectation import Expected
from publisher.release.policy import policy_of
from publisher.release.prepare import Prepared
from publisher.transaction import Begin


async def counted(read: Begin[Transaction], registry: Registry, prepared: Prepared) -> Sequence[Expected]:
    """The readers there are now. For a snapshot that only reads: nobody who writes must wait for a count of millions.

    Raises Refused when the members of its segment are gone.
    """
    revision, policy = prepared.revision, policy_of(prepared.revision, prepared.form)
    asked = Asked(revision.announcement_id, 0, revision.audience, policy, revision.regions, prepared.snapshot_sha256)
    mails = [edition for edition in prepared.editions if registry[edition.channel].connect_mailing is not None]
    async with read() as tx:
        try:
            return await expect(tx, asked, [(edition, edition.payload.target) for edition in mails])
        except SegmentGone as gone:
            raise Refused(str(gone)) from gone
