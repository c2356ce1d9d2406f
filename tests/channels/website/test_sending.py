"""Publishing, amending and withdrawing as a reader sees it over HTTP."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from channels.website.journal import Journal
from channels.website.press import Press
from channels.website.records import RecordFolder
from channels.website.sending import Website
from publisher.channel import Absent, Delivered, PublishedRecord, Rejected, Retry, Unknown
from tests.channels.website.conftest import Desk, part
from tests.pictures import listed, picture
from tests.site import samples
from tests.site.feeds import entries
from tests.site.samples import NOW, record

Connect = Callable[..., Website]


async def read(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def shown(desk: Desk, announcement: str = "a42", locale: str = "en-US") -> PublishedRecord:
    found = RecordFolder(desk.state).find(locale, announcement)
    assert found is not None
    return found


async def test_delivered_means_that_a_reader_sees_it(desk: Desk, connect: Connect) -> None:
    outcome = await connect().send(part(record(), "<p>Read by a reader.</p>"), ())
    assert isinstance(outcome, Delivered)
    assert outcome.receipt.ids == ("ANN-2026-00042",)
    assert outcome.receipt.url == "https://example.com/en-US/ANN-2026-00042"
    status, page = await read(f"{desk.url}/en-US/ANN-2026-00042")
    assert status == 200
    assert "<p>Read by a reader.</p>" in page
    assert record().title in (await read(f"{desk.url}/en-US/"))[1]


async def test_the_same_again_changes_no_byte(desk: Desk, connect: Connect) -> None:
    website = connect()
    await website.send(part(record()), ())
    before = desk.files()
    again = await website.send(part(record(at=NOW + timedelta(hours=1))), ())
    assert isinstance(again, Delivered)
    assert desk.files() == before


async def test_an_amendment_keeps_address_id_and_time_of_publication(desk: Desk, connect: Connect) -> None:
    website = connect()
    await website.send(part(record()), ())
    first = entries(desk.files()["en-US/feed.atom"])[0]
    later = record(at=NOW, summary="It takes until 05:00 (UTC).")
    assert isinstance(await website.amend(part(later), ()), Delivered)
    entry = entries(desk.files()["en-US/feed.atom"])[0]
    assert (entry.id, entry.link, entry.published) == (first.id, first.link, first.published)
    assert (entry.updated, entry.summary) == ("2026-12-03T03:00:00Z", "It takes until 05:00 (UTC).")
    assert "Corrected" in desk.page(later)
    assert len(RecordFolder(desk.state).slice("en-US", "", 0, 9)) == 1


async def test_a_withdrawn_announcement_leaves_a_notice(desk: Desk, connect: Connect) -> None:
    website = connect()
    await website.send(part(record(), "<p>Send your coins here.</p>"), ())
    assert isinstance(await website.retract(part(record()), ()), Delivered)
    status, page = await read(f"{desk.url}/en-US/ANN-2026-00042")
    assert status == 200
    assert "This announcement was withdrawn" in page
    assert not [path for path, data in desk.files().items() if b"Send your coins here" in data]
    entry = entries(desk.files()["en-US/feed.atom"])[0]
    assert entry.title == f"Withdrawn: {record().title}"
    assert entry.updated == "2026-12-03T03:00:00Z"
    before = desk.files()
    desk.now += timedelta(hours=1)
    assert isinstance(await website.retract(part(record()), ()), Delivered)
    assert desk.files() == before


async def test_withdrawing_what_was_never_there_is_done(connect: Connect) -> None:
    assert isinstance(await connect().retract(part(record()), ()), Delivered)


async def test_probe_reads_the_public_page(desk: Desk, connect: Connect) -> None:
    website, sent = connect(), part(record())
    assert await website.probe(sent, NOW) == Absent()
    await website.send(sent, ())
    assert isinstance(await website.probe(sent, NOW), Delivered)
    assert await website.probe(part(record(summary="Another text.")), NOW) == Absent()
    nobody = connect(url="http://127.0.0.1:9")
    assert isinstance(await nobody.probe(sent, NOW), Unknown)


async def test_unseen_is_to_be_repeated(desk: Desk, connect: Connect) -> None:
    outcome = await connect(url="http://127.0.0.1:9").send(part(record()), ())
    assert isinstance(outcome, Retry)
    assert "http://127.0.0.1:9/en-US/ANN-2026-00042" in outcome.reason
    assert isinstance(await connect().send(part(record()), ()), Delivered)


async def test_another_version_at_the_url_is_not_taken_for_this_one(desk: Desk, connect: Connect) -> None:
    await connect().send(part(record()), ())
    hidden = desk.folder / "other"
    outcome = await connect(root=hidden).send(part(record(summary="Another text.")), ())
    assert isinstance(outcome, Retry)
    assert "another version" in outcome.reason


async def test_confirmation_can_be_switched_off(connect: Connect) -> None:
    outcome = await connect(url="http://127.0.0.1:9", confirm=False).send(part(record()), ())
    assert isinstance(outcome, Delivered)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (record(locale="en-US", base="https://example.org"), "URL"),
        (record(kind="listing"), "kind"),
    ],
)
async def test_what_must_not_change_is_refused(connect: Connect, wrong: PublishedRecord, why: str) -> None:
    website = connect()
    await website.send(part(record()), ())
    outcome = await website.send(part(wrong), ())
    assert isinstance(outcome, Rejected)
    assert why in outcome.reason


async def test_a_locale_that_the_site_does_not_have_is_refused(connect: Connect) -> None:
    french = record().model_copy(update={"locale": "fr-FR"})
    outcome = await connect().send(part(french), ())
    assert isinstance(outcome, Rejected)
    assert "en-US, zh-CN" in outcome.reason


async def test_two_languages_at_once_do_not_disturb_each_other(desk: Desk, connect: Connect) -> None:
    website, other = connect(), connect()
    sends = [
        (website if number % 2 else other).send(part(record(number, locale=locale)), ())
        for number in range(1, 6)
        for locale in samples.LOCALES
    ]
    assert all(isinstance(outcome, Delivered) for outcome in await asyncio.gather(*sends))
    assert_whole(desk)


def test_two_processes_do_not_disturb_each_other(desk: Desk) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.site import samples as s\n"
        "for n in range(int(sys.argv[2]), 17, 2):\n"
        "    r = s.record(n); s.press(Path(sys.argv[1])).publish(r, s.article(r))"
    )
    command = [sys.executable, "-c", code, str(desk.folder)]
    both = [subprocess.Popen([*command, start], cwd=Path(__file__).parents[3]) for start in "12"]
    assert [process.wait() for process in both] == [0, 0]
    assert RecordFolder(desk.state).count("en-US", "") == 16
    assert_whole(desk)


async def test_time_alone_moves_the_state_on(desk: Desk, connect: Connect) -> None:
    website = connect()
    sent = record(starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=2))
    await website.send(part(sent), ())
    states = []
    while (turn := await website.refresh()) is not None:
        states.append(
            next(word for word in ("Scheduled", "In progress", "Completed") if f"</svg>{word}" in desk.page(sent))
        )
        desk.now = turn
    assert states == ["Scheduled", "In progress"]
    assert "</svg>Completed" in desk.page(sent)
    assert "</svg>Completed" in desk.files()["en-US/page/1.html"].decode()
    assert_whole(desk)


async def test_a_full_disk_leaves_the_site_as_it_was(desk: Desk) -> None:
    samples.publish(desk.folder, [record(1)])
    before, journal = desk.files(), Journal(desk.root, desk.state, _full_at(5))
    press = Press(journal, RecordFolder(desk.state), samples.site(), lambda: NOW)
    outcome = await Website(press, desk.url, None).send(part(record(2)), ())
    assert isinstance(outcome, Retry)
    assert "the disk is full" in outcome.reason
    assert desk.files() == before
    assert not (desk.state / "staged").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(mounted)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield mounted
    subprocess.run(["umount", mounted], check=True)


async def test_a_really_full_disk_shows_whole_announcements_only(small_disk: Path, connect: Connect) -> None:
    website = connect(root=small_disk / "site", confirm=False)
    outcomes = [await website.send(part(record(number)), ()) for number in range(1, 30)]
    full = [outcome for outcome in outcomes if isinstance(outcome, Retry)]
    assert full
    assert "the disk is full" in full[0].reason
    listed = RecordFolder(small_disk / "site.state").count("en-US", "")
    assert listed == len(list((small_disk / "site/en-US").glob("ANN-*.html"))) == len(outcomes) - len(full)


async def test_a_state_folder_must_share_the_file_system(small_disk: Path, connect: Connect) -> None:
    outcome = await connect(state=small_disk / "state").send(part(record()), ())
    assert isinstance(outcome, Retry)
    assert "set the account's `state`" in outcome.reason


def _full_at(step: int) -> Callable[[str], None]:
    seen: list[str] = []

    def trace(name: str) -> None:
        seen.append(name)
        if len(seen) == step:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    return trace


def assert_whole(desk: Desk) -> None:
    """What was written step by step is what the records say when all is made anew."""
    before = desk.files()
    samples.press(desk.folder, desk.now).rebuild()
    assert desk.files().keys() == before.keys()
    assert [name for name, data in desk.files().items() if data != before[name]] == []


async def test_a_picture_is_there_for_readers_of_its_article(desk: Desk, connect: Connect) -> None:
    chart = listed(picture())
    with_chart = record().model_copy(update={"pictures": (chart,)})

    outcome = await connect().send(replace(part(with_chart), pictures={chart.sha256: picture().content}), ())

    assert isinstance(outcome, Delivered)
    async with aiohttp.ClientSession() as session, session.get(f"{desk.url}/{chart.path}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert await answer.read() == picture().content
