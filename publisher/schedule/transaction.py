"""The queries that the schedule step needs of a transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from publisher import transaction


class Transaction(transaction.Transaction, Protocol):
    """The one row by which all processes of a workspace move their clock."""

    async def clock_offset(self) -> timedelta:
        """Zero when nobody moved it."""

    async def set_clock_offset(self, offset: timedelta) -> None: ...
