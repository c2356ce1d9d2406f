"""What lists say beyond addresses: consent, frequency, other encodings and names; and lists that we write ourselves."""

from __future__ import annotations

import asyncio
import csv
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.consent import BY_STAFF
from publisher.mailing.erasure import erase
from publisher.mailing.exporting import Chosen, export_file
from publisher.mailing.intake.files import UTF_8, Form, IntakeError, open_list
from publisher.mailing.intake.formulas import as_written, harmless
from publisher.mailing.intake.importing import Imported, Intake, import_file
from publisher.mailing.intake.report import reporting
from publisher.mailing.intake.rows import DigestTime, Origin, Problem, Reader, RowReader
from publisher.mailing.subscribers import Saved, save
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
KINDS = ["listing", "maintenance", "risk_warning"]
SOURCE = "account settings"
ALL = Chosen()
ADA = Reader("ada@example.com", "en-US", frozenset({"listing"}))


def written(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path, source: str = "", form: Form = UTF_8) -> list[Reader | Problem]:
    read = RowReader(KINDS, source).read
    with open_list(path, form) as opened:
        return [row if isinstance(row, Problem) else read(line, row) for line, row in opened.rows]


async def taken(store: Store, path: Path, source: str = SOURCE) -> tuple[Imported, list[str]]:
    problems: list[Problem] = []
    done = await import_file(
        store.begin, Intake(path, RowReader(KINDS, source), problems.append), at=AT, hashing=HASHING
    )
    return done, [str(problem) for problem in problems]


async def readers(store: Store, chosen: Chosen = ALL) -> list[Reader]:
    async with store.read() as tx:
        return [reader for _, reader in await tx.readers_after(0, 1_000, chosen)]


def test_a_row_says_how_often_and_a_kind_may_say_otherwise(tmp_path: Path) -> None:
    text = "address,kinds,frequency\na@example.com,listing:daily maintenance,weekly\nb@example.com,*:daily,\n"
    one, every = rows_of(written(tmp_path, text))
    assert isinstance(one, Reader)
    assert isinstance(every, Reader)
    assert {kind: one.frequency_of(kind) for kind in one.kinds} == {"listing": "daily", "maintenance": "weekly"}
    assert {kind: every.frequency_of(kind) for kind in every.kinds} == dict.fromkeys(KINDS, "daily")


async def test_a_list_says_how_much_follows_for_new_readers_only(store: Store, tmp_path: Path) -> None:
    rows = "address,kinds,follow\na@example.com,listing,everything\nb@example.com,listing,\n"
    await taken(store, written(tmp_path, rows))
    await taken(store, written(tmp_path, rows.replace("everything", "announcement").replace("listing", "notice")))

    assert [reader.follow for reader in await readers(store)] == [Follow.EVERYTHING, Follow.IMPORTANT]


async def test_a_list_says_when_digests_come_and_takes_back_nothing_it_is_silent_of(
    store: Store, tmp_path: Path
) -> None:
    rows = "address,kinds,digest_hour,digest_weekday\na@example.com,listing,0,Sunday\nb@example.com,listing,,\n"
    await taken(store, written(tmp_path, rows))
    assert [reader.digests for reader in await readers(store)] == [DigestTime(0, 6), DigestTime(9, 0)]

    for text, expected in (
        ("address,kinds\na@example.com,listing\n", Saved(unchanged=1)),
        ("address,kinds,digest_hour\na@example.com,listing,\n", Saved(unchanged=1)),
        ("address,kinds,digest_hour\na@example.com,listing,18\n", Saved(updated=1)),
        ("address,kinds,When\na@example.com,listing, 18 \n", Saved(unchanged=1)),
    ):
        form = Form(names={"when": "digest_hour"} if "When" in text else {})
        intake = Intake(written(tmp_path, text), RowReader(KINDS, SOURCE), print, form=form)
        done = await import_file(store.begin, intake, at=AT, hashing=HASHING)
        assert done.saved == expected, text
    assert [reader.digests for reader in await readers(store)] == [DigestTime(18, 6), DigestTime(9, 0)]


async def test_of_two_rows_of_one_reader_the_last_says_when(store: Store, tmp_path: Path) -> None:
    head = "address,kinds,digest_hour,digest_weekday\n"
    rows = "a@example.com,listing,7,tue\nA@example.com,listing,,fri\na@example.com,listing,,\n"
    await taken(store, written(tmp_path, head + rows))
    assert [reader.digests for reader in await readers(store)] == [DigestTime(7, 4)]


async def test_another_hour_from_a_list_is_worked_out_anew(store: Store, tmp_path: Path) -> None:
    rows = "address,kinds,frequency,digest_hour\na@example.com,listing,daily,7\n"
    await taken(store, written(tmp_path, rows))
    await store.run(lambda tx: tx.connection.execute(update(t.subscriber).values(next_digest_at=AT)))

    await taken(store, written(tmp_path, rows.replace(",7", ",8")))

    async with store.read() as tx:
        assert await tx.connection.scalar(select(t.subscriber.c.next_digest_at)) == t.EPOCH


@pytest.mark.parametrize(("hour", "meant"), [("0", 0), ('"0"', 0), ("23", 23), ('""', None), ("null", None)])
def test_json_may_say_the_hour_as_a_number(tmp_path: Path, hour: str, meant: int | None) -> None:
    line = f'{{"address": "a@example.com", "kinds": ["listing"], "digest_hour": {hour}}}\n'
    (row,) = rows_of(written(tmp_path, line, "list.jsonl"))
    assert isinstance(row, Reader)
    assert row.digests == (None if meant is None else DigestTime(meant))


@pytest.mark.parametrize("hour", ["true", "9.5", "-1", "[9]"])
def test_json_may_not_say_another_thing_as_the_hour(tmp_path: Path, hour: str) -> None:
    line = f'{{"address": "a@example.com", "kinds": ["listing"], "digest_hour": {hour}}}\n'
    (row,) = rows_of(written(tmp_path, line, "list.jsonl"))
    assert isinstance(row, Problem)
    assert (row.line, row.field) == (1, "digest_hour")


def test_a_row_says_when_how_and_to_which_words_its_reader_agreed(tmp_path: Path) -> None:
    text = "address,kinds,consent_how,consent_at,consent_wording\n"
    text += "a@example.com,listing,paper form,2024-05-01,v3\nb@example.com,listing,,2024-05-01T10:00:00+08:00,\n"
    found = [row.origin for row in rows_of(written(tmp_path, text), SOURCE) if isinstance(row, Reader)]
    assert found == [
        Origin("paper form", datetime(2024, 5, 1, tzinfo=UTC), "v3"),
        Origin(SOURCE, datetime(2024, 5, 1, 2, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("consent_at", "yesterday", "write a day as 2026-12-03"),
        ("consent_at", "2026-12-03T10:00", "does not say where"),
        ("consent_how", "x" * 201, "has 201 characters; 200 are kept"),
        ("frequency", "hourly", "instant, daily or weekly"),
        ("follow", "all", "announcement, important or everything"),
        ("digest_hour", "24", "is '24'; write an hour of the day where the reader lives, 0 to 23"),
        ("digest_hour", "00099", "is '00099'; write an hour of the day where the reader lives, 0 to 23"),
        ("digest_hour", "9:30", "0 to 23"),
        ("digest_hour", "\u0669", "0 to 23"),
        ("digest_hour", "9" * 5_000, "0 to 23"),
        ("digest_weekday", "1", "is '1'; write mon, tue, wed, thu, fri, sat or sun"),
        ("zone", "Asia/Singapur", "did you mean Asia/Singapore?"),
        ("unsubscribed", "everything", "the classes are promotional, service, mandatory"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(tmp_path: Path, column: str, cell: str, said: str) -> None:
    (row,) = rows_of(written(tmp_path, f"address,kinds,{column}\na@example.com,listing,{cell}\n"))
    assert isinstance(row, Problem)
    assert (row.field, said in row.reason) == (column, True)


def test_other_encodings_are_read_when_they_are_named(tmp_path: Path) -> None:
    text = "address,kinds,consent_how\na@example.com,listing,账户设置\n"
    for encoding in ("gb18030", "utf-16", "utf-8-sig", "utf-32"):
        (row,) = rows_of(written(tmp_path, text.encode(encoding)), form=Form("gb18030"))
        assert isinstance(row, Reader)
        assert row.origin == Origin("账户设置")


def test_a_line_of_another_encoding_is_named(tmp_path: Path) -> None:
    rows = [b"address,kinds,consent_how\n", "a@example.com,listing,设置\n".encode()]
    rows.append("b@example.com,listing,设置\n".encode("gb18030"))
    good, bad = rows_of(written(tmp_path, b"".join(rows)))
    assert isinstance(good, Reader)
    assert str(bad).startswith("line 3: consent_how is not in the encoding of the file")


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="'klingon'"):
        rows_of(written(tmp_path, "address\n"), form=Form("klingon"))


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    path = written(tmp_path, "Mail-Adresse,Themen\na@example.com,listing\n")
    assert rows_of(path, form=Form(names={"mail-adresse": "address", "themen": "kinds"})) == [
        Reader("a@example.com", "en-US", frozenset({"listing"}))
    ]
    with pytest.raises(IntakeError, match="has no column 'post' to map"):
        rows_of(path, form=Form(names={"post": "address"}))


async def test_columns_that_mean_nothing_are_named(store: Store, tmp_path: Path) -> None:
    done, _ = await taken(store, written(tmp_path, "address,kinds,phone\na@example.com,listing,1\n"))
    assert done.ignored == ("phone",)


async def test_a_list_says_where_its_readers_agreed_and_the_record_keeps_it(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "address,kinds\na@example.com,listing\n")
    done, problems = await taken(store, path, source="")
    assert (done.stored, "consent_how is empty" in problems[0]) == (False, True)
    await taken(store, path)
    async with store.read() as tx:
        lines = (await tx.connection.execute(select(t.consent.c.act, t.consent.c.source, t.consent.c.origin))).all()
    assert [tuple(line) for line in lines] == [("imported", "import", SOURCE)]


async def test_who_left_the_former_list_has_left_here(store: Store, tmp_path: Path) -> None:
    text = "address,kinds,unsubscribed\na@example.com,listing,promotional\n"
    assert (await taken(store, written(tmp_path, text)))[0].saved == Saved(added=1)
    assert (await taken(store, written(tmp_path, text.replace("promotional", ""))))[0].saved == Saved(suppressed=1)
    assert [reader.unsubscribed for reader in await readers(store)] == [{MailClass.PROMOTIONAL}]


async def test_a_list_leaves_nothing_about_who_was_erased(store: Store, tmp_path: Path) -> None:
    text = "address,kinds,unsubscribed\nada@example.com,listing,service\n"
    await taken(store, written(tmp_path, text))
    await store.run(lambda tx: erase(tx, HASHING, "ada@example.com", AT))

    assert (await taken(store, written(tmp_path, text)))[0].saved == Saved(suppressed=1)

    async with store.read() as tx:
        assert await tx.suppressed_among(["ada@example.com"]) == frozenset()
    assert await readers(store) == []


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_cell_runs_in_a_spreadsheet_and_each_is_read_back(cell: str) -> None:
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert as_written(harmless(cell)) == cell


def test_the_report_is_private_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    with reporting(path) as tell:
        tell(Problem(3, "locale", "=cmd|'/c calc'!A1"))
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["line", "field", "reason"], ["3", "locale", "'=cmd|'/c calc'!A1"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def there(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir() if "out" in each.name}


def everybody() -> list[Reader]:
    """One reader for each thing that a list can say."""
    said = Origin("=paper, signed", datetime(2024, 5, 1, 10, tzinfo=timezone(timedelta(hours=8))).astimezone(UTC), "v3")
    found = [
        ADA._replace(origin=said, follow=Follow.EVERYTHING),
        ADA._replace(address="+ben'=@example.com", locale="zh-CN", jurisdiction="SG", origin=Origin("设置", AT)),
        ADA._replace(address="=cy@example.com", zone="Asia/Tokyo", origin=Origin("x", AT), unsubscribed=LEFT),
        ADA._replace(address="'dee@example.com", kinds=frozenset(KINDS), apart={"listing": "daily"}, origin=said),
        ADA._replace(address="eve@example.com", kinds=frozenset(), origin=said, digests=DigestTime(0, 6)),
    ]
    nine = DigestTime(9, 0)
    return [each._replace(follow=each.follow or Follow.IMPORTANT, digests=each.digests or nine) for each in found]


LEFT = frozenset({MailClass.PROMOTIONAL, MailClass.SERVICE})


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
async def test_what_is_exported_imports_again_to_the_same(store: Store, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    await store.run(lambda tx: save(tx, everybody(), AT, hashing=HASHING))
    before = await readers(store)

    assert await export_file(store.read, path, Chosen()) == len(before) == 5
    assert [row for row in rows_of(path) if isinstance(row, Reader)] == before
    assert sorted(before, key=lambda each: each.address) == sorted(everybody(), key=lambda each: each.address)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each for each in there(tmp_path) if each.startswith(".out")] == []

    # Nothing is changed by it where it came from.
    done, problems = await taken(store, path, source="")
    assert (done.saved, problems) == (Saved(unchanged=4, suppressed=1), [])


def words(longest: int) -> st.SearchStrategy[str]:
    """What a list may say in words, with much that spreadsheets, CSV and JSON take for something else."""
    hostile = st.sampled_from(
        ["=", "+", "-", "@", "'", '"', ",", ";", "\\", "\u2066", "\u05d0", "e\u0301", "\U0001f4e3"]
    )
    lines = st.lists(hostile | st.characters(), min_size=1, max_size=12).map(
        lambda parts: " ".join("".join(parts).split())
    )
    return lines.filter(lambda line: line.isprintable() and 0 < len(line) <= longest and "\ufffd" not in line)


@dataclass(frozen=True)
class Stored:
    """Readers as the store pages them."""

    kept: Sequence[Reader]

    async def readers_after(self, after: int, limit: int, chosen: Chosen) -> Sequence[tuple[int, Reader]]:
        return list(enumerate(self.kept, 1))[after : after + limit]

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Stored]:
        yield self


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
@settings(deadline=None, max_examples=50)
@given(origins=st.lists(st.builds(Origin, words(200), st.just(AT), st.none() | words(64)), min_size=1, max_size=5))
def test_hostile_words_are_exported_harmless_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, origins: list[Origin]
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    kept = [ADA._replace(address=f"{number}=@example.com", origin=origin) for number, origin in enumerate(origins)]
    asyncio.run(export_file(Stored(kept).read, path, ALL))
    assert rows_of(path) == kept
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "-", "@"))]


async def test_an_export_has_only_who_is_asked_for(store: Store) -> None:
    await store.run(lambda tx: save(tx, everybody(), AT, hashing=HASHING))
    for chosen, count in (
        (Chosen(locale="zh-CN"), 1),
        (Chosen(jurisdiction="SG"), 1),
        (Chosen(kind="maintenance"), 1),
        (Chosen(kind="listing"), 4),
        (Chosen(locale="ar"), 0),
    ):
        assert len(await readers(store, chosen)) == count


async def test_who_was_added_by_staff_has_an_origin_in_the_file(store: Store) -> None:
    await store.run(lambda tx: save(tx, [ADA], AT, hashing=HASHING, how=BY_STAFF))
    assert [reader.origin for reader in await readers(store)] == [Origin("added: staff", AT)]


async def test_a_file_that_cannot_be_written_whole_is_not_there(store: Store, tmp_path: Path) -> None:
    await store.run(lambda tx: save(tx, [ADA], AT, hashing=HASHING))
    (tmp_path / "out.csv").write_text("the one of yesterday")

    def stop(count: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        await export_file(store.read, tmp_path / "out.csv", Chosen(), stop)
    assert there(tmp_path) == {"out.csv": "the one of yesterday"}
