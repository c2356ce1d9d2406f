"""A warning of lint stops a submission until it is corrected or accepted with a reason that approvers can read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.app import App, opened
from publisher.channel import Finding, Severity
from publisher.cli.workspace import commented, migrated
from publisher.release.acceptance import accepted
from publisher.release.approval import Refused, new_token, token_hash
from publisher.release.lint.lists import ListError
from publisher.settings import FILE_NAME
from tests.content.folders import EN, TOML, Folder

NUMBER = Finding("language.number", "en-US says `5` where zh-CN says `50`", "", Severity.WARNING)
TIME = Finding("time.no_zone", "`10:00` says no time zone", "", Severity.WARNING)
ELSEWHERE = Finding("destinations.locale", "zh-CN goes nowhere", "", Severity.WARNING)


@pytest.mark.parametrize(
    "codes, reason, refusal",
    [
        (
            [],
            "",
            "correct language.number, time.no_zone, or submit with --accept language.number --accept time.no_zone",
        ),
        (["language.number"], "it is meant", "correct time.no_zone"),
        (["language.number", "time.no_zone"], " ", "say why"),
        (["language.number", "time.no_zone", "link.http"], "it is meant", "there is no warning link.http to accept"),
    ],
)
def test_what_is_not_accepted_with_a_reason_is_refused(codes: Sequence[str], reason: str, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        accepted([NUMBER, TIME, NUMBER], codes, reason)


def test_an_accepted_warning_is_in_the_reason() -> None:
    reason = accepted([NUMBER, TIME, NUMBER], ["time.no_zone", "language.number"], "as in the user agreement")

    assert reason == "submitted; accepted language.number, time.no_zone: as in the user agreement"


def test_other_warnings_need_no_reason() -> None:
    assert accepted([ELSEWHERE], [], "") == "submitted"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """A desk with the registry that its settings name, an hour before the sample is due."""
    settings = commented().replace("[exchange]", 'assets = "assets.csv"\n\n[exchange]', 1)
    (tmp_path / FILE_NAME).write_text(settings, encoding="utf-8")
    (tmp_path / "publisher.sqlite3").touch()
    await migrated(tmp_path)
    async with opened(tmp_path) as app:
        async with app.store.begin() as tx:
            await app.clock.move(tx, datetime(2026, 12, 1, 1, tzinfo=UTC) - app.clock.now())
        yield app


@pytest.fixture
def listing(tmp_path: Path) -> Folder:
    return Folder.of("listing", tmp_path / "listing")


async def test_approvers_read_what_was_accepted_and_why(app: App, listing: Folder) -> None:
    token = new_token()
    async with app.store.begin() as tx:
        await tx.save_person("alice", ["authors"], token_hash(token), app.clock.now())
    (app.workspace / "assets.csv").write_text("id,ticker,name\naurora,AURP,Aurora Protocol\n")
    prepared, findings = await app.prepare(listing.path)

    assert prepared is not None, findings
    assert [finding.message for finding in findings] == ["the asset registry has no USDT"]
    with pytest.raises(Refused, match=r"--accept asset\.unknown"):
        await app.submit(prepared, token)
    review = await app.submit(prepared, token, ["asset.unknown"], "USDT comes with the next export")

    async with app.store.read() as tx:
        [submitted, *_] = await tx.history("release", [review.release.id])
    assert submitted.actor == "alice"
    assert submitted.reason == "submitted; accepted asset.unknown: USDT comes with the next export"


async def test_an_error_cannot_be_accepted(app: App, listing: Folder) -> None:
    (app.workspace / "assets.csv").write_text("id,ticker,name\naurora,AURP,Aurora Protocol\ntether,USDT,Tether\n")
    listing.append(EN, "\nSee [fees](http://example.com/fees).\n")
    prepared, _ = await app.prepare(listing.path)

    assert prepared is not None
    with pytest.raises(Refused, match="there are errors"):
        await app.submit(prepared, "no matter whose", ["link.http"], "it is meant")


async def test_a_folder_that_cannot_be_read_is_looked_at_all_the_same(app: App, listing: Folder) -> None:
    (app.workspace / "assets.csv").write_text("id,ticker,name\naurora,AURP,Aurora Protocol\ntether,USDT,Tether\n")
    listing.replace(TOML, 'product = "spot"', 'product = "spto"').append(EN, "\nSee <http://example.com/fees>.\n")

    prepared, findings = await app.prepare(listing.path)

    assert prepared is None
    assert {"wrong_value", "link.http"} <= {finding.code for finding in findings}


async def test_a_registry_that_is_not_there_ends_the_check(app: App, listing: Folder) -> None:
    with pytest.raises(ListError, match="No such file"):
        await app.prepare(listing.path)
