"""What came of a send: a closed union, matched in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Receipt:
    """What proves a sent part: the network's ids (message ids, post ids) and a public URL where there is one."""

    part: str
    ids: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The network has it. `rest`: seconds the account must now be left alone (from the network's headers)."""

    receipt: Receipt
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Certainly not sent; may be tried again, not before `after` seconds when the network said so."""

    reason: str
    after: float | None = None
    scope: Literal["target", "domain", "account"] = "target"
    """Who must wait: this target, every reader of the same mailbox provider (mail only), or everything sent through
    the account."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Certainly not sent and will never be; `disable_target`: neither will anything else to this target."""

    reason: str
    disable_target: bool = False


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """May have been sent: nobody can tell. Never tried again blindly."""

    reason: str


Outcome: TypeAlias = Delivered | Retry | Rejected | Unconfirmed


@dataclass(frozen=True, slots=True)
class Absent:
    """The network was read back and does not have it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The network could not be read back."""

    reason: str
