"""Shortly before a release goes out: is everything in place? Sends and stops nothing; what fails is an alarm."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from publisher.channel import Finding, Payload, Preflighting, Target
from publisher.delivery.connections import Connections
from publisher.delivery.failure import place
from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
from publisher.delivery.publish import ANNOUNCE
from publisher.delivery.transaction import Preflight, Transaction
from publisher.release import verify
from publisher.release.release import FrozenEdition, Release
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

PATIENCE = 20.0
"""Seconds that one place may take to answer."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a preflight stands on."""

    begin: Begin[Transaction]
    read: Begin[Transaction]
    connections: Connections
    targets: verify.Targets
    machine: Callable[[], Sequence[Finding]]
    """What is wrong with this machine."""
    mail: Callable[[Transaction, Release], Awaitable[Sequence[Finding]]]
    """What keeps a release's mail from being there in time."""
    clock: Clock


async def run_due(ground: Ground, lead: timedelta) -> int:
    """Looks once at every release that goes out within `lead`; how many. One that was cut off is looked at again."""
    now = ground.clock.now()
    async with ground.read() as tx:
        due = await tx.due_preflights(now, now + lead)
    for release_id in due:
        await run(ground, release_id)
    return len(due)


async def run(ground: Ground, release_id: int) -> Preflight:
    """The findings, kept in the place of those of an earlier look at the same hour; raises LookupError."""
    async with ground.read() as tx:
        release = await tx.release(release_id)
        editions = [edition for edition in await tx.editions(release_id) if edition.stage == ANNOUNCE]
        targets = list(_targets(editions))
        found = [*await _approved(tx, editions, ground.targets), *await _stopped(tx, targets)]
        found += await ground.mail(tx, release)
    found += [*ground.machine(), *await _places(ground.connections, targets)]
    done = Preflight(release_id, release.publish_at, ground.clock.now(), tuple(dict.fromkeys(found)))
    async with ground.begin() as tx:
        await tx.save_preflight(done)
    if done.findings:
        said = "; ".join(finding.message for finding in done.findings)
        log.critical("not ready", action="preflight_failed", release=release_id, findings=len(found), reason=said)
    else:
        log.info("ready", action="preflight_passed", release=release_id)
    return done


def _targets(editions: Iterable[FrozenEdition]) -> Iterable[Target]:
    for edition in editions:
        try:
            yield Payload.from_json(edition.payload).target
        except (ValueError, KeyError, TypeError):
            continue  # its hash cannot be right: that is found, and said, by the look at the approvals


async def _approved(tx: Transaction, editions: Sequence[FrozenEdition], targets: verify.Targets) -> Sequence[Finding]:
    """Hashes, approvals, and destinations as they were approved: the very look that comes before each send."""
    fix = "Find out who changed what; submit it again, or let it be approved."
    reasons = [(e, await verify.refusal(tx, e.release_id, e.id, targets)) for e in editions]
    return [Finding("release.refused", reason, fix) for _, reason in reasons if reason]


async def _stopped(tx: Transaction, targets: Sequence[Target]) -> Sequence[Finding]:
    names = {KILL_SWITCH}
    for target in targets:
        names |= {target_stop(target.destination), account_stop(target.account)}
    return [
        Finding("stopped", f"{stop.name} is stopped by {stop.actor}: {stop.reason}", "Let it go on with: publisher go.")
        for stop in await tx.stops(sorted(names))
    ]


async def _places(connections: Connections, targets: Sequence[Target]) -> Sequence[Finding]:
    """Every place once, whatever its languages; accounts at the same time, the places of one after each other."""
    by_account: Mapping[str, dict[str, Target]] = defaultdict(dict)
    for target in targets:
        options = json.dumps(dict(target.options), sort_keys=True)
        by_account[target.account].setdefault(f"{target.address} {options}", target)
    looks = [_account(connections, list(places.values())) for places in by_account.values()]
    return [finding for found in await asyncio.gather(*looks) for finding in found]


async def _account(connections: Connections, targets: Sequence[Target]) -> Sequence[Finding]:
    return [finding for target in targets for finding in await _place(connections, target)]


async def _place(connections: Connections, target: Target) -> Sequence[Finding]:
    fix = "Mend the account, then: publisher preflight."
    try:
        mails = connections.fans_out(target.channel)
        adapter = connections.mailing(target.account) if mails else connections.posting(target.account)
    except Exception as error:  # an SDK may fail in any way while it is imported
        message = f"account {target.account} cannot be connected: {place(error)}"
        return [Finding("account.unconnected", message, fix, about=target.destination)]
    if not isinstance(adapter, Preflighting):
        return []
    try:
        async with asyncio.timeout(PATIENCE):
            found = await adapter.preflight(target)
    except TimeoutError:
        found = [Finding("place.silent", f"no answer within {PATIENCE:.0f} s", fix)]
    except Exception as error:  # a channel must not raise; that it did is worth a finding, not the end of the look
        found = [Finding("place.failed", f"channel {target.channel} failed: {place(error)}", fix)]
    return [replace(finding, about=target.destination) for finding in found]
