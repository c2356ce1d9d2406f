"""The one transaction that answers the queries of every step, and the store that opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.mailing.transaction import Entered, Entry
from publisher.store.coming_rows import ComingRows
from publisher.store.consent_rows import ConsentRows
from publisher.store.control_rows import ControlRows
from publisher.store.database import Database, again_when_busy
from publisher.store.delivery_rows import DeliveryRows
from publisher.store.digest_rows import DigestRows
from publisher.store.disclosure_rows import DisclosureRows
from publisher.store.encrypted_rows import EncryptedRows
from publisher.store.expectation_rows import ExpectationRows
from publisher.store.export_rows import ExportRows
from publisher.store.group_rows import entering
from publisher.store.letter_rows import LetterRows
from publisher.store.member_rows import MemberRows
from publisher.store.pin_rows import PinRows
from publisher.store.planned_rows import PlannedRows
from publisher.store.preference_rows import PreferenceRows
from publisher.store.preflight_rows import PreflightRows
from publisher.store.release_rows import ReleaseRows
from publisher.store.review_rows import ReviewRows
from publisher.store.schedule_rows import ScheduleRows
from publisher.store.search_rows import SearchRows
from publisher.store.segment_rows import SegmentRows
from publisher.store.signature_rows import SignatureRows
from publisher.store.similar_rows import SimilarRows
from publisher.store.standing_rows import StandingRows
from publisher.store.status_rows import StatusRows
from publisher.store.subscriber_rows import SubscriberRows
from publisher.store.zone_rows import ZoneRows

T = TypeVar("T")


class SqlTransaction(
    ReleaseRows,
    SignatureRows,
    SimilarRows,
    StandingRows,
    DeliveryRows,
    LetterRows,
    PinRows,
    ComingRows,
    PlannedRows,
    PreferenceRows,
    PreflightRows,
    ReviewRows,
    ScheduleRows,
    ControlRows,
    DigestRows,
    MemberRows,
    SubscriberRows,
    ExportRows,
    SegmentRows,
    ExpectationRows,
    ConsentRows,
    DisclosureRows,
    EncryptedRows,
    StatusRows,
    ZoneRows,
    SearchRows,
):
    """Everything a step can ask of the store, inside one database transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection


class Store:
    """Opens transactions on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        """A write transaction; a `Begin[SqlTransaction]`. Waits for other writers as `Database.write` does."""
        async with self.database.write() as connection:
            yield SqlTransaction(connection)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[SqlTransaction]:
        """`begin` for what is short: may be committed together with others, see `Database.write_together`."""
        async with self.database.write_together() as connection:
            yield SqlTransaction(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """A snapshot for looking only; a write through it is an error of the database."""
        async with self.database.read() as connection:
            yield SqlTransaction(connection)

    async def enter(self, entries: Sequence[Entry]) -> Sequence[Entered]:
        """`Transaction.enter` as a transaction of its own; an `Enter`."""
        return await self.database.run(entering(entries, self.database.dialect))

    async def run(self, work: Callable[[SqlTransaction], Awaitable[T]]) -> T:
        """`work` in a write transaction, the whole of it repeated when the database is busy.

        For writers that meet contention (an import beside a mailing); `work` must have no effect outside.
        """

        async def once() -> T:
            async with self.begin() as tx:
                return await work(tx)

        return await again_when_busy(once)
