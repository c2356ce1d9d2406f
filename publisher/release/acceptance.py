"""Warnings of lint that a person means: corrected, or accepted with a reason that stays in the release's history."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from publisher.channel import Finding, Severity
from publisher.release.approval import Refused
from publisher.release.lint.codes import CODES


def accepted(findings: Sequence[Finding], codes: Collection[str], reason: str) -> str:
    """Why the release may be submitted although lint warns, for its history; raises Refused when it may not."""
    warned = {finding.code for finding in findings if finding.severity is Severity.WARNING and finding.code in CODES}
    if unknown := sorted(set(codes) - warned):
        known = f"the warnings are {', '.join(sorted(warned))}" if warned else "lint warns of nothing"
        raise Refused(f"there is no warning {', '.join(unknown)} to accept: {known}")
    if left := sorted(warned - set(codes)):
        options = " ".join(f"--accept {code}" for code in left)
        raise Refused(f'lint warns: correct {", ".join(left)}, or submit with {options} --reason "..."')
    if codes and not reason.strip():
        raise Refused('say why the warnings are meant: --reason "..."')
    return f"submitted; accepted {', '.join(sorted(set(codes)))}: {reason.strip()}" if codes else "submitted"
