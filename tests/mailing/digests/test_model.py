"""Digests against a simulation that knows nothing of marks: every reader keeps a pile of what they have not heard."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save
from publisher.rendering.zones import zone_names
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING
from tests.mailing.digests.builders import Desk

BEGIN = datetime(2026, 10, 24, tzinfo=UTC)
"""Before the clocks go back in Europe, and in America after it."""
DAYS, STEP = 10, timedelta(minutes=170)
KINDS = ("listing", "maintenance", "rule_change", "risk_warning")
ALWAYS = "risk_warning"
DAY = timedelta(days=1)


@dataclass
class Person:
    """A reader, and the pile of what happened to announcements since they were last told."""

    address: str
    zone: str
    hour: int
    weekday: int
    often: dict[str, str]
    last: date | None = None
    piles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    owed: set[str] = field(default_factory=set)
    """Announcements that the next digest tells whatever is chosen by now."""
    had: set[str] = field(default_factory=set)
    heard: list[tuple[str, str]] = field(default_factory=list)
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The piles that a digest told which did not reach them."""
    last_told: dict[str, list[str]] = field(default_factory=dict)
    unlucky: bool = False

    def loses(self) -> None:
        """The last digest: as if it had not told them anything."""
        self.unlucky = True
        for name, pile in self.last_told.items():
            self.lost[name] = pile
            if "new" in pile:
                self.had.discard(name)
            self.heard.pop()

    def local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self.zone))

    def happens(self, name: str, kind: str, what: str) -> None:
        often = self.often.get(kind)
        if kind == ALWAYS or often in ("daily", "weekly"):
            if often:
                self.piles[name].append(what)
        elif often == "instant":
            self.had.add(name)

    @property
    def digested(self) -> bool:
        return any(each in ("daily", "weekly") for each in self.often.values())

    def choose(self, kind: str, often: str, names: Sequence[str]) -> None:
        """`names` are the announcements of the kind."""
        before, self.often[kind] = self.often[kind], often
        if before != often and often != "weekly":
            self.owed |= {name for name in names if self.piles.get(name)}

    def due(self, now: datetime) -> bool:
        local = self.local(now)
        day = local.date() if local.hour >= self.hour else local.date() - DAY
        if self.last is None and (self.digested or self.owed):
            self.last = day  # the first one comes at the next hour, not for one that is over
        last = self.last or day
        every_day = "daily" in self.often.values() or bool(self.owed)
        if day <= last or not (self.digested or self.owed):
            return False
        weekly = any((last + n * DAY).weekday() == self.weekday for n in range(1, (day - last).days + 1))
        if not every_day and not weekly:
            return False
        self.last = day
        self._tell(weekly=weekly)
        return True

    def _tell(self, *, weekly: bool) -> None:
        self.last_told = {}
        for name in {**self.lost, **self.piles}:
            kind = name.split("-")[0]
            often = self.often.get(kind)
            if kind == ALWAYS or often == "daily" or name in self.owed or (often == "weekly" and weekly):
                self._tell_one(name, self.lost.pop(name, []) + self.piles.pop(name, []), always=kind == ALWAYS)
        self.owed.clear()

    def _tell_one(self, name: str, pile: list[str], *, always: bool) -> None:
        had = name in self.had or (always and len(pile) > 1)
        if pile[-1] == "retracted":
            if had:
                self._hear(name, pile, "retracted")
            return
        self.had.add(name)
        self._hear(name, pile, "new" if not had else "corrected" if "corrected" in pile else "changed")

    def _hear(self, name: str, pile: list[str], what: str) -> None:
        self.heard.append((name, what))
        self.last_told[name] = pile


READERS = {True: 2_000, False: 200}
"""On SQLite, and on PostgreSQL, which answers through a socket."""


async def test_every_reader_hears_of_everything_once_as_the_simulation_says(store: Store) -> None:
    readers = READERS[store.database.is_sqlite]
    seed = time.time_ns() % 100_000
    chance = random.Random(seed)
    desk = await Desk(store, batch_size=500).open()
    people = await _people(desk, chance, readers)
    heard: dict[str, list[tuple[str, str]]] = defaultdict(list)
    days: Counter[tuple[str, str]] = Counter()
    published: list[str] = []
    desk.clock.moment = BEGIN
    await desk.tick()
    stopped_until = BEGIN
    while desk.clock.moment < BEGIN + DAYS * DAY:
        now = desk.clock.moment
        if now >= stopped_until:
            for person in people.values():
                person.due(now)
            sent = await desk.tick()
            lost = {got.address for got in sent if chance.random() < 0.1}
            if lost:
                await desk.lose(lost)
            for got in sent:
                days[got.address, got.day] += 1
                if got.address in lost:
                    people[got.address].loses()
                else:
                    heard[got.address] += [(str(each[0]).split()[0], str(each[1])) for each in got.told]
            if chance.random() < 0.05:
                stopped_until = now + timedelta(hours=chance.randrange(1, 40))
        await _something(desk, chance, people, published)
        desk.clock.moment += STEP
    assert max(days.values()) == 1
    for address, person in people.items():
        assert sorted(heard[address]) == sorted(person.heard), f"seed {seed}: {person}"
    assert sum(map(len, heard.values())) > readers


async def _people(desk: Desk, chance: random.Random, count: int) -> dict[str, Person]:
    zones = sorted(zone_names())
    people = {}
    for number in range(count):
        often = {kind: chance.choice(["daily", "weekly", "instant"]) for kind in KINDS[:3] if chance.random() < 0.8}
        often["listing"] = often.get("listing") or "daily"
        often[ALWAYS] = "instant"
        address = f"reader-{number}@example.com"
        people[address] = Person(address, zones[number % len(zones)], 9, 0, often)
    lines = [
        Reader(each.address, "en-US", frozenset(each.often), None, each.zone, apart=each.often)
        for each in people.values()
    ]
    desk.clock.moment = BEGIN
    await desk.store.run(lambda tx: save(tx, lines, BEGIN, hashing=HASHING))
    return {address: each for address, each in people.items() if each.digested}


async def _something(desk: Desk, chance: random.Random, people: dict[str, Person], published: list[str]) -> None:
    """Announcements appear, are corrected, walk on, are withdrawn; readers change their minds."""
    if chance.random() < 0.6:
        kind = chance.choice(KINDS)
        open_ones = [name for name in published if name.startswith(kind)]
        if open_ones and chance.random() < 0.5:
            name, what = chance.choice(open_ones), chance.choice(["corrected", "changed", "retracted"])
        else:
            name, what = f"{kind}-{len(published)}", "new"
            published.append(name)
        await desk.publish(name, kind, what)
        for person in people.values():
            person.happens(name, kind, what)
        if what == "retracted":
            published[published.index(name)] = "over"
    for person in chance.sample(list(people.values()), 20):
        await _changes_mind(desk, chance, person)


async def _changes_mind(desk: Desk, chance: random.Random, person: Person) -> None:
    pending = any(person.piles.values())
    match chance.randrange(3):
        case 0:
            person.hour = chance.randrange(24)
            await desk.wish(person.address, hour=person.hour)
        case 1:
            person.weekday = chance.randrange(7)
            await desk.wish(person.address, weekday=person.weekday)
        case _ if person.unlucky:
            """Whoever changes a frequency in the week after a loss may be told again: rather that than nothing."""
        case _ if not (person.owed or pending):
            kind = chance.choice([kind for kind in KINDS[:3] if kind in person.often])
            often = chance.choice(["daily", "weekly"])
            person.choose(kind, often, [])
            await desk.choose(person.address, person.often)
        case _:
            kind = chance.choice([kind for kind in KINDS[:3] if kind in person.often])
            if person.often[kind] == "instant" or person.owed:
                return
            often = chance.choice(["daily", "weekly"])
            names = [name for name in person.piles if name.startswith(kind)]
            person.choose(kind, often, names)
            await desk.choose(person.address, person.often)
