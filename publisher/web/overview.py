"""What the desk knows: releases, deliveries, stops and histories, read for a page or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from publisher.app import App
from publisher.app.expecting import until_when
from publisher.app.following import form, keeping, of_segment
from publisher.app.pacing import Warming, warming
from publisher.delivery.alarms import Alarm
from publisher.delivery.states import DeliveryState
from publisher.delivery.stop import SWITCHES
from publisher.delivery.transaction import Preflight, Stop
from publisher.mailing import control
from publisher.mailing.progress import Progress, alarms, progress
from publisher.release.approval import wanted
from publisher.release.expectation import Expected
from publisher.release.late_languages import Awaited, awaited
from publisher.release.release import Release
from publisher.schedule.waits import waits
from publisher.store.status_rows import DeliveryLine, HistoryLine

RECENT = 100
"""Releases that are shown."""
STOPS_SHOWN = 5
_ATTENTION = (DeliveryState.UNCONFIRMED, DeliveryState.REJECTED, DeliveryState.HELD, DeliveryState.EXPIRED)


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release as a list shows it."""

    release: Release
    deliveries: Mapping[str, int]
    """State -> how many."""
    waits_for: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest releases, their deliveries, and what is stopped."""

    releases: Sequence[ReleaseLine]
    deliveries: Sequence[DeliveryLine]
    stops: Sequence[tuple[str, Stop]]
    """What is stopped, in words."""
    stop_history: Sequence[HistoryLine]
    """The last turns of the switches, newest first."""
    alarms: Sequence[Alarm]
    languages: Sequence[Awaited]
    """Those that have not followed a publication yet."""
    warming: Sequence[Warming]

    @property
    def attention(self) -> Sequence[DeliveryLine]:
        """Deliveries that go no further without a person."""
        return [line for line in self.deliveries if line.state in _ATTENTION]

    def to_json(self) -> Mapping[str, object]:
        return {
            "releases": [_release_json(line) for line in self.releases],
            "deliveries": [_delivery_json(line) for line in self.deliveries],
            "alarms": [{"release": each.release_id, "alarm": each.sentence} for each in self.alarms],
            "stops": [{"what": what, "by": stop.actor, "reason": stop.reason} for what, stop in self.stops],
            "languages": [each.sentence for each in self.languages],
            "warming_up": [asdict(each) for each in self.warming],
        }


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything about one release."""

    release: Release
    deliveries: Sequence[DeliveryLine]
    history: Sequence[HistoryLine]
    lacking: str
    mailings: Sequence[Progress]
    preflight: Preflight | None
    form: str
    """What it is to those who have read the announcement already, and in which languages."""
    keeps: Sequence[str]
    """The places that keep a text which it no longer says."""
    segment: Sequence[str]
    """For whose members it is."""
    mail: Sequence[str]
    """How long its mail lasts."""
    expected: Sequence[Expected]
    """How many readers people are told of."""
    quiet: Sequence[str]
    """Where it comes later, because a place is left alone."""

    def name(self, row: HistoryLine) -> str:
        """Which delivery a row of history is about; empty for the release and its revision."""
        names = {line.id: f"{line.destination} ({line.locale})" for line in self.deliveries}
        if row.entity == control.ENTITY:
            return str(row.entity_id)
        return names.get(row.entity_id, "") if row.entity == "delivery" else ""


async def overview(app: App) -> Overview:
    async with app.store.read() as tx:
        releases = (await tx.releases())[:RECENT]
        lines = await tx.delivery_lines([release.id for release in releases])
        waits = {r.id: await wanted(tx, r) for r in releases}
        stops = [(app.switches[stop.name], stop) for stop in await tx.stops(list(app.switches))]
        raised = await alarms(tx, app.clock.now())
        turns = await tx.history(SWITCHES[0], [SWITCHES[1]])
        languages = await awaited(tx, app.kinds, app.clock.now())
        slow = await warming(tx, app.destinations, app.clock.now())
    counts: dict[int, Counter[str]] = {}
    for line in lines:
        counts.setdefault(line.release_id, Counter())[line.state] += 1
    shown = [ReleaseLine(r, counts.get(r.id, Counter()), waits.get(r.id, "")) for r in releases]
    return Overview(shown, lines, stops, turns[: -STOPS_SHOWN - 1 : -1], raised, languages, slow)


async def whole(app: App, release_id: int) -> Whole:
    """Raises LookupError."""
    async with app.store.read() as tx:
        release = await tx.release(release_id)
        lines = await tx.delivery_lines([release_id])
        history = [*await tx.history("revision", [release.revision_id]), *await tx.history("release", [release_id])]
        history += await tx.history("review", [release_id])
        history += await tx.history("delivery", [line.id for line in lines])
        still, looked = await wanted(tx, release), await tx.preflight(release_id)
        mailings = [await progress(tx, line) for line in await tx.mailing_lines(release_id=release_id)][::-1]
        history += await tx.history(control.ENTITY, [each.line.mailing.id for each in mailings])
        keeps, segment = await keeping(app, tx, release), await of_segment(tx, release)
        mail = await until_when(app, tx, release)
        expected, quiet = await tx.expected(release_id), await waits(tx, release, app.outlet, app.clock.now())
    history.sort(key=lambda row: row.at)
    return Whole(release, lines, history, still, mailings, looked, form(release), keeps, segment, mail, expected, quiet)


def _release_json(line: ReleaseLine) -> Mapping[str, object]:
    release = line.release
    return {
        "id": release.id,
        "announcement": release.announcement_id,
        "reference": release.reference,
        "title": release.title,
        "kind": release.policy.kind,
        "state": release.state,
        "publish_at": release.publish_at.isoformat(),
        "published_at": release.published_at.isoformat() if release.published_at else None,
        "waits_for": line.waits_for,
        "deliveries": dict(line.deliveries),
    }


def _delivery_json(line: DeliveryLine) -> Mapping[str, object]:
    return {
        "id": line.id,
        "release": line.release_id,
        "reference": line.reference,
        "destination": line.destination,
        "channel": line.channel,
        "locale": line.locale,
        "operation": line.operation,
        "stage": line.stage,
        "state": line.state,
        "since": line.updated_at.isoformat(),
        "attempts": line.attempts,
        "reason": line.reason,
        "url": line.url,
        "told": line.told,
    }
