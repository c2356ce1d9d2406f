"""What the steps ask of an engine: run this work, in this lane, not before that time.

Our tables are the truth; an engine only decides when a handler is called. A handler that is called for work that is
not due, already done or held by somebody else does nothing, so an engine may call too often but never too rarely.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

from publisher import transaction

T_contra = TypeVar("T_contra", bound=transaction.Transaction, contravariant=True)


class Lane(StrEnum):
    """Work of one lane never waits for work of another."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


class Entity(StrEnum):
    """The table whose row is the work."""

    DELIVERY = "delivery"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Work:
    """One row to be taken further."""

    entity: Entity
    id: int


Handler: TypeAlias = Callable[[Work], Awaitable[None]]

LANES: Mapping[Lane, int] = {Lane.URGENT: 16, Lane.NORMAL: 64, Lane.BULK: 8}
"""How much work of each lane runs at once, reserved for it."""


class Engine(Protocol[T_contra]):
    """Calls a handler for work whose time has come."""

    async def submit(self, tx: T_contra, work: Work, lane: Lane, run_at: datetime) -> None:
        """In the transaction that creates the work, so that neither exists without the other."""

    async def cancel(self, tx: T_contra, work: Work) -> None:
        """The work need not be run any more."""

    async def run(self, handler: Handler, lanes: Mapping[Lane, int] = LANES) -> None:
        """Until `drain` or `close`."""

    async def drain(self) -> None:
        """Starts nothing more, returns when what is in flight has finished or its grace is over."""

    async def close(self) -> None:
        """Drains and lets go of everything."""
