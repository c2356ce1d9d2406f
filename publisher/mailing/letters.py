"""Sends letters: the intent is stored before the relay hears of it, so that no letter goes out twice by itself."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Protocol

import structlog

from publisher import transaction
from publisher.channel import Addressee, MailingChannel, Outcome, Payload, Retry, Unconfirmed
from publisher.content.kinds.kind import MailClass
from publisher.delivery.failure import place
from publisher.delivery.gate import KILL_SWITCH, account_stop, target_stop
from publisher.delivery.transaction import Stop
from publisher.encryption import CannotDecrypt, Encryption
from publisher.mailing.codes import shown
from publisher.mailing.personalise import Links
from publisher.mailing.results import Answer, result
from publisher.mailing.signing_up import Purpose, hash_of_token
from publisher.mailing.tokens import MessageIds
from publisher.mailing.transaction import Recipient, Result
from publisher.transaction import Begin

log = structlog.get_logger(__name__)

GROUP = 50
"""Letters on their way at once."""
PATIENCE = timedelta(hours=24)
"""How long after it was asked for a letter may still go out."""


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter about to be sent."""

    id: int
    purpose: Purpose
    locale: str
    recipient: Recipient
    asked_at: datetime


class Transaction(transaction.Transaction, Protocol):
    """The queries about letters on their way."""

    async def stops(self, names: Collection[str]) -> Sequence[Stop]: ...

    async def due_letters(self, now: datetime, limit: int) -> Sequence[DueLetter]: ...

    async def begin_letters(self, token_hashes: Mapping[int, str], at: datetime) -> None:
        """The intent, with the hash of each letter's link."""

    async def save_letters(self, results: Sequence[Result], at: datetime) -> None: ...

    async def expire_letters(self, asked_before: datetime, at: datetime) -> None:
        """Those that could not be sent in time."""

    async def doubt_letters(self, at: datetime) -> int:
        """Those that a worker which is gone had begun: nobody can tell whether they were sent; how many."""


@dataclass(frozen=True)
class Post:
    """Sends the letters of one workspace."""

    begin: Begin[Transaction]
    payload: Callable[[Purpose, str], Payload]
    """The letter for a purpose in a language."""
    channel: Callable[[str], MailingChannel]
    links: Links
    message_ids: MessageIds
    encryption: Encryption = field(repr=False)
    now: Callable[[], datetime]

    async def send_due(self) -> int:
        """Sends what is due, a group at most; how many letters were tried."""
        now, tokens = self.now(), dict[int, str]()
        target = self.payload(Purpose.CONFIRM, "").target
        async with self.begin() as tx:
            await tx.expire_letters(now - PATIENCE, now)
            if await tx.stops([KILL_SWITCH, target_stop(target.destination), account_stop(target.account)]):
                return 0
            letters = await tx.due_letters(now, GROUP)
            tokens = {letter.id: secrets.token_urlsafe(32) for letter in letters}
            await tx.begin_letters({id: hash_of_token(token) for id, token in tokens.items()}, now)
        for purpose, locale in dict.fromkeys((letter.purpose, letter.locale) for letter in letters):
            same = [letter for letter in letters if (letter.purpose, letter.locale) == (purpose, locale)]
            await self._send(self.payload(purpose, locale), same, tokens)
        return len(letters)

    async def _send(self, payload: Payload, letters: Sequence[DueLetter], tokens: Mapping[int, str]) -> None:
        outcomes: dict[int, Outcome] = {}
        addressees = [each for letter in letters if (each := self._addressee(payload, letter, tokens, outcomes))]
        try:
            channel = self.channel(payload.target.account)
        except Exception as error:  # an SDK may fail in any way while it is imported
            retry = Retry(f"account {payload.target.account} cannot be connected: {place(error)}", scope="account")
            outcomes |= {each.recipient_id: retry for each in addressees}
        else:
            try:
                # Somebody sits there and waits for it: not behind a mailing to a million.
                await self._collect(channel.send_group(payload, addressees, urgent=True), outcomes)
            except asyncio.CancelledError:
                await self._surely(letters, outcomes)
                raise
        await self._surely(letters, outcomes)

    async def _surely(self, letters: Sequence[DueLetter], outcomes: Mapping[int, Outcome]) -> None:
        """Stored even if we are cancelled meanwhile: else what the relay took would be in doubt."""
        saving = asyncio.ensure_future(self._save(letters, outcomes))
        try:
            await asyncio.shield(saving)
        except asyncio.CancelledError:
            await saving
            raise

    async def _save(self, letters: Sequence[DueLetter], outcomes: Mapping[int, Outcome]) -> None:
        now = self.now()
        async with self.begin() as tx:
            await tx.save_letters([_result(letter, outcomes, now) for letter in letters], now)

    async def _collect(self, sending: AsyncIterator[tuple[int, Outcome]], outcomes: dict[int, Outcome]) -> None:
        try:
            async for letter_id, outcome in sending:
                outcomes[letter_id] = outcome
        except Exception as error:  # a channel must not raise; its message may hold a secret
            log.error("a channel failed with letters", action="letters_failed", error=place(error))

    def _addressee(
        self, payload: Payload, letter: DueLetter, tokens: Mapping[int, str], outcomes: dict[int, Outcome]
    ) -> Addressee | None:
        """None, and an outcome, for whom cannot be written to."""
        now, domain = self.now(), payload.target.address.rpartition("@")[2]
        page = {Purpose.CONFIRM: "c", Purpose.LINK: "p"}[letter.purpose]
        try:
            code = shown(self.encryption, letter.recipient.code)
        except CannotDecrypt as error:
            log.error("a reader's code cannot be read", action="code_unreadable", letter=letter.id, reason=str(error))
            outcomes[letter.id] = Retry(str(error))
            return None
        slots = {
            "date": format_datetime(now),
            "message_id": self.message_ids.of(0, letter.id, domain),  # mailings are numbered from 1
            "recipient.address": letter.recipient.address,
            "recipient.letter_url": f"{self.links.site_url}/{page}/{tokens[letter.id]}",
            "recipient.unsubscribe_url": self.links.unsubscribe(letter.recipient.person_id, MailClass.SERVICE, now),
            "recipient.anti_phishing_code": code,
        }
        return Addressee(letter.id, letter.recipient.address, slots)


def _result(letter: DueLetter, outcomes: Mapping[int, Outcome], now: datetime) -> Result:
    outcome = outcomes.get(letter.id, Unconfirmed("the channel gave no answer"))
    jitter = random.random()  # noqa: S311 - not a secret
    return result(Answer(letter.recipient, outcome), now, letter.asked_at + PATIENCE, jitter)
