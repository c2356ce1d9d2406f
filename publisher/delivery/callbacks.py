"""Keeps what a receiving system reports of a delivery."""

from __future__ import annotations

from datetime import datetime

import structlog

from publisher.channel import Callback
from publisher.delivery.transaction import Transaction

log = structlog.get_logger(__name__)


async def record(tx: Transaction, account: str, callback: Callback, at: datetime) -> bool:
    """False when no delivery of `account` has that receipt. A repeated report is kept once."""
    delivery_id = await tx.delivery_with_receipt(account, callback.receipt)
    if delivery_id is None:
        return False
    if await tx.save_callback(delivery_id, callback, at) and callback.failed:
        log.warning(
            "a receiving system reports failures", action="reported", delivery=delivery_id, told=callback.sentence
        )
    return True
