"""`publisher subscribers show`, `export-person`, `erase`, `keys rotate`, as staff use them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from publisher.app import opened
from publisher.mailing.codes import choose_code
from tests.cli.desk import Desk

ONE = "reader@example.org"


def add(desk: Desk) -> None:
    said = desk.tried(
        "subscribers", "add", ONE, "--kind", "listing", "--zone", "Asia/Singapore", "--frequency", "daily"
    )
    assert said.out == "1 added, 0 updated, 0 unchanged\n"


def choose(root: Path, code: str) -> None:
    async def act() -> None:
        async with opened(root) as app, app.store.begin() as tx:
            (subscriber,) = (await tx.subscribers_by_key([ONE])).values()
            await choose_code(tx, app.encryption, subscriber.id, code, app.clock.now())

    asyncio.run(act())


def test_what_a_reader_gets_is_shown_and_exported_without_the_code(desk: Desk) -> None:
    add(desk)
    choose(desk.root, "Canary42")

    shown = desk.tried("subscribers", "show", "Reader@Example.org")
    exported = desk.tried("export-person", ONE)

    assert "en-US, Asia/Singapore, region unknown\n" in shown.out
    assert "gets listing (daily)\nanti-phishing code: chosen\n" in shown.out
    told = json.loads(exported.out)
    assert told["subscriber"]["zone"] == "Asia/Singapore"
    assert told["subscriber"]["has_anti_phishing_code"] is True
    assert [line["act"] for line in told["consent"]] == ["added"]
    assert "Canary42" not in shown.out + exported.out


def test_a_reader_is_erased_only_when_it_is_meant_and_never_comes_back(desk: Desk) -> None:
    add(desk)

    assert desk.tried("erase", ONE).code == 1
    assert desk.tried("subscribers", "show", ONE).code == 0
    assert desk.tried("erase", ONE, "--yes").out == (
        "Erased: the subscriber, the address in 0 mails and 0 segment rows.\n"
    )

    gone = desk.tried("subscribers", "show", ONE)
    assert (gone.code, gone.err) == (1, f"publisher: nothing is known of {ONE}\n")
    again = desk.tried("subscribers", "add", ONE)
    assert "1 left alone because they unsubscribed, bounced or were erased" in again.out
    assert ONE.encode() not in (desk.root / "publisher.sqlite3").read_bytes()
    assert "Nothing was held about" in desk.tried("erase", ONE, "--yes").out


def test_what_is_no_address_is_told_so(desk: Desk) -> None:
    for command in (("subscribers", "show"), ("export-person",), ("erase", "--yes")):
        said = desk.tried(*command, "reader")
        assert (said.code, said.err) == (1, "publisher: the address has no @\n")
    assert "is 'Asia/Singapur', which is not a time zone; did you mean Asia/Singapore?" in (
        desk.tried("subscribers", "add", ONE, "--zone", "Asia/Singapur").err
    )


def test_a_new_key_takes_over(desk: Desk) -> None:
    add(desk)
    choose(desk.root, "Canary42")
    file = desk.root / "secrets/data.key"
    old = file.read_text()
    file.write_text("ab" * 32 + "\n" + old)

    first = desk.tried("keys", "rotate")
    second = desk.tried("keys", "rotate")
    file.write_text("cd" * 32 + "\n" + old)
    lost = desk.tried("keys", "rotate")

    assert first.out.startswith("1 of 1 texts were encrypted anew with key ")
    assert "may go; else restart them and run it again." in first.out
    assert second.out.startswith("0 of 1 texts")
    assert lost.code == 1
    assert "needs the data key" in lost.err
    assert "1 texts cannot be read" in lost.err
