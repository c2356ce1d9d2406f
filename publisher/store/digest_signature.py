"""How the database writes everything that decides what somebody's digest is: one text for all who get the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, Text, and_, case, cast, false, func, literal, or_, select

from publisher.mailing.digests.choices import DIGESTED, LETTERS
from publisher.mailing.digests.listing import Claim
from publisher.mailing.digests.transaction import Signing
from publisher.mailing.preferences import Frequency
from publisher.store import tables as t
from publisher.store.mailing_rows import GOT_IT, ON_ITS_WAY

s, w, r, missed = t.subscriber.c, t.subscription.c, t.recipient.c, t.digest_missed.c


def signature(signing: Signing, mailings: Mapping[int, Collection[int]]) -> ColumnElement[str]:
    """What `mailing.digests.choices.read_signature` reads; `mailings` are those of each release that is claimed."""
    stopped = (
        select(func.aggregate_strings(func.substr(t.suppression.c.mail_class, 1, 1), ""))
        .where(t.suppression.c.address_key == s.address_key)
        .scalar_subquery()
    )
    pieces: Sequence[ColumnElement[Any]] = (
        s.locale,
        func.coalesce(s.zone, ""),
        func.coalesce(s.jurisdiction, ""),
        cast(s.digest_hour, String),
        cast(s.digest_weekday, String),
        func.coalesce(s.last_digest_on, ""),
        cast(s.digest_through, String),
        cast(s.weekly_through, String),
        func.coalesce(stopped, ""),
        func.coalesce(_chosen(signing.kinds, signing.always, signing.changed), ""),
        func.coalesce(_missed(), "") if signing.missed else literal(""),
    )
    written = pieces[0]
    for piece in pieces[1:]:
        written = written + literal("|") + piece
    written = written + literal("|")
    for claim in signing.claims:
        written = written + _unsent(claim, mailings[claim.release_id])
    return written.label("signature")


def _missed() -> ColumnElement[str]:
    """The payloads of digests that did not reach somebody."""
    each = cast(missed.payload_id, String) + case((missed.only_weekly, "w "), else_=" ")
    return select(func.aggregate_strings(each, "")).where(missed.subscriber_id == s.id).scalar_subquery()


def _unsent(claim: Claim, mailings: Collection[int]) -> ColumnElement[str]:
    """The release, where no mail of it has reached somebody or is on its way to them."""
    heard = (s.weekly_through if claim.weekly else s.digest_through) >= claim.number
    theirs = and_(r.mailing_id.in_(mailings), r.person_id == s.id, r.state.in_((*GOT_IT, *ON_ITS_WAY)))
    has_it = select(r.id).where(theirs).exists() if mailings else false()
    return case((or_(heard, has_it), ""), else_=f"{claim.release_id} ")


def _chosen(kinds: Sequence[str], always: Collection[str], changed: int) -> ColumnElement[str]:
    """The choices that a digest needs; numbers only where they say more than the marks do."""
    # Of any other kind the letter is null, and with it all that is said: to name the kinds in the condition made SQLite
    # look for each of them.
    letter = case({kind: LETTERS[place] for place, kind in enumerate(kinds)}, value=w.kind)
    mark = case((w.frequency == Frequency.WEEKLY, s.weekly_through), else_=s.digest_through)
    owed = w.owed_through.is_not(None)
    since = case((or_(owed, w.since > mark), w.since), else_=0)
    began = case((w.began >= changed, w.began), else_=0)
    numbers = cast(since, String) + "." + func.coalesce(cast(w.owed_through, String), "") + "." + cast(began, String)
    plain = and_(since == 0, ~owed, began == 0)
    each = letter + func.substr(w.frequency, 1, 1) + case((plain, ""), else_=numbers)
    wanted = or_(w.frequency.in_(DIGESTED), owed, w.kind.in_(sorted(always)))
    chosen = func.aggregate_strings(cast(each, Text), "")
    return select(chosen).where(w.subscriber_id == s.id, wanted).scalar_subquery()
