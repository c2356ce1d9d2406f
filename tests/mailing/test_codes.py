"""A code that a reader chose is stored so that only the key and their own row open it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from publisher.encryption import CannotDecrypt, Encryption
from publisher.mailing.codes import CodeError, StoredCode, choose_code, read_code, shown
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import subscribe

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
ENCRYPTION = Encryption([b"k" * 32])


async def stored(store: Store) -> list[tuple[int, str | None]]:
    async with store.read() as tx:
        query = select(t.subscriber.c.id, t.subscriber.c.anti_phishing_code).order_by(t.subscriber.c.id)
        return [(row[0], row[1]) for row in (await tx.connection.execute(query)).all()]


async def test_a_code_is_stored_encrypted_and_taken_away(store: Store) -> None:
    await subscribe(store, 2)
    (one, _), (two, _) = await stored(store)

    await store.run(lambda tx: choose_code(tx, ENCRYPTION, one, "Canary42", AT))

    (_, first), other = await stored(store)
    assert first is not None
    assert "Canary42" not in first
    assert other == (two, None)
    assert (shown(ENCRYPTION, StoredCode(one, first)), shown(ENCRYPTION, None)) == ("Canary42", "-")
    with pytest.raises(CannotDecrypt):
        shown(ENCRYPTION, StoredCode(two, first))

    await store.run(lambda tx: choose_code(tx, ENCRYPTION, one, None, AT))
    assert (await stored(store))[0] == (one, None)


@pytest.mark.parametrize("text", ["abcd", " 12345678 ", "A" * 32])
def test_codes_that_can_be_chosen(text: str) -> None:
    assert read_code(text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "-", "abc", "A" * 33, "with blank", "naïve", "<b>1</b>", "code\r\nBcc", "１２３４５"]
)
def test_codes_that_cannot(text: str) -> None:
    with pytest.raises(CodeError, match="4 to 32 letters") as raised:
        read_code(text)
    assert not text or len(text) < 4 or text not in str(raised.value)
