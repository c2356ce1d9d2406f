"""`publisher subscribers show`, `export-person`, `erase`: what is held about one reader, and its end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import HERE, Stop, Workspace, run, say, show_json, show_table
from publisher.cli.readers import PANEL, subscribers
from publisher.wall_time import in_utc

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.mailing.disclosure import Disclosure, Standing
    from publisher.mailing.erasure import Erased

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's mail address.", show_default=False)]


def add_to(cli: typer.Typer) -> None:
    subscribers.command(epilog="Example: publisher subscribers show reader@example.org")(show)
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher export-person reader@example.org > person.json")(
        export_person
    )
    cli.command(rich_help_panel=PANEL, epilog="Example: publisher erase reader@example.org")(erase)


def show(address: Address, workspace: Workspace = HERE) -> None:
    """What one reader gets, and does not get."""
    told = run(_disclosed(workspace, address))
    if told.is_empty:
        raise Stop(f"nothing is known of {told.address}")
    for line in _about(told.subscriber) if told.subscriber else (f"{told.address} is not a subscriber.",):
        say(line)
    for stopped in told.suppressions:
        say(f"gets no {stopped.mail_class} mail since {in_utc(stopped.at)}: {stopped.reason}")
    for membership in told.segments:
        say(f"is in segment {membership.segment} of {in_utc(membership.taken_at)}")
    if told.mails:
        several = "several announcements"
        rows = [(each.reference or each.announcement or several, each.stage or "", each.state) for each in told.mails]
        show_table(("Mail", "Stage", "State"), rows, state=2)


def _about(subscriber: Standing) -> list[str]:
    where = [subscriber.locale, subscriber.zone or "no time zone", subscriber.jurisdiction or "region unknown"]
    wanted = ", ".join(f"{each.kind} ({each.frequency})" for each in subscriber.subscriptions) or "nothing"
    code = "chosen" if subscriber.has_anti_phishing_code else "none"
    first = f"subscriber {subscriber.id}, {subscriber.state} since {subscriber.created_at:%Y-%m-%d}"
    return [
        f"{first}: {', '.join(where)}",
        f"gets {wanted}",
        f"anti-phishing code: {code}",
        f"mailed of what follows: {subscriber.follow}",
    ]


def export_person(address: Address, workspace: Workspace = HERE) -> None:
    """Everything that is held about one reader, as JSON; of their anti-phishing code only whether there is one."""
    told = run(_disclosed(workspace, address))
    if told.is_empty:
        raise Stop(f"nothing is held about {told.address}")
    show_json(asdict(told))


async def _disclosed(workspace: Path, address: str) -> Disclosure:
    from publisher.app import opened
    from publisher.mailing.disclosure import disclose

    key = _key(address)
    async with opened(workspace) as app, app.store.read() as tx:
        return await disclose(tx, key)


def erase(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = HERE,
) -> None:
    """Erases one reader for good: only a keyed hash stays, so that nobody ever writes to them again."""
    key = _key(address)
    if not yes:
        typer.confirm(f"Erase everything about {key}? It cannot be undone", abort=True)
    erased = run(_erased(workspace, key))
    if not erased.anything:
        say(f"Nothing was held about {key}; it will not be taken from any list.")
        return
    subscriber = "the subscriber, " if erased.subscriber else ""
    say(f"Erased: {subscriber}the address in {erased.mails} mails and {erased.memberships} segment rows.")
    if erased.on_their_way:
        say("A mail to them is on its way at this moment; erase once more in a quarter of an hour.", error=True)


async def _erased(workspace: Path, key: str) -> Erased:
    from publisher.app import opened
    from publisher.mailing.erasure import erase

    async with opened(workspace) as app, app.store.begin() as tx:
        return await erase(tx, app.hashing, key, app.clock.now())


def _key(address: str) -> str:
    from publisher.mailing.addresses import AddressError, address_key, read_address

    try:
        return address_key(read_address(address))
    except AddressError as error:
        raise Stop(f"the address {error}") from error
