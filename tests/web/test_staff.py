"""The staff listener over real HTTP: who gets in, for how long, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from publisher.app import App
from publisher.delivery.states import DeliveryState
from publisher.release.expectation import Expected
from publisher.store.transaction import SqlTransaction
from publisher.web.sessions import COOKIE, LIFETIME
from tests.cli.desk import made
from tests.web.desk import Staff, staffed

PAGES = ("/", "/schedule", "/deliveries", "/releases/1", "/releases/2")


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    with staffed(made(tmp_path_factory.mktemp("staff") / "desk")) as staff:
        yield staff


@pytest.fixture
def stranger(staff: Staff) -> Iterator[httpx.Client]:
    """A browser that nobody has signed in with."""
    with httpx.Client(base_url=staff.url, headers={"Origin": staff.url}) as client:
        yield client


@pytest.fixture
def alice(staff: Staff, stranger: httpx.Client) -> httpx.Client:
    assert stranger.post("/login", data={"token": staff.token}).status_code == 303
    return stranger


@pytest.mark.parametrize("path", [*PAGES, "/releases/99", "/nothing"])
def test_without_a_session_there_is_only_the_way_in(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)

    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/login", "")


def test_without_a_session_programs_get_401(stranger: httpx.Client) -> None:
    answer = stranger.get("/status.json")

    assert (answer.status_code, answer.json()) == (401, {"error": "sign in first"})


@pytest.mark.parametrize("token", ["", "publisher_wrong", "x" * 100_000])
def test_a_wrong_token_opens_nothing(stranger: httpx.Client, token: str) -> None:
    answer = stranger.post("/login", data={"token": token})

    assert answer.status_code == 401
    assert "belongs to nobody" in answer.text
    assert COOKIE not in stranger.cookies
    assert token not in answer.text or not token


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(staff: Staff, stranger: httpx.Client) -> None:
    cookie = stranger.post("/login", data={"token": staff.token}).headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert staff.token.lower() not in cookie


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_of_another_site_is_refused(staff: Staff, alice: httpx.Client, path: str, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    with httpx.Client(base_url=staff.url, cookies=alice.cookies) as browser:
        answer = browser.post(path, data={"token": staff.token}, headers=headers)

        assert answer.status_code == 403
        assert browser.get("/").status_code == 200


def test_signing_out_ends_the_session_everywhere(staff: Staff, alice: httpx.Client) -> None:
    with httpx.Client(base_url=staff.url, cookies=alice.cookies) as copy:
        assert alice.post("/logout").headers["location"] == "/login"

        assert copy.get("/").status_code == 303


def test_a_session_ends_by_itself(staff: Staff, alice: httpx.Client) -> None:
    staff.time.seconds += LIFETIME - 1
    before = alice.get("/").status_code
    staff.time.seconds += 2

    assert (before, alice.get("/").status_code) == (200, 303)


def test_a_session_ends_with_its_token_and_with_its_person(staff: Staff, stranger: httpx.Client) -> None:
    staff.desk.person("dora", "authors")
    token = (staff.desk.root / "dora.token").read_text(encoding="utf-8")
    stranger.post("/login", data={"token": token})
    before = stranger.get("/").status_code
    staff.replace_token("dora")

    assert (before, stranger.get("/").status_code) == (200, 303)
    newest = staff.desk("person", "token", "dora").out
    stranger.post("/login", data={"token": newest})
    again = stranger.get("/").status_code
    staff.disable("dora")
    assert (again, stranger.get("/").status_code) == (200, 303)


@pytest.mark.parametrize("path", [*PAGES, "/login", "/status.json", "/nothing", "/assets/desk.css", "/healthz"])
def test_every_answer_carries_the_policy(alice: httpx.Client, path: str) -> None:
    headers = alice.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/nothing", "/releases/99", "/releases/one", "/assets/nothing.css"])
def test_what_is_not_there_is_said_on_a_page(alice: httpx.Client, path: str) -> None:
    answer = alice.get(path)

    assert (answer.status_code, "Nothing here" in answer.text) == (404, True)


def test_today_says_what_waits_for_whom(alice: httpx.Client) -> None:
    page = alice.get("/").text

    assert "waits for 1 more of editors" in page
    assert '7 <span class="state queued">' in page


def test_programs_get_releases_deliveries_and_stops(alice: httpx.Client) -> None:
    status = alice.get("/status.json").json()

    assert {release["state"] for release in status["releases"]} == {"publishing", "in_review"}
    assert len(status["deliveries"]) == 7
    assert {"id", "state", "since", "reason", "url"} <= set(status["deliveries"][0])


def test_a_release_shows_its_hash_its_deliveries_and_its_history(staff: Staff, alice: httpx.Client) -> None:
    page = alice.get("/releases/1").text

    assert staff.desk.hash(1) in page
    assert page.count("<tr>") > 7
    assert "approved</strong> by erin" in page


def test_a_doubtful_delivery_asks_for_a_person_and_a_stop_is_announced(staff: Staff, alice: httpx.Client) -> None:
    staff.move("x-main", DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
    staff.stop_everything()

    page = alice.get("/").text

    assert "Needs a person" in page
    assert "publisher resolve" in page
    assert "<strong>Everything</strong> is stopped by erin" in page
    assert "the token leaked" in alice.get("/deliveries").text
    assert alice.get("/status.json").json()["stops"] == [
        {"what": "everything", "by": "erin", "reason": "the token leaked"}
    ]


def test_delivered_means_accepted_by_the_relay(alice: httpx.Client) -> None:
    assert "accepted by the relay" in alice.get("/deliveries").text


def test_the_machine_that_watches_us_needs_no_session(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").text == "ok\n"


def test_no_page_names_a_file_of_the_machine(staff: Staff, alice: httpx.Client) -> None:
    root = str(Path(staff.desk.root))

    assert all(root not in alice.get(path).text for path in (*PAGES, "/status.json", "/nothing"))


def test_the_page_of_a_release_tells_how_many_readers_and_what_is_held(staff: Staff, alice: httpx.Client) -> None:
    before = alice.get("/releases/2").text
    assert "0 of newsletter/en-US, 0 of newsletter/zh-CN, as shown for approval" in before

    async def drifted(app: App, tx: SqlTransaction) -> None:
        await tx.save_expected(2, [Expected("newsletter", "en-US", "publish", 1_000, found=2_500)])

    staff.change(drifted)

    assert (
        "1,000 of newsletter/en-US (held: it would reach 2,500 readers where people approved 1,000)"
        in alice.get("/releases/2").text
    )
