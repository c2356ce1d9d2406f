"""Digests, wired: the press of the destination that sends them, and what the clock does about them."""

from __future__ import annotations

from datetime import date

import structlog

from publisher.app import App
from publisher.mailing.addresses import address_key
from publisher.mailing.digests import runs
from publisher.mailing.digests.press import NotApproved, Press
from publisher.mailing.ledger import VerifyDigest
from publisher.mailing.transaction import Batch, Transaction
from publisher.rendering.digest import layout_hash
from publisher.store.transaction import SqlTransaction

log = structlog.get_logger(__name__)


def press_of(app: App) -> Press | None:
    """None where no destination sends digests."""
    name = app.settings.digests.destination
    if not name:
        return None
    targets = app.destinations.all_targets()
    theirs = {locale: targets[name, locale] for locale in app.settings.destinations[name].locales}
    return Press(
        theirs,
        app.kinds,
        app.renderer.digest,
        app.outlet.url,
        layout_hash(app.templates),
        app.settings.digests.window,
    )


class DigestClock:
    """Starts the digests whose hour has come; says once why they cannot be."""

    def __init__(self, app: App) -> None:
        self._app, self._press, self._told = app, press_of(app), ""

    async def look(self) -> int | None:
        """The run that was started."""
        if self._press is None:
            return None
        store, now = self._app.store, self._app.clock.now()
        try:
            run = await runs.run_due(store.begin, store.read, self._press, now)
            self._told = ""
        except NotApproved as error:
            if str(error) != self._told:
                log.critical("digests stand still", action="digests_refused", reason=str(error))
            self._told = str(error)
            return None
        return run


def verifying_digests(app: App) -> VerifyDigest:
    """The last look before a batch of digests is sent."""
    press = press_of(app)

    async def refusal(tx: Transaction, batch: Batch) -> str | None:
        if press is None:
            return "no destination sends digests any more; see [digests] in publisher.toml"
        return await runs.refusal(_whole(tx), batch, press)

    return refusal


def _whole(tx: Transaction) -> SqlTransaction:
    """The store's one transaction answers every step."""
    assert isinstance(tx, SqlTransaction)
    return tx


async def preview(app: App, address: str, day: date | None) -> runs.Preview | None:
    """What a reader would get on a day, today when it is None; raises LookupError, NotApproved."""
    press = press_of(app)
    if press is None:
        raise LookupError("no destination sends digests; name it in [digests] of publisher.toml")
    async with app.store.read() as tx:
        found = await tx.subscribers_by_key([address_key(address)])
        if not found:
            raise LookupError(f"{address} is no active subscriber")
        (reader,) = found.values()
        try:
            return await runs.preview(tx, press, reader.id, day, app.clock.now())
        except LookupError as error:
            raise LookupError(f"{address} {error}") from error
