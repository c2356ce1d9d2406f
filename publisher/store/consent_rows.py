"""The queries about what readers agreed to, and about their codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import String, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.mailing.consent import Consent, How
from publisher.store import tables as t
from publisher.store.lists import listing


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
            kinds=_listed(consent.kinds),
            network_hash=consent.network_hash,
        )
        await self.connection.execute(line)

    async def save_consents(self, kinds: Mapping[str, Collection[str]], how: How, at: datetime) -> None:
        lines = [(key, _listed(names)) for key, names in kinds.items()]
        wanted = listing(self.connection, {"address_key": String(), "kinds": String()}, lines)
        shared = (literal(at, t.UtcTime()), literal(how.act.value), literal(how.source.value))
        source = select(t.subscriber.c.id, wanted.c.kinds, *shared).join_from(
            wanted, t.subscriber, t.subscriber.c.address_key == wanted.c.address_key
        )
        columns = ["subscriber_id", "kinds", "at", "act", "source"]
        await self.connection.execute(insert(t.consent).from_select(columns, source))

    async def save_code(self, subscriber_id: int, stored: str | None, at: datetime) -> None:
        theirs = update(t.subscriber).where(t.subscriber.c.id == subscriber_id)
        await self.connection.execute(theirs.values(anti_phishing_code=stored, updated_at=at))


def _listed(kinds: Collection[str]) -> str:
    return " ".join(sorted(kinds))
