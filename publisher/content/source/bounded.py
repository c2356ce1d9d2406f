"""A few findings of a kind instead of thousands: nobody reads the second thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from publisher.channel import Finding

MOST = 20
"""Findings of one code in one file; the last of them tells how many there are."""


def bounded(findings: Iterable[Finding]) -> Sequence[Finding]:
    """At most `MOST` of a code in a file, none twice, in order."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in dict.fromkeys(findings):
        groups[finding.code, finding.place.file if finding.place else ""].append(finding)
    return [finding for group in groups.values() for finding in _first(group)]


def _first(group: Sequence[Finding]) -> Sequence[Finding]:
    more = len(group) - MOST
    if more <= 0:
        return group
    last = group[MOST - 1]
    return [*group[: MOST - 1], replace(last, message=f"{last.message} (and {more} more like it)")]
