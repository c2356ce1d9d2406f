"""A desk whose announcements are published by one call, and a press whose mails can be read back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, update

from publisher.channel import EVERYWHERE, Part, Payload, Regions, Target
from publisher.content.kinds import KINDS
from publisher.delivery.stages import Walk
from publisher.delivery.states import RecipientState
from publisher.mailing.digests import runs
from publisher.mailing.digests.press import Press
from publisher.mailing.intake.rows import Reader
from publisher.mailing.preferences import Frequency
from publisher.mailing.subscribers import save
from publisher.release.freeze import locale_hashes, root_hash, sha256
from publisher.release.policy import Policy
from publisher.release.release import NewRelease
from publisher.release.states import ReleaseState
from publisher.rendering.digest import Issue
from publisher.rendering.edition import DIGEST
from publisher.rendering.fragment import FRAGMENT, Fragment
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction, Store
from publisher.wall_time import rfc3339
from tests.mailing.builders import HASHING, NOON, POLICY, ManualClock

LAYOUT = "1" * 64
LOCALES = ("en-US", "zh-CN")
_numbers = itertools.count(1)


def target(locale: str) -> Target:
    return Target("mail", "email", "relay", "news@example.com", locale, chooses=True)


def in_plain(issue: Issue, to: Target, zone: str) -> Payload:
    """What is listed, as JSON."""
    told = [[each.fragment.title, each.what, each.stage, each.sent] for each in issue.listed]
    message = json.dumps({"day": issue.day.isoformat(), "zone": zone, "locale": to.locale, "told": told})
    return Payload(to, (Part("message", {"message": message}),))


PRESS = Press(
    {locale: target(locale) for locale in LOCALES},
    KINDS,
    in_plain,
    lambda locale, reference: f"https://example.com/{locale}/{reference}",
    LAYOUT,
    timedelta(hours=12),
)


@dataclass(frozen=True)
class Got:
    """One digest in somebody's hands."""

    address: str
    at: datetime
    day: str
    zone: str
    locale: str
    told: Sequence[Sequence[object]]
    """Title, what happened, stage, and whether they had it at once."""


@dataclass
class Desk:
    """One workspace."""

    store: Store
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    press: Press = PRESS
    batch_size: int = 10
    read: int = 0
    """The last run that was read."""

    async def open(self) -> Desk:
        async with self.store.begin() as tx:
            await tx.approve_layout(LAYOUT, "erin", self.clock.now())
        return self

    async def publish(
        self,
        announcement: str,
        kind: str = "listing",
        what: str = "new",
        locales: Sequence[str] = LOCALES,
        *,
        regions: Regions = EVERYWHERE,
        stage: str = "announce",
        text: str = "",
        policy: Policy = POLICY,
    ) -> int:
        """Something happens to an announcement, and readers can find it; the release's number."""
        async with self.store.begin() as tx:
            release_id = await _released(tx, announcement, kind, locales, regions, text, policy)
            occasion = f"{next(_numbers)}"
            assert await tx.add_digest_item(announcement, release_id, stage, what, occasion, self.clock.now())
        return release_id

    async def walk(self, announcement: str, release_id: int, stage: str) -> None:
        async with self.store.begin() as tx:
            occasion = f"{next(_numbers)}"
            await tx.add_digest_item(announcement, release_id, stage, "changed", occasion, self.clock.now())

    async def moved(self, announcement: str, release_id: int, stage: str, ends_at: datetime) -> None:
        """Somebody on duty says that it ends at another time; it has begun now."""
        self.clock.moment += timedelta(seconds=1)
        now = self.clock.now()
        walk = Walk(release_id, stage, now, "olga", "slow", None, now.replace(second=0), ends_at, 1, "network")
        async with self.store.begin() as tx:
            await tx.save_walk(walk)
            await tx.add_digest_item(announcement, release_id, stage, "changed", rfc3339(now), now)

    async def subscribe(self, address: str, zone: str | None = None, **kinds: str) -> None:
        """Kind -> frequency; `region` and `locale` are those. Somebody who was due yesterday, so that today's comes."""
        await self.subscribe_now(address, zone, **kinds)
        yesterday = (self.clock.now() - timedelta(days=1)).date().isoformat()
        theirs = update(t.subscriber).where(t.subscriber.c.address == address, t.subscriber.c.last_digest_on.is_(None))
        async with self.store.begin() as tx:
            await tx.connection.execute(theirs.values(last_digest_on=yesterday))

    async def subscribe_now(self, address: str, zone: str | None = None, **kinds: str) -> None:
        """Somebody who never had a digest."""
        region, locale = kinds.pop("region", None), kinds.pop("locale", "en-US")
        reader = Reader(address, locale, frozenset(kinds), region, zone, apart=kinds)
        await self.store.run(lambda tx: save(tx, [reader], self.clock.now(), hashing=HASHING))

    async def wish(self, address: str, **changes: object) -> None:
        """What somebody changes on the page of preferences."""
        async with self.store.begin() as tx:
            number = await self.number_of(tx, address)
            standing = await tx.standing_of(number)
            assert standing is not None
            await tx.save_wish(number, replace(standing.wish, **changes), self.clock.now())  # type: ignore[arg-type]

    async def choose(self, address: str, kinds: Mapping[str, str]) -> None:
        await self.wish(address, kinds={kind: Frequency(each) for kind, each in kinds.items()})

    async def number_of(self, tx: SqlTransaction, address: str) -> int:
        found = await tx.connection.scalar(select(t.subscriber.c.id).where(t.subscriber.c.address == address))
        assert found is not None
        return int(found)

    async def tick(self) -> Sequence[Got]:
        """What the clock sends now."""
        await self.tick_only()
        return await self.sent()

    async def tick_only(self) -> None:
        now = self.clock.now()
        await runs.run_due(self.store.begin, self.store.read, self.press, now, batch_size=self.batch_size)

    async def at(self, moment: datetime) -> Sequence[Got]:
        self.clock.moment = moment
        return await self.tick()

    async def lose(self, addresses: Collection[str]) -> None:
        """The relay refused the newest run's digests to these, and the run's mailing is over."""
        r = t.recipient.c
        async with self.store.begin() as tx:
            newest = await tx.connection.scalar(select(func.max(t.mailing.c.id)))
            which = and_(r.mailing_id == newest, r.address.in_(addresses))
            await tx.connection.execute(update(t.recipient).where(which).values(state=RecipientState.REJECTED))
            await tx.turn_of_digests()
            await tx.note_missed_digests(newest)

    async def sent(self) -> Sequence[Got]:
        """What nobody has read back yet, by run and reader."""
        run, m, b, p, r = t.digest_run.c, t.mailing.c, t.batch.c, t.payload.c, t.recipient.c
        joined = t.recipient.join(t.batch, b.id == r.batch_id).join(t.payload, p.id == b.payload_id)
        joined = joined.join(t.mailing, m.id == r.mailing_id).join(t.digest_run, run.id == m.digest_run_id)
        query = select(run.id, run.at, r.address, p.payload).select_from(joined).where(run.id > self.read)
        async with self.store.read() as tx:
            rows = (await tx.connection.execute(query.order_by(r.mailing_id, r.person_id))).all()
        self.read = max([self.read, *(row.id for row in rows)])
        return [_got(row.address, row.at, row.payload) for row in rows]


def _got(address: str, at: datetime, payload: str) -> Got:
    found = json.loads(str(Payload.from_json(payload).parts[0].content["message"]))
    return Got(address, at, found["day"], found["zone"], found["locale"], found["told"])


async def _released(
    tx: SqlTransaction,
    announcement: str,
    kind: str,
    locales: Sequence[str],
    regions: Regions,
    text: str,
    policy: Policy,
) -> int:
    await tx.save_announcement(announcement, kind, NOON)
    newest = await tx.newest_revision(announcement)
    number = newest.number + 1 if newest else 1
    revision = await tx.save_revision(announcement, number, "{}", f"{number}".zfill(64), "Title", "author", NOON)
    editions = [_edition(kind, locale, f"{announcement} r{number}{text}") for locale in locales]
    common = json.dumps({"revision": {"regions": regions.to_json()}})
    hashes = locale_hashes(
        (locale, DIGEST, DIGEST, "mail", sha256(payload)) for _, _, _, _, locale, payload, _ in editions
    )
    new = NewRelease(
        revision_id=revision,
        announcement_id=announcement,
        root_hash=root_hash(sha256(common), hashes),
        common_hash=sha256(common),
        locale_hashes=hashes,
        common=common,
        policy=policy,
        audience="subscribers",
        publish_at=NOON,
        local_time="2026-12-01 12:00",
        fold=0,
        time_zone="UTC",
        walls='{"table": "", "times": {}}',
        window=timedelta(hours=24),
        submitted_by="author",
    )
    release_id = await tx.save_release(new, NOON)
    await tx.save_editions(release_id, editions)
    await tx.set_release_state(release_id, ReleaseState.IN_REVIEW, ReleaseState.PUBLISHED)
    await tx.give_reference(announcement, 2026)
    return release_id


def _edition(kind: str, locale: str, title: str) -> tuple[str, str, str, str, str, str, str]:
    told = Fragment(kind=kind, title=f"{title} {locale}", summary="", html="", facts=())
    part = Part(FRAGMENT, {FRAGMENT: told.model_dump(mode="json")})
    payload = Payload(target(locale), (part,)).to_json()
    return DIGEST, DIGEST, "email", "mail", locale, payload, sha256(payload)
