"""`publisher status show`: what is where, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from publisher.cli.acting import ReleaseId
from publisher.cli.output import HERE, AsJson, Workspace, run, say, show_json, show_table
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from publisher.app.pacing import Warming
    from publisher.delivery.alarms import Alarm
    from publisher.delivery.transaction import Preflight, Stop
    from publisher.release.release import Release
    from publisher.store.status_rows import DeliveryLine, HistoryLine
    from publisher.store.transaction import SqlTransaction

Row = Mapping[str, object]


PANEL = "Look"


def add_to(cli: typer.Typer) -> None:
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher status --json")(status)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher show 12")(show)


# --- status


@dataclass(frozen=True)
class _Overview:
    releases: Sequence[Row]
    unconfirmed: Sequence[DeliveryLine]
    stops: Sequence[tuple[str, Stop]]
    """What is stopped, in words."""
    alarms: Sequence[Alarm]
    languages: Sequence[str]
    """Those that have not followed, a sentence for each."""
    stages: Sequence[str]
    """Those that were left out or wait for a place, a sentence for each."""
    warming: Sequence[Warming]


def status(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Every release with its state, what it waits for, how far its deliveries are, and what needs a person."""
    found = run(_overview(workspace))
    if as_json:
        stops = [
            {"what": what, "by": stop.actor, "reason": stop.reason, "since": stop.set_at} for what, stop in found.stops
        ]
        doubtful = [_delivery_json(line) for line in found.unconfirmed]
        alarms = [{"release": each.release_id, "alarm": each.sentence} for each in found.alarms]
        show_json(
            {
                "releases": found.releases,
                "unconfirmed": doubtful,
                "stops": stops,
                "alarms": alarms,
                "languages": found.languages,
                "stages": found.stages,
                "warming_up": [asdict(each) for each in found.warming],
            }
        )
        return
    for what, stop in found.stops:
        say(f"Stopped: {what}, by {stop.actor} at {in_utc(stop.set_at, seconds=True)}: {stop.reason}")
    for alarm in found.alarms:
        named = f"release {alarm.release_id} ({alarm.title})" if alarm.release_id else alarm.title
        say(f"Alarm: {named} {alarm.sentence}")
    for each in found.warming:
        say(each.sentence)
    if not found.releases:
        say("No release yet. An author starts one with: publisher submit FOLDER")
        return
    columns = ("Release", "Reference", "Title", "State", "Publishes (UTC)", "Waits for", "Deliveries")
    show_table(columns, [[*map(_cell, row.values())] for row in found.releases], state=3)
    for line in found.unconfirmed:
        say(f"Delivery {line.id} to {line.destination} ({line.locale}) is unconfirmed: {line.reason}")
        say(f"    Look there, then: publisher resolve {line.id} --as delivered|resend|leave --reason WHY")
    for sentence in (*found.languages, *found.stages):
        say(sentence)


async def _overview(workspace: Path) -> _Overview:
    from publisher.app import opened
    from publisher.app.pacing import warming
    from publisher.mailing.progress import alarms
    from publisher.release.late_languages import awaited
    from publisher.schedule.stages import missed

    async with opened(workspace) as app, app.store.read() as tx:
        lines = await tx.delivery_lines()
        counts = Counter((line.release_id, str(line.state)) for line in lines)
        return _Overview(
            [await _release_row(tx, release, counts) for release in await tx.releases()],
            [line for line in lines if line.state == "unconfirmed"],
            [(app.switches[stop.name], stop) for stop in await tx.stops(list(app.switches))],
            await alarms(tx, app.clock.now()),
            [each.sentence for each in await awaited(tx, app.kinds, app.clock.now())],
            await missed(tx, app.clock.now()),
            await warming(tx, app.destinations, app.clock.now()),
        )


async def _release_row(tx: SqlTransaction, release: Release, counts: Mapping[tuple[int, str], int]) -> Row:
    from publisher.release.approval import wanted

    return {
        "release": release.id,
        "reference": release.reference,
        "title": release.title,
        "state": release.state,
        "publish_at": release.publish_at,
        "waits_for": await wanted(tx, release),
        "deliveries": {state: number for (of, state), number in sorted(counts.items()) if of == release.id},
    }


def _cell(value: object) -> str:
    """How a table says it; the headings name UTC."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{number} {name}" for name, number in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return in_utc(value, seconds=True, named=False) if isinstance(value, datetime) else str(value)


# --- show


def show(release: ReleaseId, workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """One release: its hash, editions, approvals, deliveries and history."""
    found = run(_release(workspace, release))
    if as_json:
        show_json(found)
        return
    for name in ("title", "form", "state", "publishes", "regions", "hash", "waits_for"):
        say(f"{name.replace('_', ' ')}: {found[name] or 'nothing'}")
    for sentence in found["keeps"] if isinstance(found["keeps"], list) else ():
        say(f"not changed: {sentence}")
    for said in (found["quiet"], found["segment"], found["mail"]):
        for sentence in said if isinstance(said, list) else ():
            say(sentence)
    for name in ("preflight", "readers", "editions", "approvals", "stages", "deliveries", "history"):
        say("")
        _show_rows(name, found[name])


def _show_rows(name: str, rows: object) -> None:
    columns: Mapping[str, Sequence[str]] = {
        "preflight": ("Preflight (UTC)", "Destination", "Found", "What to do"),
        "readers": ("Mailing", "Operation", "Readers approved", "Found at its start, and held"),
        "editions": ("Edition", "Operation", "SHA-256"),
        "approvals": ("Approved by", "Group", "Languages", "When (UTC)"),
        "stages": ("Stage", "Due (UTC)", "State", "Why"),
        "deliveries": ("Delivery", "Destination", "Locale", "State", "Link", "Reason", "Reported back"),
        "history": ("When (UTC)", "What", "From", "To", "Who", "Why"),
    }
    cells = [[*map(_cell, row.values())] for row in rows] if isinstance(rows, list) else []
    show_table(columns[name], cells, state=3)


async def _release(workspace: Path, release_id: int) -> Row:
    from publisher.app import opened
    from publisher.app.expecting import until_when
    from publisher.app.following import form, keeping, of_segment
    from publisher.release.approval import wanted
    from publisher.schedule.waits import waits

    async with opened(workspace) as app, app.store.read() as tx:
        release = await tx.release(release_id)
        lines = await tx.delivery_lines([release_id])
        return {
            "title": release.title,
            "form": form(release),
            "keeps": list(await keeping(app, tx, release)),
            "state": release.state,
            "publishes": f"{in_utc(release.publish_at, seconds=True)} ({release.local_time} {release.time_zone})",
            "regions": release.regions.said(),
            "hash": release.root_hash,
            "waits_for": await wanted(tx, release),
            "preflight": _looked(await tx.preflight(release_id)),
            "segment": list(await of_segment(tx, release)),
            "quiet": list(await waits(tx, release, app.outlet, app.clock.now())),
            "mail": list(await until_when(app, tx, release)),
            "readers": [
                {"mailing": each.name, "operation": each.operation, "expected": each.readers, "found": each.found}
                for each in await tx.expected(release_id)
            ],
            "editions": [
                {"edition": f"{e.stage}/{e.destination}/{e.locale}", "operation": e.operation, "sha256": e.sha256}
                for e in await tx.editions(release_id)
            ],
            "approvals": [
                {"person": a.person, "group": a.group, "locales": list(a.locale_hashes), "at": a.at}
                for a in await tx.approvals(release.announcement_id)
                if a.release_id == release_id
            ],
            "stages": [
                {"stage": each.stage, "due_at": each.due_at, "state": each.state.value, "reason": each.reason}
                for each in await tx.planned_stages(release.announcement_id)
            ],
            "deliveries": [_delivery_json(line) for line in lines],
            "history": await _history(tx, release_id, lines),
        }


def _looked(done: Preflight | None) -> Sequence[Row]:
    """What the newest look found, or that all was in place; nothing before there was one."""
    if done is None:
        return []
    ready = {"at": done.at, "destination": "", "found": "everything is in place", "fix": ""}
    return [
        {"at": done.at, "destination": each.about, "found": each.message, "fix": each.fix} for each in done.findings
    ] or [ready]


def _delivery_json(line: DeliveryLine) -> Row:
    return {
        "delivery": line.id,
        "destination": line.destination,
        "locale": line.locale,
        "state": line.state,
        "link": line.url,
        "reason": line.reason,
        "told": line.told,
    }


async def _history(tx: SqlTransaction, release_id: int, lines: Sequence[DeliveryLine]) -> Sequence[Row]:
    names = {line.id: f"{line.destination} ({line.locale})" for line in lines}
    rows: list[HistoryLine] = [
        *await tx.history("release", [release_id]),
        *await tx.history("review", [release_id]),
        *await tx.history("stage", [release_id]),
        *await tx.history("delivery", list(names)),
    ]
    return [
        {
            "at": row.at,
            "what": names.get(row.entity_id, "") if row.entity == "delivery" else row.entity,
            "before": row.before,
            "after": row.after,
            "who": row.actor,
            "reason": row.reason,
        }
        for row in sorted(rows, key=lambda row: row.at)
    ]


# --- the table of deliveries that the demo ends with


def show_deliveries(rows: Sequence[Sequence[str]]) -> None:
    """The table of announcement, destination, locale, state and link."""
    show_table(("Announcement", "Destination", "Locale", "State", "Link or result"), rows, state=3)


def delivery_row(line: DeliveryLine) -> list[str]:
    """The cells of `show_deliveries` for one delivery."""
    # To a reader of mail "delivered" can only mean that the relay took it; the sentence says of how many.
    result = line.url if line.state == "delivered" and line.url else line.reason
    return [line.reference or line.title, line.destination, line.locale, str(line.state), result]
