"""Warnings of lint that a person means: corrected, or accepted with a reason that stays in the release's history."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from publisher.channel import Finding, Severity
from publisher.content.correction import Act, Correction
from publisher.release.approval import Refused
from publisher.release.lint.codes import CODES


def accepted(
    findings: Sequence[Finding], codes: Collection[str], reason: str, correction: Correction | None = None
) -> str:
    """Why the release may be submitted although lint warns, for its history; raises Refused when it may not.

    A retraction repeats the words of what is out: nothing in them is meant any more.
    """
    if correction is not None and correction.act is Act.RETRACT:
        return _corrected(correction, reason)
    warned = {finding.code for finding in findings if finding.severity is Severity.WARNING and finding.code in CODES}
    if unknown := sorted(set(codes) - warned):
        known = f"the warnings are {', '.join(sorted(warned))}" if warned else "lint warns of nothing"
        raise Refused(f"there is no warning {', '.join(unknown)} to accept: {known}")
    if left := sorted(warned - set(codes)):
        options = " ".join(f"--accept {code}" for code in left)
        raise Refused(f'lint warns: correct {", ".join(left)}, or submit with {options} --reason "..."')
    if codes and not reason.strip():
        raise Refused('say why the warnings are meant: --reason "..."')
    said = _corrected(correction, reason) if correction else "submitted"
    if not codes:
        return said
    meant = f"accepted {', '.join(sorted(set(codes)))}"
    return f"{said}; {meant}" if correction else f"{said}; {meant}: {reason.strip()}"


def _corrected(correction: Correction, reason: str) -> str:
    return f"{correction.act}, because {correction.because}: {reason.strip()}"
