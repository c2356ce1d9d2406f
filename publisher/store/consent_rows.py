"""The queries about what readers agreed to, and about their codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, String, Text, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from publisher.mailing.consent import Consent, How
from publisher.mailing.intake.rows import Origin, Reader
from publisher.store import tables as t
from publisher.store.lists import listing
from publisher.store.tables.columns import microseconds

_LINE: Mapping[str, TypeEngine[Any]] = {
    "address_key": String(),
    "kinds": Text(),
    "origin": String(),
    "agreed_at": BigInteger(),
    "wording": String(),
}
KEY = t.subscriber.c.address_key


class ConsentRows:
    """Implements `publisher.mailing.consent.Transaction` and `publisher.mailing.codes.Transaction`."""

    connection: AsyncConnection

    async def save_consent(self, consent: Consent) -> None:
        line = insert(t.consent).values(
            subscriber_id=consent.subscriber_id,
            at=consent.at,
            act=consent.act,
            source=consent.source,
            wording=consent.wording,
            kinds=_listed(frozenset(consent.kinds)),
            network_hash=consent.network_hash,
        )
        await self.connection.execute(line)

    async def save_consents(self, readers: Mapping[str, Reader], how: How, at: datetime) -> None:
        lines = [(key, _listed(each.kinds), *_origin(each.origin)) for key, each in readers.items()]
        key, *said = listing(self.connection, _LINE, lines).c
        shared = (literal(at, t.UtcTime()), literal(how.act.value), literal(how.source.value))
        source = select(t.subscriber.c.id, *said, *shared).join_from(key.table, t.subscriber, key == KEY)
        columns = ["subscriber_id", *list(_LINE)[1:], "at", "act", "source"]
        await self.connection.execute(insert(t.consent).from_select(columns, source))

    async def save_code(self, subscriber_id: int, stored: str | None, at: datetime) -> None:
        theirs = update(t.subscriber).where(t.subscriber.c.id == subscriber_id)
        await self.connection.execute(theirs.values(anti_phishing_code=stored, updated_at=at))


@lru_cache(maxsize=1024)
def _listed(kinds: frozenset[str]) -> str:
    return " ".join(sorted(kinds))


def _origin(origin: Origin | None) -> tuple[str | None, int | None, str | None]:
    if origin is None:
        return None, None, None
    return origin.how, microseconds(origin.at) if origin.at else None, origin.wording
