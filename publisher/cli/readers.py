"""`publisher subscribers`: who gets mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_json, show_table

if TYPE_CHECKING:
    from publisher.mailing.intake.importing import Imported
    from publisher.mailing.subscribers import Saved

subscribers = typer.Typer(no_args_is_help=True, help="Readers who get mail.")

Kinds = Annotated[
    list[str] | None, typer.Option("--kind", "-k", help="A kind of announcement; all of them when left out.")
]


PANEL = "People and readers"


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(subscribers, name="subscribers", rich_help_panel=PANEL)


@subscribers.command(epilog="Example: publisher subscribers add reader@example.org --locale zh-CN --kind listing")
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where the mail goes.", show_default=False)],
    locale: Annotated[str, typer.Option(help="The language of the reader's mail.")] = "en-US",
    kinds: Kinds = None,
    jurisdiction: Annotated[str, typer.Option(help="Where the reader is, a code of ISO 3166 such as SG.")] = "",
    zone: Annotated[str, typer.Option(help="The reader's time zone, such as Asia/Singapore.")] = "",
    frequency: Annotated[str, typer.Option(help="How often: instant, daily or weekly.")] = "instant",
    workspace: Workspace = HERE,
) -> None:
    """Adds one reader. Who has unsubscribed or was erased is never brought back."""
    from publisher.app import opened
    from publisher.content.kinds import KINDS
    from publisher.mailing.consent import BY_STAFF
    from publisher.mailing.intake.rows import EVERY_KIND, Problem, RowReader
    from publisher.mailing.subscribers import save

    fields = {"address": address, "locale": locale, "kinds": " ".join(kinds or (EVERY_KIND,))}
    more = {"jurisdiction": jurisdiction, "zone": zone, "frequency": frequency}
    row = RowReader(KINDS).read(1, fields | more)
    if isinstance(row, Problem):
        raise Stop(f"{row.field}: {row.reason}")

    async def store() -> Saved:
        async with opened(workspace) as app, app.store.begin() as tx:
            return await save(tx, [row], app.clock.now(), hashing=app.hashing, how=BY_STAFF)

    say(_sentence(run(store())))


@subscribers.command("import", epilog="Example: publisher subscribers import readers.csv --dry-run")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, TSV or JSON Lines: address, locale, kinds, jurisdiction, zone, frequency.",
            show_default=False,
        ),
    ],
    workspace: Workspace = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Store the good rows although others are bad.")] = False,
    as_json: AsJson = False,
) -> None:
    """Adds the readers of a file, or says for each bad row what is wrong. Safe to repeat."""
    imported = run(_imported(file, workspace, dry_run, skip_bad))
    saved = imported.saved
    if as_json:
        counts = {"added": saved.added, "updated": saved.updated, "unchanged": saved.unchanged}
        show_json({**counts, "suppressed": saved.suppressed, "refused": imported.refused, "stored": imported.stored})
    else:
        say(_sentence(saved) + (f"; {imported.refused} rows refused" if imported.refused else ""))
    if imported.refused and not imported.stored and not dry_run:
        raise Stop("nothing was stored; correct the rows above, or repeat with --skip-bad")


async def _imported(file: Path, workspace: Path, dry_run: bool, skip_bad: bool) -> Imported:
    from rich.console import Console
    from rich.progress import Progress

    from publisher.app import opened
    from publisher.content.kinds import KINDS
    from publisher.mailing.intake.importing import import_file
    from publisher.mailing.intake.rows import RowReader

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=None)
        async with opened(workspace) as app:
            try:
                return await import_file(
                    app.store.begin,
                    file,
                    RowReader(KINDS),
                    at=app.clock.now(),
                    hashing=app.hashing,
                    on_problem=lambda problem: say(f"{file.name}: {problem}", error=True),
                    on_progress=lambda done, size: progress.update(bar, completed=done, total=size),
                    skip_bad=skip_bad,
                    dry_run=dry_run,
                )
            except OSError as error:
                raise Stop(f"cannot read {file}: {error.strerror}") from error


@subscribers.command("list", epilog="Example: publisher subscribers list --json")
def list_subscribers(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """How many readers there are, by language."""
    from publisher.app import opened

    async def count() -> dict[str, int]:
        async with opened(workspace) as app, app.store.read() as tx:
            return dict(await tx.count_subscribers())

    counts = run(count())
    if as_json:
        show_json(counts)
    else:
        show_table(("Language", "Readers"), [(locale, str(number)) for locale, number in sorted(counts.items())])


def _sentence(saved: Saved) -> str:
    words = f"{saved.added} added, {saved.updated} updated, {saved.unchanged} unchanged"
    return (
        f"{words}, {saved.suppressed} left alone because they unsubscribed, bounced or were erased"
        if saved.suppressed
        else words
    )
