"""Lists of subscribers as operators have them: with marks, quotes, other encodings and mistakes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.mailing.intake.files import IntakeError, open_list
from publisher.mailing.intake.importing import PIECE, Imported, Intake, import_file
from publisher.mailing.intake.rows import Problem, Reader, RowReader
from publisher.mailing.subscribers import Saved
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING

AT = datetime(2026, 12, 3, 2, tzinfo=UTC)
KINDS = ["listing", "maintenance", "risk_warning"]
ROWS = RowReader(KINDS)
WITH_SOURCE = RowReader(KINDS, "account settings")
GOOD = "address,locale,kinds\na@example.com,en-US,listing\nb@example.com,zh_cn,listing maintenance\n"


def rows_of(path: Path) -> list[Reader | Problem]:
    with open_list(path) as opened:
        return [row if isinstance(row, Problem) else ROWS.read(line, row) for line, row in opened.rows]


def written(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def imported(
    store: Store, path: Path, *, skip_bad: bool = False, dry_run: bool = False, rows: RowReader = WITH_SOURCE
) -> tuple[Imported, list[Problem]]:
    problems: list[Problem] = []
    intake = Intake(path, rows, problems.append)
    done = await import_file(store.begin, intake, at=AT, hashing=HASHING, skip_bad=skip_bad, dry_run=dry_run)
    return done, problems


TWO = [
    Reader("a@example.com", "en-US", frozenset({"listing"})),
    Reader("b@example.com", "zh-CN", frozenset({"listing", "maintenance"})),
]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        b'"E-Mail",name,language,kind\n"a@example.com","Doe, Jane\nMrs",,listing\n'
        b'b@example.com,,zh-cn,"maintenance, listing"\n',
        GOOD.encode() + b"\n\n",
    ],
    ids=["plain", "mark", "utf-16", "crlf", "semicolons", "tabs", "quoted", "empty-lines"],
)
def test_a_csv_file_is_read_as_operators_have_it(tmp_path: Path, content: bytes) -> None:
    assert rows_of(written(tmp_path, content)) == TWO


def test_json_lines_are_read(tmp_path: Path) -> None:
    text = '{"address": "a@example.com", "kinds": ["listing"], "id": 7}\n\n'
    text += '{"email": "b@example.com", "locale": "zh-CN", "kinds": "listing,maintenance"}\n'
    assert rows_of(written(tmp_path, text, "list.jsonl")) == TWO


def test_a_star_is_every_kind(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, "address,kinds\na@example.com,*\n"))
    assert row == Reader("a@example.com", "en-US", frozenset({"listing", "maintenance", "risk_warning"}))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("nobody,en-US,listing", "line 3: address has no @"),
        ("b@example.com,english,listing", "line 3: locale is 'english', which is not a language tag"),
        ("b@example.com,xx-YY,listing", "line 3: locale is 'xx-YY', which is not a language tag"),
        ("b@example.com,en-US,", "line 3: kinds names no kind; write some of listing, maintenance"),
        ("b@example.com,en-US,listings", "line 3: kinds has the unknown kind 'listings'; did you mean listing?"),
        ("b@example.com,en-US,x9", "the kinds are listing, maintenance, risk_warning"),
        ("b@example.com,en-US", "line 3: has 2 cells where the first line names 3 columns"),
        ("=cmd|'/c calc'!A1,en-US,listing", "line 3: address has no @"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_field(tmp_path: Path, row: str, said: str) -> None:
    found = rows_of(written(tmp_path, f"address,locale,kinds\na@example.com,en-US,listing\n{row}\n"))[1]
    assert said in str(found)


def test_bytes_of_another_encoding_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    content = b"address,kinds\nl\xe4ser@example.com,listing\na@example.com,listing\n"
    bad, good = rows_of(written(tmp_path, content))
    assert str(bad) == "line 2: address is not in the encoding of the file; save it as UTF-8, or name its encoding"
    assert isinstance(good, Reader)


def test_a_nul_byte_is_a_bad_row(tmp_path: Path) -> None:
    bad, good = rows_of(written(tmp_path, b"address,kinds\na\x00@example.com,listing\na@example.com,listing\n"))
    assert "control character" in str(bad)
    assert isinstance(good, Reader)


def test_a_quotation_mark_that_is_never_closed_is_said(tmp_path: Path) -> None:
    content = 'address,kinds\n"a@example.com,listing\n' + "b@example.com,listing\n" * 10_000
    assert "never closed" in str(rows_of(written(tmp_path, content))[0])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: is not JSON"),
        ("[1]", 'line 1: is not an object such as {"address": "reader@example.com", ...}'),
        ('{"address": 7}', "line 1: address is 7, not text"),
    ],
)
def test_a_bad_line_of_json_is_named(tmp_path: Path, line: str, said: str) -> None:
    assert said in str(rows_of(written(tmp_path, line + "\n", "list.ndjson"))[0])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.xlsx", "", r"use a file whose name ends in \.csv"),
        ("list.csv", "a@example.com,en-US\n", "it is 'a@example.com', 'en-us'. Rename them; for subs"),
        (
            "list.csv",
            "",
            "the first line must name the columns, such as address,locale,kinds,jurisdiction; it is empty",
        ),
        ("list.csv", "address,email\n", "two columns are named address"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(IntakeError, match=said):
        rows_of(written(tmp_path, content, name))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_problems_and_never_a_crash(tmp_path: Path, content: bytes) -> None:
    for row in rows_of(written(tmp_path, b"address,locale,kinds\n" + content)):
        assert isinstance(row, Reader | Problem)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30), max_size=4))
def test_whatever_a_spreadsheet_quotes_is_read_back(tmp_path: Path, names: list[str]) -> None:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["address", "name", "kinds"])
    lines.writerows(["a@example.com", name, "listing"] for name in names)
    assert rows_of(written(tmp_path, out.getvalue())) == [
        Reader("a@example.com", "en-US", frozenset({"listing"}))
    ] * len(names)


async def test_an_import_stores_and_repeating_it_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert await imported(store, path) == (Imported(Saved(added=2), 0, stored=True), [])
    assert await imported(store, path) == (Imported(Saved(unchanged=2), 0, stored=True), [])


async def test_a_bad_row_stops_everything_unless_it_may_be_skipped(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "nobody,en-US,listing\n")
    done, problems = await imported(store, path)
    assert (done, [str(problem) for problem in problems]) == (
        Imported(Saved(), 1, stored=False),
        ["line 4: address has no @"],
    )
    done, problems = await imported(store, path, skip_bad=True)
    assert (done, len(problems)) == (Imported(Saved(added=2), 1, stored=True), 1)


async def test_a_dry_run_says_what_would_happen(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert (await imported(store, path, dry_run=True))[0] == Imported(Saved(added=2), 0, stored=False)
    assert (await imported(store, path))[0] == Imported(Saved(added=2), 0, stored=True)


async def test_progress_ends_where_the_file_ends(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "".join(f"r{n}@example.com,en-US,listing\n" for n in range(3 * PIECE)))
    seen: list[tuple[int, int]] = []
    problems: list[Problem] = []
    intake = Intake(path, WITH_SOURCE, problems.append, lambda what, done, size: seen.append((done, size)))
    await import_file(store.begin, intake, at=AT, hashing=HASHING)
    size = path.stat().st_size
    assert seen[-1] == (size, size)
    assert len({done for done, _ in seen}) > 2


@pytest.mark.parametrize(("written_so", "meant"), [("sg", "SG"), (" JP ", "JP"), ("", None)])
def test_where_a_reader_is_may_be_left_empty(tmp_path: Path, written_so: str, meant: str | None) -> None:
    (row,) = rows_of(written(tmp_path, f"address,kinds,jurisdiction\na@example.com,listing,{written_so}\n"))
    assert row == Reader("a@example.com", "en-US", frozenset({"listing"}), meant)


def test_a_place_that_is_none_is_a_bad_row(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, "address,kinds,jurisdiction\na@example.com,listing,Singapore\n"))
    assert str(row) == "line 2: jurisdiction is 'Singapore', which is not a code of ISO 3166 such as SG or JP"
