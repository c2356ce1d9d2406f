"""Calendars as three programs of other people read them, through all that happens to an announcement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.website.records import order_line, order_path
from publisher.channel import Fact, Record, Regions
from publisher.site.calendars.calendar import Calendar, Entry, write
from publisher.site.calendars.derived import NEWEST
from publisher.site.derive import Site
from publisher.site.views import Gate
from tests.site import every_kind, samples
from tests.site.calendars.reading import Read, agreed, by_icalendar
from tests.site.samples import NOW, article, record

STARTS, ENDS = NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2)
UID = "a42-when@example.com"
HOSTILE = "Wartung; 1,5 h: C:\\temp\nBEGIN:VEVENT\r\nإيداعات ETH 🛠️👩‍💻 " * 9 + "\x00\x0b"
"""No `\\n` in a path: ics 0.7.3 takes a backslash that was escaped before an n for a line feed."""


def maintenance(**more: object) -> Record:
    given = {"starts_at": STARTS, "ends_at": ENDS, "assets": ("ETH",)} | more
    return record().model_copy(update=given)


def later(hours: int) -> str:
    return f"{NOW + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def event(folder: Path, path: str = "en-US/calendar.ics") -> Read:
    """The maintenance as a calendar has it."""
    return by_icalendar((folder / "site" / path).read_bytes())[UID]


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind.website(tmp_path_factory.mktemp("kinds"))


def test_three_programs_read_the_same_times_and_texts_of_every_kind(kinds: Path) -> None:
    for locale in every_kind.LOCALES:
        files = [kinds / locale / "calendar.ics", *(kinds / locale).glob("ANN-*.ics")]
        assert len(files) == 1 + len(every_kind.REFERENCES)
        whole = agreed([files[0].read_bytes()])
        assert agreed(file.read_bytes() for file in files) == whole


def test_what_readers_wait_for_is_an_event_with_its_time(kinds: Path) -> None:
    events = by_icalendar((kinds / "en-US/calendar.ics").read_bytes())
    opening = [events[f"a-listing-{name}@example.com"].starts_at for name in ("deposits_at", "trading_at")]
    assert opening == [datetime(2026, 12, 8, 8, tzinfo=UTC), datetime(2026, 12, 9, 10, tzinfo=UTC)]
    assert events["a-listing-trading_at@example.com"].summary.startswith("Trading opens: ")
    window = events["a-maintenance-when@example.com"]
    assert window.ends_at - window.starts_at == timedelta(hours=2)
    assert {"a-api_change-sunset_at@example.com", "a-token_event-snapshot_at@example.com"} <= events.keys()


def test_an_asset_and_a_kind_have_their_own(kinds: Path) -> None:
    whole = by_icalendar((kinds / "en-US/calendar.ics").read_bytes())
    assert by_icalendar((kinds / "en-US/calendar/ETH.ics").read_bytes()).keys() == {"a-maintenance-when@example.com"}
    listings = by_icalendar((kinds / "en-US/listing/calendar.ics").read_bytes())
    assert listings == {uid: each for uid, each in whole.items() if uid.startswith("a-listing-")}


def test_lines_are_short_and_no_letter_is_cut(kinds: Path) -> None:
    for file in kinds.rglob("*.ics"):
        lines = file.read_bytes().removesuffix(b"\r\n").split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert all(line.decode() and b"\n" not in line for line in lines)


def test_arabic_lines_that_begin_with_a_name_are_marked(kinds: Path) -> None:
    for each in by_icalendar((kinds / "ar/calendar.ics").read_bytes()).values():
        assert not each.summary[0].isascii()


def test_hostile_words_stay_words() -> None:
    entry = Entry("a@example.com", 3, NOW, NOW, STARTS, None, False, HOSTILE, HOSTILE, HOSTILE, "https://e.com", "ar")
    [read] = agreed([write(Calendar(HOSTILE, "ar", [entry], "https://example.com/c.ics"))]).values()
    assert read.summary == HOSTILE.replace("\r\n", "\n").rstrip("\x00\x0b ")
    assert read.starts_at == read.ends_at == STARTS


def test_every_change_raises_the_sequence_and_what_fell_out_stays_cancelled(tmp_path: Path) -> None:
    press, seen = samples.press(tmp_path), []
    steps: Sequence[Record] = (
        maintenance(),
        maintenance(stage="extended", ends_at=ENDS + timedelta(hours=1), at=later(1)),
        maintenance(stage="extended", ends_at=None, at=later(2)),
        maintenance(stage="postponed", starts_at=None, ends_at=None, at=later(3)),
        maintenance(starts_at=STARTS + timedelta(days=7), ends_at=ENDS + timedelta(days=7), at=later(4)),
    )
    for step in steps:
        for _ in range(2):  # the same again is no change
            press.publish(step, article(step))
        seen.append(event(tmp_path))
    press.withdraw(steps[-1])
    seen.append(event(tmp_path))

    assert [each.sequence for each in seen] == [0, 1, 2, 3, 4, 5]
    assert [each.cancelled for each in seen] == [False, False, False, True, False, True]
    moved = timedelta(days=7)
    starts = [STARTS, STARTS, STARTS, STARTS, STARTS + moved, STARTS + moved]
    ends = [ENDS, ENDS + timedelta(hours=1), STARTS, STARTS, ENDS + moved, ENDS + moved]
    assert [each.starts_at for each in seen] == starts
    assert [each.ends_at for each in seen] == ends
    assert event(tmp_path, "en-US/ANN-2026-00042.ics") == seen[-1]


def test_what_is_put_off_is_the_same_event_at_its_new_time(tmp_path: Path) -> None:
    """The card tells the time no more, because it is known only when the postponement is told."""
    press, seen = samples.press(tmp_path), []
    card = (Fact(name="when", label="When", value="tomorrow", iso=STARTS.isoformat()),)
    new_time = STARTS + timedelta(days=7)
    for step in (
        maintenance(facts=card),
        maintenance(facts=(), stage="postponed", starts_at=new_time, ends_at=None, at=later(1)),
        maintenance(facts=card, starts_at=STARTS, ends_at=ENDS, at=later(2)),
    ):
        press.publish(step, article(step))
        seen.append(by_icalendar((tmp_path / "site/en-US/calendar.ics").read_bytes()))

    assert [list(each) for each in seen] == [[UID]] * 3
    assert [each[UID].starts_at for each in seen] == [STARTS, new_time, STARTS]
    assert not any(each[UID].cancelled for each in seen)


def test_of_a_wrong_asset_it_is_cancelled(tmp_path: Path) -> None:
    press = samples.press(tmp_path)
    for step in (maintenance(), maintenance(assets=("ETC",), at=later(1))):
        press.publish(step, article(step))
    assert event(tmp_path, "en-US/calendar/ETH.ics").cancelled
    assert not event(tmp_path, "en-US/calendar/ETC.ics").cancelled


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_what_is_ahead_stays_however_much_is_published_after_it(tmp_path: Path, is_withdrawn: bool) -> None:
    press = samples.press(tmp_path)
    for each in (maintenance(), record(1)):
        press.publish(each, article(each))
    if is_withdrawn:
        press.withdraw(maintenance())
    order = tmp_path / "site.state" / order_path("en-US", "")
    order.write_text(order.read_text() + order_line("a1") * NEWEST)
    press.publish(record(2), article(record(2)))
    assert event(tmp_path).cancelled == is_withdrawn


def test_a_rebuild_writes_the_same(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [maintenance()])
    before = {file: file.read_bytes() for file in root.rglob("*.ics")}
    assert len(before) >= 4
    for file in before:
        file.unlink()
    samples.press(tmp_path).rebuild()
    assert {file: file.read_bytes() for file in root.rglob("*.ics")} == before


def test_readers_elsewhere_see_nothing_of_what_is_not_for_them(tmp_path: Path) -> None:
    gate = Gate({"asia": frozenset({"JP", "SG"})})
    site = Site(samples.BRAND, samples.TEMPLATES, samples.LOCALES, "example.com,2026", gate=gate, cards=False)
    root = samples.publish(tmp_path, [maintenance(regions=Regions(("JP", "SG")))], derive=site)
    telling = {str(file.relative_to(root)) for file in root.rglob("*.ics") if b"ANN-2026" in file.read_bytes()}
    assert telling == {
        f"_views/asia/en-US/{name}" for name in ("calendar.ics", "maintenance/calendar.ics", "calendar/ETH.ics")
    }
