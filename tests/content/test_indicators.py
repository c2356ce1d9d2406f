"""Addresses of attackers are known defanged only, and no text leads to one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from publisher import measure
from publisher.content.kinds.indicator import Indicator
from tests.content.folders import EN, TOML, ZH, Folder

ADAPTER = TypeAdapter(Indicator)
IN_TOML = "hxxps://withdraw-verify[.]example/login"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://evil.example/login", "hxxps://evil[.]example/login"),
        ("HTTP://evil.example", "hxxp://evil[.]example"),
        ("hxxps://evil[.]example", "hxxps://evil[.]example"),
        ("hxxps[:]//evil(.)example", "hxxps://evil[.]example"),
        ("evil.example", "evil[.]example"),
        ("203.0.113.7", "203[.]0[.]113[.]7"),
        ("desk@evil.example", "desk[at]evil[.]example"),
        ("@example_support_desk", "[at]example_support_desk"),
        ("https://medium.com/@evil#claim", "hxxps://medium[.]com/[at]evil[#]claim"),
        ("tg://resolve?domain=evil", "tg[:]//resolve?domain=evil"),
        ("https://a.example/?to=https://b.example/pay.app", "hxxps://a[.]example/?to=hxxps://b[.]example/pay[.]app"),
        ("TXk9ExampleRefundWa11etDoNotSend", "TXk9ExampleRefundWa11etDoNotSend"),
    ],
)
def test_an_address_is_kept_harmless(written: str, kept: str) -> None:
    assert ADAPTER.validate_python(written) == kept
    assert ADAPTER.validate_json(ADAPTER.dump_json(Indicator.read(written))) == kept


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no mistake
@given(st.from_regex(r"(https?://)?[a-z0-9@#-]{1,8}(\.[a-z]{2,8}){1,3}(/[a-z0-9@#._-]{0,12}){0,3}", fullmatch=True))
def test_whatever_it_is_nothing_makes_a_link_of_it(written: str) -> None:
    kept = Indicator.read(written)

    assert measure.urls(kept) == []
    assert not {".", "@", "#"} & set(kept.replace("[.]", "").replace("[#]", ""))
    assert Indicator.read(kept) == kept


@pytest.mark.parametrize("written", ["", "call us", "evil", "<b>evil.example</b>", "evil.example`", "x" * 201])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises((ValidationError, PydanticCustomError)):
        ADAPTER.validate_python(written)


@pytest.fixture
def security(tmp_path: Path) -> Folder:
    return Folder.of("security", tmp_path / "security")


@pytest.mark.parametrize(
    ("more", "at"),
    [
        ("Do not open [this page](https://withdraw-verify.example/login).", "withdraw-verify.example"),
        ("Do not open https://withdraw-verify.example", "withdraw-verify.example"),
        ("Do not open <https://WITHDRAW-verify.example/other>.", "WITHDRAW-verify.example"),
        ("- Do not open login.withdraw-verify.example", "withdraw-verify.example"),
        ("| page |\n|---|\n| withdraw-verify.example |", "withdraw-verify.example"),
        ("> write to `me@withdraw-verify.example`", "withdraw-verify.example"),
        ("```\nwithdraw-verify.example\n```", "withdraw-verify.example"),
        ("![withdraw-verify.example](https://example.com/p.png)", "withdraw-verify.example"),
        ("withdraw-verify\\.example", None),
        ("withdraw-*verify*.example", None),
        ("[a](https://withdraw%2Dverify.example/)", None),
    ],
)
@pytest.mark.parametrize("file", [EN, ZH])
def test_a_text_in_which_it_is_live_is_refused(security: Folder, file: str, more: str, at: str | None) -> None:
    security.append(file, f"\n{more}\n")

    [error] = [error for error in security.errors() if error.code == "live_indicator"]

    assert error.place == security.place(file, at)
    assert IN_TOML in error.fix


@pytest.mark.parametrize(
    "more",
    [
        "Do not open withdraw-verify[.]example, nor hxxps://withdraw-verify[.]example/login.",
        "Not meant: notwithdraw-verify.example, withdraw-verify.example.com, withdraw-verify.examples",
        "Read [our page](https://example.com/withdraw-verify).",
    ],
)
def test_what_leads_elsewhere_is_fine(security: Folder, more: str) -> None:
    assert security.append(EN, f"\n{more}\n").errors() == []


def test_on_everybody_s_pages_only_the_whole_address_is_bad(security: Folder) -> None:
    security.replace(TOML, IN_TOML, "https://t.me/example_refund_bot")
    assert security.append(EN, "\nWe are [here](https://t.me/example_news).\n").errors() == []

    error = security.append(EN, "\nNot [there](https://t.me/example_refund_bot).\n").error()

    assert (error.code, error.place) == ("live_indicator", security.place(EN, "t.me/example_refund_bot"))


@pytest.mark.parametrize(
    ("indicator", "more"),
    [
        ("@example_support_desk", "Never write to @example_support_desk."),
        ("desk@evil.example", "Never write to <desk@evil.example>."),
        ("https://bücher.example", "Do not open https://xn--bcher-kva.example/."),
        ("203.0.113.7", "Do not open http://203.0.113.7/x."),
    ],
)
def test_other_addresses_are_found_too(security: Folder, indicator: str, more: str) -> None:
    security.replace(TOML, IN_TOML, indicator).append(EN, f"\n{more}\n")

    assert security.error().code == "live_indicator"


def test_a_fact_in_which_it_is_live_is_refused(security: Folder) -> None:
    error = security.replace(TOML, '"fake withdrawal pages"', '"fake pages on withdraw-verify.example"').error()

    assert (error.code, error.place) == ("live_indicator", security.place(TOML, '{ en-US = "fake pages'))
