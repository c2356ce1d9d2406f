"""Sends one edition to many readers: fill, sign, transmit, each reader in a transaction of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import lru_cache
from itertools import count

from channels.email.dkim import Signer
from channels.email.lane import Lane, Mail, Round
from channels.email.message import MalformedTemplateError, Template
from channels.email.options import ADDRESS, Account
from channels.email.pool import Pool
from channels.email.verdicts import Stage, verdict
from publisher.channel import (
    Addressee,
    Delivered,
    Finding,
    Outcome,
    Payload,
    Rejected,
    Retry,
    Target,
)

EDITIONS = 8
"""Messages that are kept split between two groups of their readers; to split one costs as much as to fill 25."""


class Mailer:
    """The MailingChannel of one account. Making it raises ValueError for a key or a `ca_file` that is unusable."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._signer = Signer.load(account.dkim) if account.dkim else None
        self._pool = Pool(account, account.connections)
        self._urgent = Pool(account, account.urgent_connections)
        self._ranks = count(1)
        self._templates = lru_cache(EDITIONS)(Template)

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        """See MailingChannel. `group` is read as connections become free.

        A Retry that concerns the account answers for every reader not yet begun: the relay is not asked again for
        each. Leaving the iterator early cuts what is under way; those readers have no outcome and are in doubt.
        """
        mail = self._mail(payload)
        rank = 0 if urgent else next(self._ranks)
        round = Round(iter(group), mail, rank)
        # A relay may allow no further connections: then urgent mail goes first on those that there are.
        pools = [self._urgent, self._pool] if urgent else [self._pool]
        width = self._account.urgent_connections if urgent else self._account.connections
        lanes = [asyncio.create_task(Lane(round, pools).run()) for _ in range(width)]
        over = asyncio.gather(*lanes)
        over.add_done_callback(lambda _: round.told.put_nowait(None))
        try:
            while told := await round.told.get():
                yield told
            await over
        finally:
            over.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def close(self) -> None:
        await self._pool.close()
        await self._urgent.close()

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether the relay lets us in (EHLO, STARTTLS, AUTH), and whether there is a key to sign with."""
        findings = []
        if self._signer is None and target.options.get("dkim", True):
            fix = "Set the account's dkim, or dkim = false for the destination if the relay signs."
            findings.append(Finding("email.dkim", "the account has no key to sign mail with", fix))
        try:
            await self._pool.try_out()
        except Exception as error:  # aiosmtplib's, ssl's, the wire's: whatever keeps a connection from being opened
            outcome = verdict(error, Stage.CONNECT)
            reason = str(error) if isinstance(outcome, Delivered) else outcome.reason
            findings.append(
                Finding("email.preflight", reason, "Mend the relay or the account, then: publisher preflight.")
            )
        return findings

    def _mail(self, payload: Payload) -> Mail | Outcome:
        """What is sent, or the outcome for everybody when it cannot be."""
        content = payload.parts[0].content
        sender = str(content["envelope_sender"]) or self._account.envelope_sender or payload.target.address
        if not re.fullmatch(ADDRESS, sender):
            return Rejected(f"{sender!r} cannot be an envelope sender; set one for the destination or the account")
        try:
            template = self._templates(str(content["message"]))
        except MalformedTemplateError as error:
            return Rejected(f"the edition is not a mail we composed: {error}")
        if template.signed and self._signer is None:
            reason = "the account has no DKIM key: set its dkim, or dkim = false for the destination if the relay signs"
            return Retry(reason, scope="account")
        return Mail(template, sender, self._signer)
