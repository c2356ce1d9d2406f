"""What a release does to an announcement that is out: it amends, corrects or retracts it, and readers are told why.

The reasons are a closed list, worded in every language before they are needed: whoever has to correct a wrong address
must not wait for six translations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What is done to what readers have."""

    AMEND = "amend"
    """Nothing was wrong: there is more to say."""
    CORRECT = "correct"
    """Something was wrong."""
    RETRACT = "retract"
    """None of it holds."""


REASONS: Mapping[Act, Sequence[str]] = {
    Act.AMEND: ("news", "details"),
    Act.CORRECT: ("wrong_address", "wrong_time", "wrong_amount", "wrong_text"),
    Act.RETRACT: ("mistake", "not_taking_place", "wrong"),
}
"""For each act the reasons that there are words for: `because.<reason>` in templates/locale."""

DANGEROUS = frozenset({"wrong_address", "wrong_time", "wrong_amount"})
"""Whoever acts on what was wrong loses something: such a correction is told where an edit would go unnoticed."""


class UnknownReason(ValueError):
    """A reason that nobody has put into words; the message names those there are."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Part of what is approved: another reason, or another severity, is another release."""

    act: Act
    because: str
    dangerous: bool = False
    """Its severity: told by new posts and at once by mail, not by edits alone."""
    mails: bool = True
    """Whether those who got the first copy are sent this one."""

    @classmethod
    def of(cls, act: Act, because: str, *, dangerous: bool = False, mails: bool = True) -> Correction:
        """Raises UnknownReason. A wrong address, time or amount is dangerous whatever is said; what was wrong is
        always mailed to those who have it.
        """
        if because not in REASONS[act]:
            raise UnknownReason(f"{because!r} is no reason to {act}; the reasons are {', '.join(REASONS[act])}")
        dangerous = act is Act.CORRECT and (dangerous or because in DANGEROUS)
        return cls(act, because, dangerous, mails or act is not Act.AMEND)

    def to_json(self) -> Mapping[str, object]:
        return {"act": self.act, "because": self.because, "dangerous": self.dangerous, "mails": self.mails}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Correction:
        """The inverse of `to_json`."""
        return cls(Act(str(data["act"])), str(data["because"]), bool(data["dangerous"]), bool(data["mails"]))
