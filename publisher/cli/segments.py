"""`publisher segments`: audiences that the operator supplies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, readable, run, said_why, say, show_json, show_table
from publisher.cli.progress import Told, progressing
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.mailing.segments.snapshots import NewSnapshot
    from publisher.mailing.segments.taking import Taken
    from publisher.release.snapshot import Snapshot

segments = typer.Typer(no_args_is_help=True, help="Audiences that your own systems supply, such as who holds an asset.")

PANEL = "People and readers"

Name = Annotated[str, typer.Argument(metavar="NAME", help="The segment, such as holders-eth.", show_default=False)]


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(segments, name="segments", rich_help_panel=PANEL)


@segments.command(
    "import",
    epilog="Example: publisher segments import holders-eth holders.csv --taken-at 2026-12-01T00:00:00Z "
    '--legal-basis "contract, terms 4.2" --keep 30',
)
def import_(
    name: Name,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, TSV or JSON Lines: external_id, address, locale, zone, jurisdiction.",
            show_default=False,
        ),
    ],
    taken_at: Annotated[str, typer.Option(help="When it was true, with its offset: 2026-12-01T00:00:00Z.")],
    legal_basis: Annotated[str, typer.Option(help="Why these people may be written to.", callback=readable)],
    keep: Annotated[int, typer.Option(metavar="DAYS", help="After so many days its members are deleted.")],
    workspace: Workspace = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Take the good rows although others are bad.")] = False,
    as_json: AsJson = False,
) -> None:
    """Takes a snapshot of a segment from a file, or says for each bad row what is wrong. Safe to repeat."""
    from publisher.mailing.segments.snapshots import NewSnapshot

    new = NewSnapshot(name, _instant(taken_at), "file", legal_basis.strip(), timedelta(days=min(keep, 100_000)))
    taken = run(_taken(workspace, file, new, dry_run, skip_bad))
    show_taken(taken, as_json, dry_run=dry_run)
    if dry_run and taken.refused and not skip_bad:
        raise Stop("nothing would be stored; correct the rows above, or use --skip-bad")


@segments.command(epilog="Example: publisher segments pull holders-eth")
def pull(
    name: Name,
    workspace: Workspace = HERE,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Take the good rows although others are bad.")] = False,
    as_json: AsJson = False,
) -> None:
    """Takes a snapshot of a segment from the address in publisher.toml; both sides sign. Safe to repeat."""
    show_taken(run(_pulled(workspace, name, skip_bad)), as_json)


@segments.command("list", epilog="Example: publisher segments list --json")
def list_segments(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """The newest snapshot of every segment: when it was taken, how many members it has, when they are deleted."""
    found = run(_snapshots(workspace, None))
    newest = [each for index, each in enumerate(found) if not index or found[index - 1].segment != each.segment]
    _show(newest, as_json)


@segments.command(epilog="Example: publisher segments show holders-eth")
def show(name: Name, workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """Every snapshot of a segment, newest first, with its whole hash and its legal basis."""
    found = run(_snapshots(workspace, name))
    if not found:
        raise Stop(f"there is no segment {name!r}; publisher segments list shows all")
    if as_json:
        show_json([snapshot_json(each) for each in found])
        return
    for snapshot in found:
        for title, value in snapshot_json(snapshot).items():
            say(f"{title.replace('_', ' ')}: {_cell(value)}")
        say("")


@segments.command(epilog='Example: publisher segments delete holders-eth --reason "asked by the privacy office"')
def delete(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, for the record.", callback=said_why)],
    workspace: Workspace = HERE,
) -> None:
    """Deletes the members of every snapshot of a segment now. Counts and hashes stay, and so do reports."""
    from publisher.app import opened
    from publisher.mailing.segments.snapshots import delete

    async def work() -> Sequence[Snapshot]:
        async with opened(workspace) as app:
            return await delete(app.store.begin, name, app.clock.now(), reason.strip())

    for snapshot in run(work()):
        say(f"the members of {snapshot.name} are deleted: {snapshot.count:,}")


def show_taken(taken: Taken, as_json: bool, *, dry_run: bool = False) -> None:
    """What became of the rows of a snapshot; raises Stop when they stopped it."""
    snapshot = taken.snapshot
    if as_json:
        counts = {name: getattr(taken, name) for name in ("stored", "refused", "shared", "erased", "known")}
        show_json({**counts, "snapshot": snapshot_json(snapshot) if snapshot else None})
    elif snapshot is None:
        say(f"rows that can be taken: {taken.stored:,}; that cannot: {taken.refused:,}")
    else:
        there = "is there already" if taken.known else "is taken"
        kept = f"members: {snapshot.count:,}, kept until {snapshot.delete_at:%Y-%m-%d}"
        say(f"{snapshot.name} {there}; {kept}{_left_out(taken)}")
    if snapshot is None and not dry_run:
        raise Stop("nothing was stored; correct the rows above, or repeat with --skip-bad")


def _left_out(taken: Taken) -> str:
    counted = (
        (taken.refused, "rows refused"),
        (taken.shared, "rows with a customer or an address of another row"),
        (taken.erased, "erased once and not stored"),
    )
    return "".join(f"; {what}: {number:,}" for number, what in counted if number)


def snapshot_json(snapshot: Snapshot) -> Mapping[str, object]:
    """Everything that is known of it."""
    return {
        "segment": snapshot.segment,
        "taken_at": snapshot.taken_at,
        "members": snapshot.count,
        "sha256": snapshot.sha256,
        "source": snapshot.source,
        "received_at": snapshot.received_at,
        "legal_basis": snapshot.legal_basis,
        "delete_at": snapshot.delete_at,
        "deleted_at": snapshot.deleted_at,
        "deleted_why": snapshot.deleted_why,
    }


def _show(found: Sequence[Snapshot], as_json: bool) -> None:
    if as_json:
        show_json([snapshot_json(each) for each in found])
        return
    columns = ("Segment", "Taken", "Members", "SHA-256", "Legal basis", "Members are")
    rows = [
        (
            each.segment,
            _cell(each.taken_at),
            f"{each.count:,}",
            each.sha256[:12],
            each.legal_basis,
            f"deleted since {_cell(each.deleted_at)}" if each.deleted_at else f"kept until {_cell(each.delete_at)}",
        )
        for each in found
    ]
    show_table(columns, rows)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return in_utc(value, seconds=True)
    return "" if value is None else str(value)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"--taken-at {text!r} is no time; write it as 2026-12-01T00:00:00Z") from None
    if found.tzinfo is None:
        raise Stop(f"--taken-at {text} does not say where; add Z for UTC, or an offset such as +08:00")
    return found.astimezone(UTC)


async def _snapshots(workspace: Path, name: str | None) -> Sequence[Snapshot]:
    from publisher.app import opened

    async with opened(workspace) as app, app.store.read() as tx:
        return await tx.snapshots(name)


async def _pulled(workspace: Path, name: str, skip_bad: bool) -> Taken:
    from publisher.app import opened
    from publisher.app.pulling import pulled

    async with opened(workspace) as app:
        return await pulled(app, name, Told(name), skip_bad=skip_bad)


async def _taken(workspace: Path, file: Path, new: NewSnapshot, dry_run: bool, skip_bad: bool) -> Taken:
    from publisher.app import opened
    from publisher.mailing.segments.taking import Telling, take

    with progressing(file.name) as on_progress:
        telling = Telling(Told(file.name), lambda done, size: on_progress("reading", done, size))
        async with opened(workspace) as app:
            try:
                return await take(
                    app.store.begin,
                    app.store.read,
                    file,
                    new,
                    at=app.clock.now(),
                    hashing=app.hashing,
                    telling=telling,
                    skip_bad=skip_bad,
                    dry_run=dry_run,
                )
            except OSError as error:
                raise Stop(f"cannot read {file}: {error.strerror}") from error
