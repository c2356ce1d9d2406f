"""Editions -> hashes: what people approve is exactly this, and every later step recomputes it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from publisher.content.announcement import Revision
from publisher.release.policy import Policy
from publisher.release.release import FrozenEdition
from publisher.rendering.edition import Edition


@dataclass(frozen=True, slots=True)
class Frozen:
    """The hashes of a release: one over what all languages share, one per language, and a root over all."""

    common: str
    common_hash: str
    locale_hashes: Mapping[str, str]
    root_hash: str


def freeze(revision: Revision, policy: Policy, editions: Sequence[Edition], snapshot: str = "") -> Frozen:
    """The hashes of these editions; raises ValueError for an empty release.

    `snapshot` is the hash of the segment's members when the release is for a segment.
    """
    if not editions:
        raise ValueError("a release without editions; choose at least one destination")
    common = common_json(revision, policy, snapshot)
    locales = locale_hashes((e.locale, e.stage, e.operation, e.destination, e.payload.sha256) for e in editions)
    return Frozen(common, sha256(common), locales, root_hash(sha256(common), locales))


def common_json(revision: Revision, policy: Policy, snapshot: str = "") -> str:
    """Canonical JSON of facts, schedule, audience and policy. Targets and words stand in each language's payloads."""
    common = {"revision": json.loads(revision.shared_json()), "policy": json.loads(policy.to_json())}
    return _canonical({**common, "snapshot": snapshot} if snapshot else common)


def locale_hashes(rows: Iterable[tuple[str, str, str, str, str]]) -> Mapping[str, str]:
    """Locale -> hash over its editions; rows of (locale, stage, operation, destination, payload hash)."""
    by_locale: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for locale, *edition in rows:
        by_locale[locale].append((edition[0], edition[1], edition[2], edition[3]))
    return {locale: sha256(_canonical(sorted(by_locale[locale]))) for locale in sorted(by_locale)}


def root_hash(common_hash: str, locales: Mapping[str, str]) -> str:
    """The hash that stands for the whole release."""
    return sha256(_canonical([common_hash, locales]))


def stored_root(common: str, editions: Sequence[FrozenEdition]) -> str:
    """The root recomputed from what the store holds: every payload is hashed again, no stored hash is believed."""
    rows = ((e.locale, e.stage, e.operation, e.destination, sha256(e.payload)) for e in editions)
    return root_hash(sha256(common), locale_hashes(rows))


def sha256(text: str) -> str:
    """Hex digest of the UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
