"""An opaque unit of work. Steps extend it with the queries they need; only `store` knows what is inside."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Transaction(Protocol):
    """One database transaction: everything done through it is committed together or not at all."""


class Begin(Protocol[T_co]):
    """Opens a write transaction; leaving the block commits, an exception rolls back."""

    def __call__(self) -> AbstractAsyncContextManager[T_co]: ...
