"""`publisher mailing`: one mailing to many readers, watched, stopped, let go on and mended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from publisher.cli.acting import GREATEST, Reason, ReleaseId, TokenFile, act
from publisher.cli.output import HERE, AsJson, Stop, Workspace, moment, run, say, show_json, show_table

if TYPE_CHECKING:
    from publisher.mailing.progress import Progress
    from publisher.mailing.resend import Resent
    from publisher.mailing.transaction import MailingLine, Missed
    from publisher.release.release import Person
    from publisher.store.transaction import SqlTransaction

mailing = typer.Typer(no_args_is_help=True, help="Mailings: how far they are, pause, resume, cancel, who missed one.")

PANEL = "On duty"

Number = Annotated[
    int,
    typer.Argument(
        metavar="MAILING", max=GREATEST, help="Its number, from publisher mailing list.", show_default=False
    ),
]
AddressToFind = Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's address.", show_default=False)]


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(mailing, name="mailing", rich_help_panel=PANEL)


# --- look


@mailing.command("list", epilog="Example: publisher mailing list")
def list_mailings(workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """The newest mailings, with what each does now and its numbers."""
    found = run(_all(workspace))
    if as_json:
        show_json([progress_json(each) for each in found])
        return
    if not found:
        say("No mailing yet. One starts when a release is published to a destination by e-mail.")
        return
    columns = ("Mailing", "Release", "Of", "To", "Locale", "Stands", "Audience = states")
    show_table(columns, [_row(each) for each in found], state=5)


def _row(progress: Progress) -> Sequence[str]:
    line, identity = progress.line, progress.report.identity
    numbers = (str(line.mailing.id), str(line.release_id or "-"))
    return [*numbers, line.reference or line.title, line.destination, line.locale, progress.standing, identity]


async def _all(workspace: Path) -> Sequence[Progress]:
    from publisher.app import opened
    from publisher.mailing.progress import progress

    async with opened(workspace) as app, app.store.read() as tx:
        return [await progress(tx, line) for line in await tx.mailing_lines()]


@mailing.command(epilog="Example: publisher mailing status 17 --watch")
def status(
    number: Number,
    workspace: Workspace = HERE,
    watch: Annotated[bool, typer.Option("--watch", help="Until it is over: live, with its pace.")] = False,
    as_json: AsJson = False,
) -> None:
    """What a mailing does now and the state of all its readers, which always add up to its audience."""
    from publisher.cli.mailing_live import follow, look

    if watch:
        run(follow(workspace, number, as_json=as_json))
        return
    found, acts = run(look(workspace, number))
    if as_json:
        show_json({**progress_json(found), "history": acts})
        return
    of = f", release {found.line.release_id}" if found.line.release_id else ""
    say(f"Mailing {found.line.mailing.id}{of}: {found.line.name}")
    say(found.sentence)
    say(found.report.identity)
    for sentence in filter(None, (found.report.again, found.report.mailing.left_out.sentence)):
        say(sentence)
    for each in acts:
        say(f"{moment(each['at'])} {each['after']} by {each['who']}: {each['reason']}")


def progress_json(progress: Progress) -> Mapping[str, object]:
    line, report = progress.line, progress.report
    return {
        "mailing": line.mailing.id,
        "release": line.release_id,
        "reference": line.reference,
        "title": line.title,
        "destination": line.destination,
        "locale": line.locale,
        "stands": progress.standing,
        "why": progress.why,
        "audience": report.mailing.audience,
        "states": dict(report.counts),
        "adds_up": report.total == report.mailing.audience,
        "resends": report.resends,
        "finished_at": line.mailing.finished_at,
    }


# --- act


class _Deciding(Protocol):
    """What `publisher.mailing.control` decides."""

    async def __call__(
        self, tx: SqlTransaction, mailing_id: int, *, at: datetime, actor: str, reason: str
    ) -> object: ...


def _decide(workspace: Path, token_file: Path | None, decision: _Deciding, number: int, reason: str) -> Progress:
    from publisher.cli.mailing_live import look

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> None:
        await decision(tx, number, at=now, actor=person.name, reason=reason)

    act(workspace, token_file, work)
    # Not in the same transaction: to count a million readers in it would keep the worker from writing.
    found, _ = run(look(workspace, number))
    return found


@mailing.command(epilog='Example: publisher mailing pause 17 --reason "the amount is wrong"')
def pause(number: Number, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Nothing more goes out but the groups in flight, until publisher mailing resume. Anybody on duty may."""
    from publisher.mailing.control import pause

    found = _decide(workspace, token_file, pause, number, reason)
    say(f"mailing {number} is paused; {found.report.identity}")


@mailing.command(epilog="Example: publisher mailing resume 17")
def resume(
    number: Number, workspace: Workspace = HERE, token_file: TokenFile = None, reason: Reason = "resumed"
) -> None:
    """Lets a paused mailing go on, also one that was paused because too many were refused."""
    from publisher.mailing.control import resume

    say(f"mailing {number} goes on; {_decide(workspace, token_file, resume, number, reason).report.identity}")


@mailing.command(epilog='Example: publisher mailing cancel 17 --reason "the upgrade was called off"')
def cancel(number: Number, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Ends a mailing for good; anybody on duty may. Who has the mail has it."""
    from publisher.mailing.control import cancel

    found = _decide(workspace, token_file, cancel, number, reason)
    say(f"mailing {number} is being cancelled; {found.report.identity}")


@mailing.command(epilog='Example: publisher mailing go 12 --reason "the first ones look right"')
def go(release: ReleaseId, reason: Reason, workspace: Workspace = HERE, token_file: TokenFile = None) -> None:
    """Lets the mailings of a release go on that wait for a person: the rest follows the first readers, and what is held
    because it reaches others than people approved goes out.
    """
    from publisher.mailing import control, drift

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Sequence[str]:
        lines = await control.go_all(tx, release, at=now, actor=person.name, reason=reason)
        gone = [f"mailing {line.mailing.id} goes on" for line in lines]
        if gone and not any(of == release for of, _ in await tx.drifted()):
            return gone
        held = await drift.go(tx, release, at=now, actor=person.name, reason=reason)
        return [*gone, *(f"{each.name} goes out to {each.found:,} readers" for each in held)]

    for line in act(workspace, token_file, work):
        say(line)


@mailing.command("resend-missing", epilog='Example: publisher mailing resend-missing 17 --reason "relay mended"')
def resend(
    number: Number,
    reason: Reason,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Also those who may have it already: some may get it twice.")
    ] = False,
    workspace: Workspace = HERE,
    token_file: TokenFile = None,
) -> None:
    """Sends once more to those whom the relay refused, while the mailing may still go out. Nobody who has it."""
    from publisher.mailing.resend import resend_missing

    async def work(tx: SqlTransaction, person: Person, now: datetime) -> Resent:
        return await resend_missing(tx, number, unconfirmed=unconfirmed, at=now, actor=person.name, reason=reason)

    resent = act(workspace, token_file, work)
    say(f"mailing {number} goes on; {resent.sentence}")


# --- who did not get it


@mailing.command(epilog="Example: publisher mailing missing ANN-2026-00042 --json > missing.jsonl")
def missing(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RELEASE",
            help="Its number, or the reference of an announcement: ANN-2026-00042.",
            show_default=False,
        ),
    ],
    address: Annotated[str | None, typer.Option(help="Only this reader: whether, and why not.")] = None,
    workspace: Workspace = HERE,
    as_json: AsJson = False,
) -> None:
    """Every reader who did not get the mail, or may not have: a line each, and why.

    With --json a line of JSON each.
    """
    if address is not None:
        _tell_one(run(_mails_to(workspace, address)), what, address, as_json)
        return
    number = run(_each_missed(workspace, what, _say_json if as_json else _say_plain))
    say(f"{number} did not get it, or may not have" if number else "nobody missed it", error=True)


def _tell_one(
    found: Sequence[tuple[MailingLine, Missed, datetime | None]], what: str, address: str, as_json: bool
) -> None:
    theirs = [each for each in found if what in (str(each[0].release_id), each[0].reference)]
    if not theirs:
        raise Stop(f"{address} was not in the audience of {what}; publisher mailing who {address} lists what they got")
    _show_mails(theirs, as_json)


async def _each_missed(workspace: Path, what: str, tell: Callable[[MailingLine, Missed], None]) -> int:
    from publisher.app import opened
    from publisher.mailing.report import who_missed_it

    number = 0
    async with opened(workspace) as app, app.store.read() as tx:
        for line in await _of(tx, what):
            async for reader in who_missed_it(tx, line.mailing.id):
                tell(line, reader)
                number += 1
    return number


async def _of(tx: SqlTransaction, what: str) -> Sequence[MailingLine]:
    """The mailings of a release or an announcement; raises Stop, LookupError."""
    if what.isdecimal() and int(what) <= GREATEST:
        await tx.release(int(what))
        return await tx.mailing_lines(release_id=int(what))
    if not re.fullmatch(r"ANN-\d{4}-\d{5,}", what):
        raise Stop(f"{what!r} is neither the number of a release nor a reference such as ANN-2026-00042")
    lines = await tx.mailing_lines(reference=what)
    if not lines:
        raise Stop(f"nothing of {what} was mailed")
    return lines


def _say_plain(line: MailingLine, missed: Missed) -> None:
    say("\t".join((missed.address, missed.state, line.destination, line.locale, missed.reason)))


def _say_json(line: MailingLine, missed: Missed) -> None:
    place = {"address": missed.address, "state": missed.state, "destination": line.destination, "locale": line.locale}
    say(json.dumps({**place, "reason": missed.reason, "attempts": missed.attempts}, ensure_ascii=False))


@mailing.command(epilog="Example: publisher mailing who reader@example.com")
def who(address: AddressToFind, workspace: Workspace = HERE, as_json: AsJson = False) -> None:
    """What one reader got: every mailing that had them in its audience, and what became of it."""
    found = run(_mails_to(workspace, address))
    if not found and not as_json:
        say(f"no mailing had {address} in its audience")
        return
    _show_mails(found, as_json)


async def _mails_to(workspace: Path, address: str) -> Sequence[tuple[MailingLine, Missed, datetime | None]]:
    from publisher.app import opened
    from publisher.mailing.addresses import address_key

    async with opened(workspace) as app, app.store.read() as tx:
        return await tx.mails_to(address_key(address.strip()))


def _show_mails(found: Sequence[tuple[MailingLine, Missed, datetime | None]], as_json: bool) -> None:
    rows = [
        {
            "mailing": line.mailing.id,
            "release": line.release_id,
            "reference": line.reference,
            "title": line.title,
            "address": told.address,
            "state": told.state,
            "tried_at": tried_at,
            "attempts": told.attempts,
            "resends": told.resends,
            "reason": told.reason,
        }
        for line, told, tried_at in found
    ]
    if as_json:
        show_json(rows)
        return
    columns = ("Mailing", "Of", "Sent to", "State", "Last tried (UTC)", "Reason")
    cells = [
        [
            str(row["mailing"]),
            str(row["reference"] or row["title"]),
            str(row["address"]),
            str(row["state"]),
            moment(row["tried_at"]),
            str(row["reason"]),
        ]
        for row in rows
    ]
    show_table(columns, cells, state=3)
