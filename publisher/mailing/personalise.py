"""What differs from reader to reader: the values of the slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

import structlog

from publisher.channel import Addressee, Payload, Retry
from publisher.content.kinds.kind import MailClass
from publisher.encryption import CannotDecrypt, Encryption
from publisher.mailing.codes import shown
from publisher.mailing.results import Answer
from publisher.mailing.tokens import Grant, MessageIds, Purpose, Tokens
from publisher.mailing.transaction import Mailing, Recipient

log = structlog.get_logger(__name__)

LOOK_AGAIN = 300.0
"""Seconds after which somebody whose code cannot be read is tried again: the key may be back."""


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of the pages that act for one reader."""

    site_url: str
    tokens: Tokens

    def unsubscribe(self, person_id: int, mail_class: MailClass, at: datetime, *, member: bool = False) -> str:
        """`at` begins the two years in which the link acts."""
        return self._link("u", Grant(Purpose.UNSUBSCRIBE, person_id, mail_class, member), at)

    def preferences(self, person_id: int, mail_class: MailClass, at: datetime) -> str:
        return self._link("p", Grant(Purpose.PREFERENCES, person_id, mail_class), at)

    def _link(self, page: str, grant: Grant, at: datetime) -> str:
        return f"{self.site_url}/{page}/{self.tokens.seal(grant, at)}"


@dataclass(frozen=True, slots=True)
class Personaliser:
    """Makes the addressees of one mailing."""

    links: Links
    message_ids: MessageIds
    encryption: Encryption

    def addressees(
        self, mailing: Mailing, payload: Payload, shared: Mapping[str, str], group: Sequence[Recipient], now: datetime
    ) -> tuple[Sequence[Addressee], Sequence[Answer]]:
        """Those who can be sent to, and an answer for each who cannot. `shared`: the slots that the release knows
        (reference, url, published_at).
        """
        domain = payload.target.address.rpartition("@")[2]
        edition = {**shared, "date": format_datetime(now)}
        ready, others = [], []
        for each in group:
            try:
                ready.append(Addressee(each.id, each.address, {**edition, **self._own(mailing, each, domain, now)}))
            except CannotDecrypt as error:
                # A mail without the code that its reader chose would pass for a fake.
                log.error("a reader's code cannot be read", action="code_unreadable", id=each.id, reason=str(error))
                others.append(Answer(each, Retry(str(error), after=LOOK_AGAIN)))
        return ready, others

    def _own(self, mailing: Mailing, recipient: Recipient, domain: str, now: datetime) -> Mapping[str, str]:
        # A member's row is deleted with its snapshot; the message they got stays, and says where it went.
        member = mailing.segment_id is not None
        person = recipient.id if member else recipient.person_id
        links, mail_class = self.links, mailing.mail_class
        unsubscribe = links.unsubscribe(person, mail_class, now, member=member)
        return {
            "message_id": self.message_ids.of(mailing.id, recipient.id, domain),
            "recipient.address": recipient.address,
            "recipient.anti_phishing_code": shown(self.encryption, recipient.code),
            "recipient.unsubscribe_url": unsubscribe,
            # Who never subscribed has no preferences; what they can choose is what to stop.
            "recipient.preferences_url": unsubscribe if member else links.preferences(person, mail_class, now),
        }
