"""The last look before sending: is this what was approved, and is it still approved?"""

from __future__ import annotations

import json
from collections.abc import Mapping

from publisher.channel import Payload, Target
from publisher.release import coverage
from publisher.release.approval import lacking
from publisher.release.freeze import sha256, stored_root
from publisher.release.release import FrozenEdition, Release, Transaction

Targets = Mapping[tuple[str, str], Target]
"""(destination, locale) -> the target as configured now."""


async def refusal(tx: Transaction, release_id: int, edition_id: int, targets: Targets) -> str | None:
    """Why the edition must not be sent, in words for staff; None when everything holds."""
    release = await tx.release(release_id)
    edition = await tx.edition(edition_id)
    if edition.release_id != release_id or sha256(edition.payload) != edition.sha256:
        return "the stored edition is not the one that was approved: its hash differs"
    if stored_root(release.common, await tx.editions(release_id)) != release.root_hash:
        return "the stored release is not the one that was approved: its hash differs"
    if not _keeps_its_word(release):
        return "the stored release is not the one that was approved: its policy or audience differs"
    if moved := _moved(edition, targets):
        return moved
    if lost := await _lost_picture(tx, edition):
        return f"the stored picture {lost[:12]} is not the one that was approved: it is gone, or its hash differs"
    still = await lacking(tx, release)
    return f"approvals no longer hold: {coverage.sentence(still)}" if still else None


def _keeps_its_word(release: Release) -> bool:
    """Policy and audience are read from columns of their own; the hash covers their copy in `common`."""
    approved = json.loads(release.common)
    policy, audience = json.loads(release.policy.to_json()), release.audience
    return bool(approved["policy"] == policy and approved["revision"]["audience"] == audience)


async def _lost_picture(tx: Transaction, edition: FrozenEdition) -> str | None:
    parts = Payload.from_json(edition.payload).parts
    for name in dict.fromkeys(name for part in parts for name in part.picture_names):
        if await tx.picture(name) is None:
            return name
    return None


def _moved(edition: FrozenEdition, targets: Targets) -> str | None:
    configured = targets.get((edition.destination, edition.locale))
    if configured is None:
        return f"destination {edition.destination} ({edition.locale}) is no longer configured"
    approved = Payload.from_json(edition.payload).target
    if Payload(configured, ()).to_json() != Payload(approved, ()).to_json():
        return f"destination {edition.destination} was changed after the approval; submit again"
    return None
