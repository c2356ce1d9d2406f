"""A reader's anti-phishing code is in the mail to that reader, and in no other byte that anybody could come across."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from publisher.app import App
from publisher.mailing.codes import choose_code
from publisher.mailing.disclosure import disclose
from tests.acceptance.desk import Desk

CODE = "Quokkacode77"
CHOSE, DID_NOT = "chooser", "neighbour"


@pytest.fixture(scope="module")
def mails(open_desk: Desk) -> Mapping[str, Mapping[str, Any]]:
    """An announcement to everywhere; reader -> the mail of it."""
    open_desk.add_readers([CHOSE, DID_NOT])
    address = f"{CHOSE}@readers.example"

    async def choose(app: App) -> None:
        async with app.store.begin() as tx:
            (subscriber,) = (await tx.subscribers_by_key([address])).values()
            await choose_code(tx, app.encryption, subscriber.id, CODE, app.clock.now())

    open_desk.do(choose)
    open_desk.publish(open_desk.announcement("maintenance", "Coded", after=1))
    return {mail["target"].partition("@")[0]: mail for mail in open_desk.arrivals("email", "Coded")}


def test_both_parts_of_the_reader_s_own_mail_show_it(mails: Mapping[str, Mapping[str, Any]]) -> None:
    letter = mails[CHOSE]["letter"]

    assert f"Your anti-phishing code: {CODE}" in letter["text"].splitlines()
    assert f"{CODE}</strong>" in letter["html"]


def test_nobody_else_s_mail_shows_it(mails: Mapping[str, Mapping[str, Any]]) -> None:
    assert "Your anti-phishing code: -" in mails[DID_NOT]["letter"]["text"].splitlines()
    assert [reader for reader, mail in mails.items() if CODE in json.dumps(mail)] == [CHOSE]


def test_it_is_in_no_post_file_log_or_database(desk: Desk, mails: Mapping[str, Mapping[str, Any]]) -> None:
    assert mails
    posts = [arrival for channel in ("telegram", "x") for arrival in desk.arrivals(channel, "Coded")]
    assert posts
    assert CODE not in json.dumps(posts)

    files = [path for path in desk.workspace.rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in files)
    assert any("sqlite" in path.name for path in files)
    assert [path for path in files if CODE.encode() in path.read_bytes()] == []
    assert desk.log()
    assert CODE not in desk.log()


def test_it_is_in_no_preview_and_no_export(desk: Desk, mails: Mapping[str, Mapping[str, Any]]) -> None:
    assert mails
    page = desk.preview(desk.announcement("maintenance", "Previewed", after=60))

    async def told(app: App) -> str:
        async with app.store.read() as tx:
            return json.dumps(asdict(await disclose(tx, f"{CHOSE}@readers.example")), default=str)

    exported = desk.do(told)
    assert '"has_anti_phishing_code": true' in exported
    assert CODE not in page + exported
