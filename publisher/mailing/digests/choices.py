"""What a reader chose, in numbers of digest items: what a digest still owes them, whatever they change. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from publisher.content.kinds.kind import MailClass
from publisher.mailing.preferences import Frequency

F = Frequency

DIGESTED = (F.DAILY, F.WEEKLY)


@dataclass(frozen=True, slots=True)
class Marks:
    """The last items that were considered for a reader."""

    digest: int = 0
    """By any digest."""
    weekly: int = 0
    """By one on their day of the week."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind that somebody subscribed to."""

    frequency: Frequency
    since: int = 0
    """The last item that needs no digest any more, because it went out otherwise."""
    owed_through: int | None = None
    """The last item that the next digest owes them, whatever the frequency is by now."""
    began: int = 0
    """The last item before they subscribed: they have none of those."""


def carried(
    before: Choice | None, wanted: Frequency, marks: Marks, last: int, newest: int, *, missed: bool = False
) -> Choice:
    """The choice in the place of `before`, when `last` is the newest item and `newest` that of the kind: nothing is
    lost between the two, and who waits for nothing of the kind is owed nothing. `missed`: a digest did not reach them.
    """
    if before is None:
        return Choice(wanted, since=last, began=last)
    if before.frequency is wanted:
        return before
    since = _handled(before, marks, last)
    waits = before.owed_through is not None or (before.frequency in DIGESTED and wanted is not F.WEEKLY)
    return Choice(wanted, since, last if waits and (missed or since < newest) else None, before.began)


def _handled(choice: Choice, marks: Marks, last: int) -> int:
    if choice.owed_through is not None:
        return choice.since
    mark = {F.INSTANT: last, F.DAILY: marks.digest, F.WEEKLY: marks.weekly}[choice.frequency]
    return max(choice.since, mark)


@dataclass(frozen=True, slots=True)
class Reader:
    """All that decides what is in somebody's digest, and when it is sent."""

    locale: str
    zone: str
    """Empty for whoever never chose one."""
    jurisdiction: str | None
    hour: int
    weekday: int
    last_on: date | None
    marks: Marks
    stopped: frozenset[MailClass]
    choices: Mapping[str, Choice]
    """By kind, those at once only where a digest owes or lists them."""
    missed: Mapping[int, bool] = field(default_factory=dict)
    """The payloads of digests that did not reach them, and whether only what is weekly has still to be told again."""
    unsent: frozenset[int] = frozenset()
    """Releases that were mailed at once, but not to them."""

    def has(self, frequency: Frequency) -> bool:
        return any(choice.frequency is frequency for choice in self.choices.values())

    @property
    def owed(self) -> bool:
        return any(choice.owed_through is not None for choice in self.choices.values())


LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""One for each kind in a signature: it is kept for a million readers at once."""
_CHOICE = re.compile(r"([a-z])([diw])(?:(\d+)\.(\d*)\.(\d+))?")
_STOPPED = {mail_class.value[0]: mail_class for mail_class in MailClass}
_OFTEN = {frequency.value[0]: frequency for frequency in Frequency}


def read_signature(text: str, kinds: Collection[str]) -> Reader:
    """The reader behind what `store.digest_rows` writes: the same text for all who get the same."""
    locale, zone, jurisdiction, hour, weekday, last_on, digest, weekly, stopped, chosen, *more = text.split("|")
    missed, unsent = more
    named = dict(zip(LETTERS, kinds, strict=False))
    return Reader(
        locale,
        zone,
        jurisdiction or None,
        int(hour),
        int(weekday),
        date.fromisoformat(last_on) if last_on else None,
        Marks(int(digest), int(weekly)),
        frozenset(_STOPPED[letter] for letter in stopped),
        {named[found[1]]: _choice(found) for found in _CHOICE.finditer(chosen)},
        {int(each.removesuffix("w")): each.endswith("w") for each in missed.split()},
        frozenset(map(int, unsent.split())),
    )


def _choice(found: re.Match[str]) -> Choice:
    since, owed_through, began = found[3], found[4], found[5]
    return Choice(_OFTEN[found[2]], int(since or 0), int(owed_through) if owed_through else None, int(began or 0))
