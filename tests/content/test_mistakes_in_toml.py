"""Every mistake in announcement.toml is found with its file, line, column and fix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from publisher.channel import Severity
from publisher.content.kinds.listing import ListingFacts
from publisher.content.kinds.maintenance import MaintenanceFacts
from publisher.content.kinds.risk_warning import RiskWarningFacts
from publisher.content.source import read_all
from tests.content.folders import EN, END, PUBLISH, START, TOML, ZH, ZONE, Folder


@dataclass(frozen=True)
class Mistake:
    """`old` is replaced by `new` in a sample; the error must point at `at` and its fix say `fix`."""

    code: str
    old: str
    new: str
    at: str | None
    fix: str
    kind: str = "maintenance"

    def __str__(self) -> str:
        return f"{self.code}: {self.new.strip() or 'no ' + self.old.strip()}"[:60]


MISTAKES = [
    Mistake(
        "unknown_key", 'network = "Ethereum"', 'network = "Ethereum"\nblock_hight = 1', "block_hight", "`block_height`"
    ),
    Mistake("unknown_key", ZONE, f'{ZONE}\npublish_windw = "24h"', "publish_windw", "`publish_window`"),
    Mistake("unknown_key", ZONE, f"{ZONE}\nblock_height = 1", "block_height", "move it below [facts]"),
    Mistake("unknown_key", START, f'{START}\naudience = "subscribers"', '\n^audience = "sub', "move it above"),
    Mistake("unknown_key", ZONE, f"{ZONE}\nzzz = 1", "zzz", "the keys are: id, kind, publish_at"),
    Mistake("unknown_key", ZONE, f"{ZONE}\nfold = {{ start_at = 0 }}", "start_at = 0", "`starts_at`"),
    Mistake("missing_key", START, "", "[facts]", "add `starts_at = 2026-12-03T10:00:00`: when the first service stops"),
    Mistake("missing_key", ZONE, "", None, 'add `time_zone = "Asia/Singapore"`'),
    Mistake("missing_key", PUBLISH, "", None, "add `publish_at = 2026-12-01T10:00:00`"),
    Mistake(
        "unknown_kind", 'kind = "maintenance"', 'kind = "maintenence"', '"maintenence"', "did you mean `maintenance`?"
    ),
    Mistake("wrong_value", 'network = "Ethereum"', 'network = ""', '""', 'write it like `network = "Ethereum"`'),
    Mistake(
        "wrong_value", 'network = "Ethereum"', "network = 7", "network = ^7", 'write it like `network = "Ethereum"`'
    ),
    Mistake("wrong_value", '"ETH", "USDT"', '"ETH", "usd t"', '"usd t"', "the tickers concerned"),
    Mistake("wrong_value", 'assets = ["ETH", "USDT", "USDC"]', "assets = []", "[]", "write it like `assets = "),
    Mistake(
        "wrong_value", 'deposits = "suspended"', 'deposits = "stopped"', '"stopped"', "write it like `services = {"
    ),
    Mistake(
        "wrong_value",
        'deposits = "suspended"',
        'deposit = "suspended"',
        'deposit = "suspended"',
        "write it like `services",
    ),
    Mistake("wrong_value", END, "ends_at = 2026-12-03T09:00:00", "2026-12-03T09:00:00", "when all services are back"),
    Mistake("wrong_value", START, "starts_at = 2026-12-03", "2026-12-03", "2026-12-03T10:00:00"),
    Mistake("wrong_value", START, 'starts_at = "2026-12-03T10:00:00Z"', '"2026-12-03T10:00:00Z"', START),
    Mistake("wrong_value", PUBLISH, 'publish_at = "tomorrow"', '"tomorrow"', PUBLISH),
    Mistake("wrong_value", ZONE, 'time_zone = "Singapore Time"', '"Singapore Time"', "IANA zone"),
    Mistake("wrong_value", ZONE, f'{ZONE}\npublish_window = "a day"', '"a day"', 'publish_window = "24h"'),
    Mistake("wrong_value", ZONE, f"{ZONE}\nfold = {{ starts_at = 2 }}", "2 }", "0 the earlier"),
    Mistake("wrong_value", START, "starts_at = 9999-12-31T23:59:59", "9999-", "2026-12-03T10:00:00"),
    Mistake("wrong_value", PUBLISH, "publish_at = 0001-01-01T00:00:00", "0001-", "2026-12-03T10:00:00"),
    Mistake("time_offset", START, f"{START}+08:00", "2026-12-03T10:00:00+08:00", "leave the offset out"),
    Mistake("missing_locale", ', zh-CN = "网络升级"', "", '{ en-US = "network upgrade"', 'add `zh-CN = "..."`'),
    Mistake("wrong_value", 'en-US = "network', 'english = "network', "english", "why, in a few words"),
    Mistake("audience", ZONE, f'{ZONE}\naudience = "all"', '"all"', 'audience = "subscribers"'),
    Mistake("wrong_value", ZONE, f'{ZONE}\naudience = "segment:VIP users"', '"segment:VIP', "or `segment:NAME`"),
    Mistake("publish_at", PUBLISH, "publish_at = 2026-12-03T10:00:01", "2026-12-03T10:00:01", "2026-12-03T10:00:00 or"),
    Mistake("character", '"Ethereum"', '"Ether\\uE000eum"', '"Ether', "delete it"),
    Mistake("character", '"Ethereum"', '"Ether\u202eeum"', "\u202e", "delete it"),
    Mistake("toml", START, "starts_at = 3 Dec 2026", "Dec", "2026-12-03T10:00:00"),
    Mistake("wrong_value", 'network = "Ethereum"', "", '"0x5290', "the token's contract", "listing"),
    Mistake(
        "missing_key", 'product = "spot"', 'product = "perpetual"', "[facts]", "the terms of a perpetual", "listing"
    ),
    Mistake("wrong_value", '"AURP/USDT"', '"AURP-USDT"', '"AURP-USDT"', 'pairs = ["AURP/USDT"]', "listing"),
    Mistake(
        "publish_at", PUBLISH, "publish_at = 2026-12-08T16:00:01", "2026-12-08T16:00:01", "2026-12-08T16:00", "listing"
    ),
    Mistake(
        "publish_at", PUBLISH, "publish_at = 2026-12-09T10:00:00", "2026-12-09T10:00:00", "12-08T16:00", "rule_change"
    ),
    Mistake(
        "missing_key",
        ', after = "0.08%"',
        "",
        '{ item = { en-US = "Maker fee"',
        'add `after = "0.08%"`: its value from',
        "rule_change",
    ),
    Mistake(
        "wrong_value",
        'before = "0.10%", after = "0.08%"',
        'before = 0.10, after = "0.08%"',
        "0.10,",
        '`before = "0.10%"`: its value until',
        "rule_change",
    ),
    Mistake(
        "missing_locale", '"Maker fee", zh-CN = "挂单手续费"', '"Maker fee"', '{ en-US = "Maker', "zh-CN", "rule_change"
    ),
    Mistake(
        "wrong_value", 'level = "high"', 'level = "hihg"', '"hihg"', 'write it like `level = "high"`', "risk_warning"
    ),
    Mistake("unknown_key", "{ at = ", "{ when = 1, at = ", "{ ^when", "the keys are: at, action", "risk_warning"),
]

REPEATS = {
    'every = "day"': ("repeat", "{ every", "write until, a day, or count, at most 100"),
    'every = "day", until = 2026-11-30': ("repeat", "{ every", "write a later until"),
    'every = "day", until = 2027-12-31': ("repeat", "{ every", "write an earlier until"),
    'every = "day", count = 3': ("repeat", "{ every", "end it earlier"),
    'every = "day", on = ["mon"], count = 2': ("repeat", "{ every", 'write every = "week"'),
    'every = "week", on = ["mon", "mon"], count = 2': ("repeat", "{ every", "name each day once"),
    'every = "week", day = 1, count = 2': ("repeat", "{ every", 'write every = "month"'),
    'every = "month", day = 1, weekday = "1 mon", count = 2': ("repeat", "{ every", "write one of them"),
    'every = "day", until = 2026-12-02, count = 2': ("repeat", "{ every", "write one of them"),
    'every = "year", count = 2': ("wrong_value", '"year"', "what it comes again after"),
    'every = "day", count = 101': ("wrong_value", "101", "how often in all"),
    'every = "day", count = 2, interval = 0': ("wrong_value", "interval = ^0", "`interval`: 2 for every other one"),
    'every = "month", count = 2, day = 31': ("wrong_value", "day = ^31", '`day`: 1 to 28 or "last", of a month'),
    'every = "month", count = 2, weekday = "5 fri"': ("wrong_value", '"5 fri"', "2 tue"),
    'every = "day", cuont = 2': ("unknown_key", "cuont", "`count`"),
}


@pytest.mark.parametrize("rule", REPEATS)
def test_a_wrong_repetition_is_found_where_it_stands(maintenance: Folder, rule: str) -> None:
    code, at, fix = REPEATS[rule]

    error = maintenance.replace(TOML, ZONE, f"{ZONE}\nrepeat = {{ {rule} }}").error()

    assert (error.code, error.place) == (code, maintenance.place(TOML, at)), error
    assert fix in error.fix, error.fix


def test_a_text_where_a_table_belongs_is_told_in_the_authors_words(maintenance: Folder) -> None:
    error = maintenance.replace(TOML, ZONE, f'{ZONE}\nrepeat = "weekly"').error()

    assert error.message == "`repeat`: should be a table in braces"


def test_a_mistyped_table_of_facts_is_recognised(maintenance: Folder) -> None:
    findings = maintenance.replace(TOML, "[facts]", "[fact]").errors()

    [unknown] = [each for each in findings if each.code == "unknown_key"]
    assert unknown.fix == "did you mean `facts`?"


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_found_where_it_stands(mistake: Mistake, request: pytest.FixtureRequest) -> None:
    folder: Folder = request.getfixturevalue(mistake.kind)

    error = folder.replace(TOML, mistake.old, mistake.new).error()

    assert (error.code, error.place) == (mistake.code, folder.place(TOML, mistake.at)), error
    assert mistake.fix in error.fix, error.fix


def test_a_time_in_the_gap_is_refused_with_times_that_exist(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, 'time_zone = "America/New_York"').replace(TOML, END, "")
    maintenance.replace(EN, "{{ ends_at | datetime }}", "noon").replace(ZH, "{{ ends_at | datetime }}", "12:00")

    error = maintenance.replace(TOML, START, "starts_at = 2027-03-14T02:30:00").error()

    assert (error.code, error.place) == ("time_gap", maintenance.place(TOML, "2027-03-14T02:30"))
    assert error.fix == "use 01:30 or 03:30"


def test_a_time_that_happens_twice_must_be_chosen(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, 'time_zone = "Europe/Berlin"').replace(
        TOML, PUBLISH, "publish_at = 2026-10-01T10:00:00"
    )

    error = maintenance.replace(TOML, START, "starts_at = 2026-10-25T02:30:00").error()

    assert (error.code, error.place) == ("time_fold", maintenance.place(TOML, "2026-10-25T02:30"))
    assert error.fix == "add `fold = { starts_at = 0 }` for the earlier (+0200) or 1 for the later (+0100)"


@pytest.mark.parametrize(("fold", "hour"), [(0, 0), (1, 1)])
def test_fold_chooses(maintenance: Folder, fold: int, hour: int) -> None:
    maintenance.replace(TOML, ZONE, f'time_zone = "Europe/Berlin"\nfold = {{ starts_at = {fold} }}')
    maintenance.replace(TOML, PUBLISH, "publish_at = 2026-10-01T10:00:00")

    facts = maintenance.replace(TOML, START, "starts_at = 2026-10-25T02:30:00").revision().facts

    assert isinstance(facts, MaintenanceFacts)
    assert facts.starts_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_what_chooses_between_two_times_where_there_is_one_is_a_warning(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, f"{ZONE}\nfold = {{ starts_at = 1 }}")

    [warning] = maintenance.findings()

    assert (warning.code, warning.severity) == ("fold_unused", Severity.WARNING)
    assert warning.place == maintenance.place(TOML, "starts_at = 1")
    assert (warning.message, warning.fix) == (
        "`starts_at`: 2026-12-03 10:00 happens once in Asia/Singapore; there is nothing to choose",
        "take `starts_at` out of `fold`",
    )


def test_of_a_zone_that_does_not_exist_the_nearest_is_named(maintenance: Folder) -> None:
    error = maintenance.replace(TOML, ZONE, 'time_zone = "Asia/Singapur"').error()
    assert error.message == "`time_zone`: unknown time zone 'Asia/Singapur'; did you mean Asia/Singapore?"


def test_a_time_inside_a_table_of_a_list_can_be_folded(risk_warning: Folder) -> None:
    risk_warning.replace(TOML, ZONE, 'time_zone = "Europe/Berlin"\nfold = { "measures.0.at" = 1 }')

    facts = risk_warning.replace(TOML, "at = 2026-12-07T14:00:00", "at = 2026-10-25T02:30:00").revision().facts

    assert isinstance(facts, RiskWarningFacts)
    assert facts.measures[0].at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_every_wrong_time_is_found_at_once(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, 'time_zone = "America/New_York"').replace(
        TOML, START, "starts_at = 2027-03-14T02:30:00"
    )

    errors = maintenance.replace(TOML, END, "ends_at = 2027-11-07T01:30:00").errors()

    assert [error.code for error in errors] == ["time_gap", "time_fold"]


def test_every_mistake_is_found_at_once(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, 'time_zone = "Asia/Singapur"').replace(TOML, 'network = "Ethereum"', "netwrk = 1")
    maintenance.replace(TOML, '"suspended", withdrawals', '"gone", withdrawals').append(EN, "\n{{ ends_at | dat }}\n")

    codes = sorted(error.code for error in maintenance.errors())

    assert codes == ["missing_key", "unknown_filter", "unknown_key", "wrong_value", "wrong_value"]


def test_broken_toml_does_not_hide_mistakes_in_the_texts(maintenance: Folder) -> None:
    maintenance.replace(TOML, START, "starts_at =").append(EN, "\n{% if x %}\n")

    assert sorted(error.code for error in maintenance.errors()) == ["template_syntax", "toml"]


def test_what_is_right_becomes_a_revision(maintenance: Folder) -> None:
    maintenance.replace(TOML, ZONE, f'{ZONE}\npublish_window = "90m"\ndestinations = "all-posts"')

    revision = maintenance.revision()

    assert revision.schedule.at == datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    assert revision.schedule.window == timedelta(minutes=90)
    assert (revision.kind.name, revision.destinations, revision.number) == ("maintenance", "all-posts", 0)
    assert list(revision.texts) == ["en-US", "zh-CN"]


def test_decimals_are_what_is_written(listing: Folder) -> None:
    terms = '{ index = "AURP", settlement = "USDT", max_leverage = 20, funding_hours = 8, tick_size = 0.1 }'

    facts = listing.replace(TOML, 'product = "spot"', f'product = "perpetual"\nperpetual = {terms}').revision().facts

    assert isinstance(facts, ListingFacts)
    assert facts.perpetual is not None
    assert facts.perpetual.tick_size == Decimal("0.1")


def test_an_id_that_two_folders_claim_is_an_error_in_both(tmp_path: Path) -> None:
    one, two, three = (Folder.of("listing", tmp_path / name) for name in ("one", "two", "three"))
    two.write(TOML, one.text(TOML))

    readings = read_all(tmp_path)

    assert {path.name for path, (revision, _) in readings.items() if revision} == {"three"}
    (finding,) = readings[one.path][1]
    assert (finding.code, finding.place) == ("duplicate_id", one.place(TOML, "id = ^"))
    assert str(two.place(TOML, "id = ^")) in finding.message
    assert three.errors() == []
