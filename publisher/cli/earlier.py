"""`publisher import`: announcements from before the desk."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.output import HERE, AsJson, Stop, Workspace, run, say, show_json, show_table

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.app.earlier import Taken
    from publisher.site.earlier.item import Earlier, Refused

    Read = Callable[[App], Coroutine[Any, Any, Sequence[Earlier | Refused]]]

earlier = typer.Typer(no_args_is_help=True, help="Announcements from before become pages; nothing is sent.")

PANEL = "Run"
Locale = Annotated[str, typer.Option(help="The language of what says none itself.", show_default="the website's first")]
Kind = Annotated[str, typer.Option(help="The kind of what says none itself.")]
Maps = Annotated[
    list[str] | None, typer.Option("--map", help="CATEGORY=KIND: what a category of theirs is here. Repeat it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(earlier, name="import", rich_help_panel=PANEL)


@earlier.command(epilog='Example: publisher import feed https://example.com/feed.atom --map "New listings=listing"')
def feed(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="Atom, RSS 2.0 or JSON Feed.", show_default=False)],
    locale: Locale = "",
    kind: Kind = "notice",
    maps: Maps = None,
    dry_run: DryRun = False,
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """Takes the announcements of a feed, and of the archives that it leads to, with their dates. Safe to repeat."""

    async def read(_: App) -> Sequence[Earlier | Refused]:
        from publisher.app.earlier import BYTES, read_url
        from publisher.site.earlier import feeds

        if source.startswith(("http://", "https://")):
            return await read_url(source)
        return feeds.read(_bytes(Path(source), BYTES), "").items

    _show(run(_taken(workspace, source, read, (locale, kind, maps), dry_run)), dry_run, as_json)


@earlier.command(epilog="Example: publisher import markdown old-news --kind notice --dry-run")
def markdown(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Markdown files, at any depth.", show_default=False)],
    locale: Locale = "",
    kind: Kind = "notice",
    maps: Maps = None,
    dry_run: DryRun = False,
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """Takes the announcements of a folder: date and title from front matter, file name and heading. Safe to repeat."""

    async def read(app: App) -> Sequence[Earlier | Refused]:
        from publisher.site.earlier.folder import read as read_folder

        return list(read_folder(folder, app.settings.site.locales))

    _show(run(_taken(workspace, str(folder), read, (locale, kind, maps), dry_run)), dry_run, as_json)


async def _taken(
    workspace: Path, source: str, read: Read, said: tuple[str, str, list[str] | None], dry_run: bool
) -> Sequence[Taken]:
    from publisher.app import opened
    from publisher.app.earlier import take, terms
    from publisher.app.website import chronicles
    from publisher.app.working import connect
    from publisher.site.earlier.item import Unreadable

    locale, kind, maps = said
    async with opened(workspace) as app:
        connections = connect(app)
        try:
            wanted = terms(app, locale, kind, _mapping(maps or ()))
            _, website = next(chronicles(app, connections), ("", None))
            if website is None:
                raise Stop("no account writes the folder site.root; there is nowhere to put them")
            return await take(app, website, await read(app), wanted, dry_run=dry_run)
        except Unreadable as error:
            raise Stop(f"{source}: {error}") from error
        except ValueError as error:
            raise Stop(str(error)) from error
        except OSError as error:
            raise Stop(f"{error.filename or source}: {error.strerror}") from error
        finally:
            await connections.close()


def _bytes(file: Path, most: int) -> bytes:
    if file.stat().st_size > most:
        raise Stop(f"{file} has more than {most:,} bytes")
    return file.read_bytes()


def _mapping(maps: Sequence[str]) -> Mapping[str, str]:
    pairs = [text.rpartition("=") for text in maps]
    for text, (category, _, kind) in zip(maps, pairs, strict=True):
        if not category or not kind:
            raise Stop(f"--map {text!r} is not CATEGORY=KIND")
    return {category.strip(): kind.strip() for category, _, kind in pairs}


def _show(taken: Sequence[Taken], dry_run: bool, as_json: bool) -> None:
    refused = [each for each in taken if each.state == "refused"]
    if as_json:
        show_json([asdict(each) for each in taken])
    else:
        columns = ("Where", "Title", "", "Reference", "Kind", "Of")
        rows = [(t.where, t.title, t.state, t.reference, t.kind, t.published) for t in taken if t.state != "refused"]
        show_table(columns, rows)
        for each in refused:
            say(f"{each.where}: refused: {each.reason}", error=True)
        counts = {state: sum(each.state == state for each in taken) for state in ("new", "changed", "unchanged")}
        numbers = ", ".join(f"{count} {state}" for state, count in counts.items())
        say(f"{numbers}, {len(refused)} refused" + ("; nothing was written" if dry_run else "; nothing was sent"))
    if refused:
        raise typer.Exit(1)
