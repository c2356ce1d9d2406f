"""`publisher status show`: what is where, and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Workspace, run, say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.store.status_rows import DeliveryLine


def add_to(cli: typer.Typer) -> None:
    cli.command(epilog="Example: publisher status --json")(status)
    cli.command(epilog="Example: publisher show 12")(show)


def status(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Every release with its state, what it waits for and how far its deliveries are."""
    rows = run(_releases(workspace))
    if as_json:
        names = ("release", "reference", "title", "state", "publish_at", "waits_for", "deliveries")
        show_json([dict(zip(names, row, strict=True)) for row in rows])
    elif not rows:
        say("No release yet. An author starts one with: publisher submit FOLDER")
    else:
        show_table(
            ("Release", "Reference", "Title", "State", "Publishes (UTC)", "Waits for", "Deliveries"), rows, state=3
        )


async def _releases(workspace: Path) -> list[tuple[str, str, str, str, str, str, str]]:
    from publisher.app import opened
    from publisher.release.approval import wanted

    async with opened(workspace) as app, app.store.read() as tx:
        lines = Counter((line.release_id, str(line.state)) for line in await tx.delivery_lines())
        return [
            (
                str(release.id),
                release.reference or "",
                release.title,
                str(release.state),
                f"{release.publish_at:%Y-%m-%d %H:%M}",
                await wanted(tx, release),
                ", ".join(f"{n} {state}" for (of, state), n in sorted(lines.items()) if of == release.id),
            )
            for release in await tx.releases()
        ]


def show(
    release: Annotated[int, typer.Argument(help="The release's number.", show_default=False)],
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """One release: its hash, editions, approvals, deliveries and history."""
    found = run(_release(workspace, release))
    if as_json:
        show_json(found)
        return
    for name in ("title", "state", "publishes", "hash", "waits_for"):
        say(f"{name.replace('_', ' ')}: {found[name] or 'nothing'}")
    say("")
    show_table(("Edition", "Operation", "SHA-256"), _cells(found["editions"]))
    say("")
    show_table(("Approved by", "Group", "Languages", "When"), _cells(found["approvals"]))
    say("")
    show_deliveries(_cells(found["deliveries"]))
    say("")
    show_table(("When", "What", "Change", "Who", "Why"), _cells(found["history"]))


def _cells(rows: object) -> list[list[str]]:
    return rows if isinstance(rows, list) else []


def show_deliveries(rows: Sequence[Sequence[str]]) -> None:
    """The table of announcement, destination, locale, state and link."""
    show_table(("Announcement", "Destination", "Locale", "State", "Link or reason"), rows, state=3)


def delivery_row(line: DeliveryLine) -> list[str]:
    """The cells of `show_deliveries` for one delivery."""
    result = line.url if line.state == "delivered" and line.url else line.reason
    # To a reader of mail "delivered" can only mean that the relay took it; the sentence says of how many.
    return [line.reference or line.title, line.destination, line.locale, str(line.state), result]


async def _release(workspace: Path, release_id: int) -> dict[str, object]:
    from publisher.app import opened
    from publisher.release.approval import wanted

    async with opened(workspace) as app, app.store.read() as tx:
        release = await tx.release(release_id)
        lines = await tx.delivery_lines([release_id])
        history = [*await tx.history("release", [release_id]), *await tx.history("delivery", [d.id for d in lines])]
        history.sort(key=lambda row: row.at)
        names = {line.id: f"{line.destination} ({line.locale})" for line in lines}
        return {
            "title": release.title,
            "state": str(release.state),
            "publishes": f"{release.publish_at:%Y-%m-%d %H:%M:%S} UTC ({release.local_time} {release.time_zone})",
            "hash": release.root_hash,
            "waits_for": await wanted(tx, release),
            "editions": [
                [f"{e.stage}/{e.destination}/{e.locale}", e.operation, e.sha256] for e in await tx.editions(release_id)
            ],
            "approvals": [
                [a.person, a.group, ", ".join(a.locale_hashes), f"{a.at:%Y-%m-%d %H:%M:%S}"]
                for a in await tx.approvals(release.announcement_id)
                if a.release_id == release_id
            ],
            "deliveries": [delivery_row(line) for line in lines],
            "history": [
                [
                    f"{row.at:%Y-%m-%d %H:%M:%S}",
                    names.get(row.entity_id, "") if row.entity == "delivery" else row.entity,
                    f"{row.before} -> {row.after}" if row.before else row.after,
                    row.actor,
                    row.reason,
                ]
                for row in history
            ],
        }
