"""What only another destination mails is in no digest: it is refused while it can still be put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.app import opened
from publisher.channel import Capabilities, Regions, Target
from publisher.cli.workspace import commented, migrated
from publisher.content.announcement import Audience, Revision
from publisher.release.digested import unheard
from publisher.release.waves import MAIL, POSTS
from publisher.settings import FILE_NAME
from tests.content.folders import TOML, Folder
from tests.release.builders import revision

MAIL_EN = Target("mail", "email", "relay", "news@example.com", "en-US", chooses=True)
MAIL_ZH = replace(MAIL_EN, locale="zh-CN")
OTHER_EN, OTHER_ZH = replace(MAIL_EN, destination="other"), replace(MAIL_ZH, destination="other")
CHAT = replace(MAIL_EN, destination="chat", channel="telegram")
EU, JP = Regions(("DE", "FR")), Regions(("JP",))


def said(*targets: Target, of: Revision | None = None, digests: str = "mail") -> Sequence[str]:
    found = unheard(
        of or revision(),
        targets,
        lambda channel: Capabilities({}, wave=MAIL if channel == "email" else POSTS),
        digests,
    )
    assert all(each.fix for each in found)
    return [f"{each.severity.name} {each.code}: {each.message}" for each in found]


def test_what_the_destination_of_digests_does_not_mail_is_refused() -> None:
    assert said(OTHER_EN, CHAT) == [
        "ERROR digests.unheard: other mails it in en-US, and no digest has it: mail sends those; "
        "whoever chose a digest would never hear of it"
    ]
    assert said(MAIL_ZH, OTHER_EN)[0].startswith("ERROR digests.unheard: other mails it in en-US")


def test_readers_whom_the_destination_of_digests_is_not_for_are_named() -> None:
    assert said(replace(MAIL_EN, jurisdictions=JP), replace(OTHER_EN, jurisdictions=EU)) == [
        "ERROR digests.unheard: other mails it to readers in DE, FR, and no digest reaches them: "
        "mail sends those, and is not for them"
    ]
    japanese = replace(revision(), regions=JP)
    assert said(replace(MAIL_EN, jurisdictions=JP), replace(OTHER_EN, jurisdictions=EU), of=japanese) == []
    assert said(MAIL_EN, replace(OTHER_EN, jurisdictions=EU)) == []


def test_a_language_that_digests_have_in_english_only_is_warned_of() -> None:
    assert said(MAIL_EN, OTHER_ZH) == [
        "WARNING digests.language: other mails it in zh-CN; digests have it in en-US only"
    ]
    assert said(MAIL_EN, MAIL_ZH, OTHER_ZH, OTHER_EN) == []


@pytest.mark.parametrize(
    ("of", "digests"),
    [
        (replace(revision(), audience=Audience("segment:vip")), "mail"),
        (revision(kind="security"), "mail"),
        (revision(kind="incident"), "mail"),
        (revision(), ""),
    ],
    ids=["segment", "mandatory", "urgent", "no digests"],
)
def test_what_waits_for_no_digest_is_nobodys_loss(of: Revision, digests: str) -> None:
    assert said(OTHER_EN, of=of, digests=digests) == []


ANOTHER = """[digests]
destination = "newsletter"

[destinations.second]
account = "relay"
address = "second@example.com"
locales = ["en-US"]

[sets]
second = ["website", "second"]
both = ["website", "newsletter", "second"]"""


@pytest.mark.parametrize(
    ("name", "codes"), [("second", ["digests.unheard"]), ("both", ["mail.twice"]), ("default", [])]
)
async def test_check_says_so_before_anybody_approves(tmp_path: Path, name: str, codes: Sequence[str]) -> None:
    (tmp_path / FILE_NAME).write_text(commented().replace("[sets]", ANOTHER), encoding="utf-8")
    (tmp_path / "publisher.sqlite3").touch()
    await migrated(tmp_path)
    listing = Folder.of("listing", tmp_path / "listing").replace(TOML, "# destinations", f'destinations = "{name}"\n#')
    async with opened(tmp_path) as app:
        async with app.store.begin() as tx:
            await app.clock.move(tx, datetime(2026, 12, 1, 1, tzinfo=UTC) - app.clock.now())
        prepared, findings = await app.prepare(listing.path)

    assert [each.code for each in findings if each.code.startswith(("digests.", "mail."))] == codes
    assert prepared is not None
    assert prepared.ok is (not codes), findings


def test_one_destination_has_nothing_to_answer_for() -> None:
    assert said(MAIL_EN, MAIL_ZH, CHAT) == []
