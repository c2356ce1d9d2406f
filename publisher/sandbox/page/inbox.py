"""The inboxes of many readers: whose mail is shown, which mail is open, and what belongs together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from publisher.sandbox.arrivals import Arrival, Arrivals
from publisher.sandbox.faults import Channel
from publisher.sandbox.smtp.letter import Letter, read

SHOWN = 50
"""Mails on one screen."""
READERS = 12
"""Readers named beside the search."""
_HEAD = 65_536
"""Bytes of a mail in which its header is looked for."""
_REFERRING = re.compile(rb"^(?:message-id|in-reply-to|references):((?:[^\r]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_ID = re.compile(rb"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A line of the inbox."""

    arrival: Arrival
    letter: Letter
    chosen: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is shown of the mails that are kept."""

    envelopes: Sequence[Envelope]
    opened: Envelope | None
    thread: Sequence[Envelope]
    """The other mails of the opened one's conversation with the same reader, newest first."""
    readers: Sequence[tuple[str, int]]
    """Readers whose mails are meant, and how many each has; those with the most first."""
    more_readers: int
    """How many are not named."""
    older: int | None
    """`before` of the next screen; None on the last one."""


def inbox(arrivals: Arrivals, chosen: int | None = None, asked: str = "", before: int | None = None) -> Inbox:
    """The newest mails to readers whose address contains `asked`, older than number `before`.

    Without a choice the newest of them is open; a chosen mail is open as long as it is kept.
    """
    meant = [each for each in arrivals.newest(Channel.EMAIL) if asked.casefold() in each.target.casefold()]
    screen = [each for each in meant if before is None or each.number < before]
    shown = list(islice(screen, SHOWN))
    opened = arrivals.find(Channel.EMAIL, chosen) if chosen else None
    opened = opened or (shown[0] if shown else None)
    counted = Counter(each.target for each in meant).most_common()
    return Inbox(
        [_envelope(each, opened) for each in shown],
        _envelope(opened, opened) if opened else None,
        [_envelope(each, opened) for each in _thread(arrivals, opened)] if opened else (),
        counted[:READERS],
        max(len(counted) - READERS, 0),
        shown[-1].number if len(screen) > len(shown) else None,
    )


def _envelope(arrival: Arrival, opened: Arrival | None) -> Envelope:
    return Envelope(arrival, read(arrival.raw), arrival is opened)


def _thread(arrivals: Arrivals, opened: Arrival) -> Sequence[Arrival]:
    """Mails to the same reader that name each other (RFC 5322 section 3.6.4), directly or through others."""
    theirs = [each for each in arrivals.newest(Channel.EMAIL) if each.target == opened.target]
    named = {each.number: _ids(each.raw) for each in theirs}
    known, members = named[opened.number], {opened.number}
    while joining := {number for number, ids in named.items() if number not in members and ids & known}:
        members |= joining
        known = known.union(*(named[number] for number in joining))
    return [each for each in theirs if each.number in members and each is not opened]


def _ids(raw: bytes) -> frozenset[bytes]:
    head = raw[:_HEAD].partition(b"\r\n\r\n")[0]
    return frozenset(chain.from_iterable(map(_ID.findall, _REFERRING.findall(head))))
