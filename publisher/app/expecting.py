"""How many readers each mailing of a release would have, for whoever approves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from publisher.content.announcement import Revision
from publisher.mailing.audience import Asked
from publisher.mailing.drift import expect
from publisher.mailing.meant import SegmentGone
from publisher.mailing.transaction import Transaction
from publisher.registry import Registry
from publisher.release.approval import Refused
from publisher.release.expectation import Expected
from publisher.release.policy import policy_of
from publisher.release.prepare import Prepared
from publisher.rendering.edition import DIGEST
from publisher.transaction import Begin


def refuse_late(expected: Sequence[Expected], revision: Revision, rate: float | None) -> None:
    """Raises Refused when the last reader would get the mail after the event has started, at `rate` messages a second.

    What is urgent goes out all the same: late is better than never.
    """
    starts = _starts_at(revision)
    readers = sum(each.readers for each in expected)
    if rate is None or starts is None or revision.kind.urgent or revision.schedule.at >= starts:
        return
    done = revision.schedule.at + timedelta(seconds=readers / rate)
    if done > starts:
        late = f"mail to {readers:,} readers would go out until {done:%Y-%m-%d %H:%M} UTC at {rate:g} a second"
        fix = "publish earlier, narrow the audience, or correct mailing.rate in publisher.toml"
        raise Refused(f"{late}, and it is about {starts:%Y-%m-%d %H:%M} UTC; {fix}")


def _starts_at(revision: Revision) -> datetime | None:
    """The instant that it is about, when it has one."""
    moment, facts = revision.kind.moment, revision.facts
    if moment is not None:
        return moment(facts)
    named = getattr(facts, "starts_at", None)
    return named if isinstance(named, datetime) else None


async def counted(read: Begin[Transaction], registry: Registry, prepared: Prepared) -> Sequence[Expected]:
    """The readers there are now. For a snapshot that only reads: nobody who writes must wait for a count of millions.

    Raises Refused when the members of its segment are gone.
    """
    revision, policy = prepared.revision, policy_of(prepared.revision, prepared.form, prepared.correction)
    asked = Asked(revision.announcement_id, 0, revision.audience, policy, revision.regions, prepared.snapshot_sha256)
    mails = [
        edition
        for edition in prepared.editions
        if edition.operation != DIGEST and registry[edition.channel].connect_mailing is not None
    ]
    async with read() as tx:
        try:
            return await expect(tx, asked, [(edition, edition.payload.target) for edition in mails])
        except SegmentGone as gone:
            raise Refused(str(gone)) from gone
