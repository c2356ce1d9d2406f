"""`publisher subscribers`: who gets mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, readable, run, say, show_json, show_table
from publisher.cli.progress import Told, progressing

if TYPE_CHECKING:
    from publisher.mailing.exporting import Chosen
    from publisher.mailing.intake.files import Form
    from publisher.mailing.intake.importing import Imported
    from publisher.mailing.intake.rows import Problem
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


@subscribers.command("import", epilog='Example: publisher subscribers import readers.csv --source "account settings"')
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, TSV or JSON Lines: address, locale, kinds, jurisdiction, zone, frequency, digest_hour and more.",
            show_default=False,
        ),
    ],
    workspace: Workspace = HERE,
    source: Annotated[
        str, typer.Option("--source", help="Where these readers agreed to get mail.", callback=readable)
    ] = "",
    named: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="THEIRS=OURS", help="A column of the file that is one of ours; repeat it."),
    ] = None,
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of a file that is not UTF-8: cp1252, gb18030, shift_jis ...")
    ] = "utf-8",
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the rows that cannot be taken to this CSV file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Store the good rows although others are bad.")] = False,
    as_json: AsJson = False,
) -> None:
    """Adds the readers of a file, or says for each bad row what is wrong. Safe to repeat."""
    form = _form(encoding, named or ())
    with _telling(file, report) as on_problem:
        imported = run(_imported(workspace, file, source.strip(), form, on_problem, dry_run, skip_bad))
    saved = imported.saved
    if as_json:
        counts = {"added": saved.added, "updated": saved.updated, "unchanged": saved.unchanged}
        counts |= {"suppressed": saved.suppressed, "refused": imported.refused}
        counts |= {"resumed": imported.resumed}
        show_json({**counts, "stored": imported.stored, "ignored": imported.ignored})
    else:
        if imported.resumed:
            say(f"went on after the {imported.resumed:,} rows that were stored before it was interrupted")
        would = "would be: " if dry_run else ""
        say(would + _sentence(saved) + (f"; rows refused: {imported.refused}" if imported.refused else ""))
        if imported.ignored:
            say(f"left out, because no column is called so: {', '.join(imported.ignored)} (--map says what they are)")
    where = f"in {report}" if report else "above"
    if imported.refused and dry_run and not skip_bad:
        raise Stop(f"nothing would be stored; correct the rows {where}, or use --skip-bad")
    if imported.refused and not imported.stored and not dry_run:
        raise Stop(f"nothing was stored; correct the rows {where}, or repeat with --skip-bad")


def _form(encoding: str, named: Sequence[str]) -> Form:
    from publisher.mailing.intake.files import Form
    from publisher.mailing.intake.rows import COLUMNS

    names: dict[str, str] = {}
    for each in named:
        theirs, _, ours = each.rpartition("=")
        if not theirs.strip() or ours.strip() not in COLUMNS:
            raise Stop(f"--map {each!a}: write it as THEIRS=OURS; ours are {', '.join(COLUMNS)}")
        names[theirs.strip().lower()] = ours.strip()
    return Form(encoding, names)


@contextmanager
def _telling(file: Path, report: Path | None) -> Iterator[Callable[[Problem], None]]:
    """Who hears of rows that cannot be taken: the report, or else standard error, where nobody reads on for ever."""
    from publisher.mailing.intake.report import reporting

    if report is None:
        yield Told(file.name, "--report FILE names all")
        return
    try:
        with reporting(report) as tell:
            yield tell
    except OSError as error:
        raise Stop(f"cannot write {report}: {error.strerror}") from error


async def _imported(
    workspace: Path,
    file: Path,
    source: str,
    form: Form,
    on_problem: Callable[[Problem], None],
    dry_run: bool,
    skip_bad: bool,
) -> Imported:
    from publisher.app import opened
    from publisher.content.kinds import KINDS
    from publisher.mailing.intake.importing import Intake, import_file
    from publisher.mailing.intake.rows import RowReader

    with progressing(file.name) as on_progress:
        intake = Intake(file, RowReader(KINDS, source), on_problem, on_progress, form)
        async with opened(workspace) as app:
            try:
                return await import_file(
                    app.store.begin,
                    intake,
                    at=app.clock.now(),
                    hashing=app.hashing,
                    skip_bad=skip_bad,
                    dry_run=dry_run,
                )
            except OSError as error:
                raise Stop(f"cannot read {file}: {error.strerror}") from error


@subscribers.command(epilog="Example: publisher subscribers export readers.csv --locale zh-CN")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv or .jsonl.", show_default=False)],
    workspace: Workspace = HERE,
    locale: Annotated[str | None, typer.Option(help="Only who reads this language.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", "-k", help="Only who gets this kind.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Only who is there, a code of ISO 3166 such as SG.")] = None,
) -> None:
    """Writes the active readers to a file that imports again to the same. Never their anti-phishing codes."""
    from publisher.content.kinds import KINDS
    from publisher.mailing.exporting import Chosen
    from publisher.mailing.intake.fields import read_jurisdiction, read_locale

    if kind is not None and kind not in KINDS:
        raise Stop(f"there is no kind {kind!a}; the kinds are {', '.join(sorted(KINDS))}")
    try:
        language, place = locale and read_locale(locale), jurisdiction and read_jurisdiction(jurisdiction)
    except ValueError as error:
        raise Stop(f"the language or the jurisdiction {error}") from error
    count = run(_exported(workspace, file, Chosen(language, kind, place)))
    say(f"{count:,} readers are in {file}, which only you can read")


async def _exported(workspace: Path, file: Path, chosen: Chosen) -> int:
    from publisher.app import opened
    from publisher.mailing.exporting import export_file

    async with opened(workspace) as app:
        try:
            return await export_file(app.store.read, file, chosen)
        except OSError as error:
            raise Stop(f"cannot write {file}: {error.strerror}") from error


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
