"""Which destinations may carry an announcement that is not for everywhere. Pure.

A destination that everybody there reads alike (a chat, an account) must be one whose readers are all admitted. Where
each reader's own region decides (mail, a website behind a gate) it is enough that some of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto

from publisher.channel import EVERYWHERE, Capabilities, Finding, Place, Regions, Severity, Target, listed
from publisher.content.kinds.region import CODES

SHOWN = 8
"""Codes that a message names."""


class Fit(Enum):
    """What a destination's jurisdictions mean for an announcement."""

    CARRIES = auto()
    UNKNOWN = auto()
    """Nobody knows where its readers are, so it is left out."""
    CONFLICT = auto()


def fit(regions: Regions, target: Target) -> Fit:
    """Whether `target` may carry what is for `regions`."""
    where = target.jurisdictions
    if not regions.restricted or (where is None and target.chooses):
        return Fit.CARRIES
    if where is None:
        return Fit.UNKNOWN
    in_reach = [regions.admits(code) for code in _codes(where)]
    return Fit.CARRIES if (any if target.chooses else all)(in_reach) else Fit.CONFLICT


def admitted(
    regions: Regions, targets: Sequence[Target], capabilities: Callable[[str], Capabilities]
) -> tuple[Sequence[Target], Sequence[Finding]]:
    """The targets that carry the announcement, and what is to be said of the others."""
    fits = {target.destination: (fit(regions, target), target) for target in targets}
    kept = [target for target in targets if fits[target.destination][0] is Fit.CARRIES]
    findings = [finding for how, target in fits.values() for finding in _said(regions, how, target, capabilities)]
    if targets and not kept and not any(finding.severity is Severity.ERROR for finding in findings):
        message = f"no destination is left: it is for {regions.said()}, and nobody knows where any of them has readers"
        fix = "Give the destinations their jurisdictions in publisher.toml, or name another set."
        findings.append(_finding("regions.nowhere", message, fix))
    return kept, findings


def _codes(where: Regions) -> Sequence[str]:
    return [code for code in sorted(CODES) if where.admits(code)]


def _said(regions: Regions, how: Fit, target: Target, capabilities: Callable[[str], Capabilities]) -> Iterable[Finding]:
    name = target.destination
    if how is Fit.CONFLICT:
        fix = f"Leave {name} out (name a set without it), or change `regions`."
        outside = listed(regions.outside(_codes(target.jurisdictions or EVERYWHERE)), SHOWN)
        message = f"{name} has readers in {outside}; the announcement is for {regions.said()}"
        yield _finding("regions.conflict", message, fix)
    elif how is Fit.UNKNOWN and not capabilities(target.channel).links_to_site:
        message = f"{name}, which everything else links to, would be left out: nobody knows where its readers are"
        fix = f"Set destinations.{name}.jurisdictions, or gated where an edge keeps readers out; see docs/regions.md."
        yield _finding("regions.unknown_site", message, fix)
    elif how is Fit.UNKNOWN:
        message = f"{name} is left out: the announcement is for {regions.said()} and nobody knows where its readers are"
        fix = f"Set destinations.{name}.jurisdictions in publisher.toml if it should carry it."
        yield _finding("regions.unknown", message, fix, Severity.WARNING)


def _finding(code: str, message: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, message, fix, severity, Place("announcement.toml"))
