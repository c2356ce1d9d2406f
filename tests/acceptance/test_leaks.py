"""Nothing unpublished is in any public byte, in whatever state before publication it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest

from publisher.app import App
from publisher.delivery import stop
from tests.acceptance.conftest import Published
from tests.acceptance.desk import SITE, Desk
from tests.content.folders import TOML, Folder

CANARIES = {"drafted": "Quokkadraft", "reviewed": "Quokkareview", "scheduled": "Quokkatimed", "held": "Quokkaheld"}
"""State -> the word that stands in title, body, facts, folder name and id of an announcement in that state."""
LANGUAGES = ("en-US", "zh-CN")
LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]+)|<(?:loc|id|uri)>([^<]+)<|^Sitemap: (\S+)""", re.MULTILINE)


def canary(desk: Desk, word: str) -> Path:
    path = desk.announcement("maintenance", word, after=12 * 60)
    folder = Folder(path)
    folder.write("announcement.toml", re.sub(r'(?m)^id = ".*"$', f'id = "a-{word.lower()}"', folder.text(TOML)))
    for locale in LANGUAGES:
        folder.append(f"{locale}.md", f"\n\n{word} {word}\n")
    return path


@pytest.fixture(scope="module")
def secretive(published: Published) -> Desk:
    """A desk with something public, and a canary in each state before publication."""
    desk = published.desk
    preview(desk, canary(desk, CANARIES["drafted"]))
    desk.submit(canary(desk, CANARIES["reviewed"]))
    desk.scheduled(canary(desk, CANARIES["scheduled"]))
    hold(desk, desk.scheduled(canary(desk, CANARIES["held"])))
    desk.pass_time(60)
    return desk


def preview(desk: Desk, folder: Path) -> None:
    """Checked and previewed, as often as an author does."""

    async def act(app: App) -> str:
        prepared, _ = await app.prepare(folder)
        assert prepared is not None
        return app.preview(prepared)

    assert CANARIES["drafted"] in desk.do(act)


def hold(desk: Desk, release: int) -> None:
    async def act(app: App) -> None:
        async with app.store.begin() as tx:
            await stop.hold(tx, release, at=app.clock.now(), actor="erin", reason="the network postponed it")

    desk.do(act)


def everything_public(desk: Desk, guessed: Iterable[str]) -> Mapping[str, bytes]:
    """Address -> status line, header and body of all that anybody can ask for: linked from anywhere, or guessed."""
    found: dict[str, bytes] = {}
    waiting = ["/", *guessed]
    while waiting:
        address = waiting.pop()
        if address not in found:
            answer = desk.site(address)
            found[address] = seen(answer)
            waiting += links(address, answer)
    for address in ("/", "/nothing", "/u/x"):
        for language in LANGUAGES:
            found[f"{address} in {language}"] = seen(desk.site(address, headers={"Accept-Language": language}))
    return found


def seen(answer: httpx.Response) -> bytes:
    header = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return f"{answer.status_code}\r\n{header}\r\n".encode() + answer.content


def links(address: str, answer: httpx.Response) -> Iterator[str]:
    """What the answer leads to on the site itself."""
    found = [next(filter(None, match)) for match in LINK.findall(answer.text)]
    for link in [*found, answer.headers.get("location", "")]:
        whole = urlsplit(urljoin(SITE + address, unescape(link)))
        if f"{whole.scheme}://{whole.netloc}" == SITE:
            yield whole.path


def guesses(desk: Desk) -> Iterator[str]:
    """What somebody who knows the program would try."""
    entries = (desk.workspace / "site.state" / "records").glob("*/entries/*.json")
    newest = max(json.loads(file.read_bytes())["record"]["reference"] for file in entries)
    number = int(newest.rpartition("-")[2])
    for language in LANGUAGES:
        for following in range(number + 1, number + 6):
            yield from (f"/{language}/ANN-2026-{following:05}{end}" for end in ("", ".html", ".json", "/"))
        yield from (f"/{language}/{name}" for name in ("page/99", "feed.atom", "drafts", "preview", "calendar.ics"))
        yield from (
            f"/_pages/{language}/missing.html",
            f"/records/{language}/agenda.json",
            f"/{language}/maintenance/feed.atom",
        )
    for word in CANARIES.values():
        yield from (f"/{word}", f"/announcements/{word}-maintenance/announcement.toml", f"/en-US/a-{word.lower()}")
    yield from (
        "/robots.txt",
        "/sitemap.xml",
        "/healthz",
        "/u/x",
        "/p/x",
        "/status.json",
        "/releases/1",
        "/arrivals.json",
    )
    for path in ("site.state/journal.json", "publisher.sqlite3", "publisher.toml", "run.log", "secrets/token.key"):
        yield from (f"/{path}", f"/../{path}", f"/..%2f{path}", f"/static/..%2f..%2f{quote(path)}")


def leaks(public: Mapping[str, bytes], word: str) -> list[str]:
    forms = [word.lower().encode(), quote(word).lower().encode()]
    return [address for address, content in public.items() if any(form in content.lower() for form in forms)]


def test_no_public_byte_tells_of_what_is_not_published(secretive: Desk) -> None:
    public = everything_public(secretive, guesses(secretive))

    assert sum(content.startswith(b"200") for content in public.values()) > 30
    assert [address for word in CANARIES.values() for address in leaks(public, word)] == []
    # The same search finds what is published, on its page and wherever it is listed.
    assert len(leaks(public, "Ethereum")) > 10


def test_no_request_that_names_it_is_answered_with_it(secretive: Desk) -> None:
    """Nor with anything that a word nobody wrote would not get."""
    for pattern in ("/en-US/{}", "/zh-CN/{}/feed.atom", "/{}", "/en-US/?q={}"):
        real, other = (secretive.site(pattern.format(word)) for word in (CANARIES["scheduled"], "Quokkaother"))
        told = [real.content.replace(CANARIES["scheduled"].encode(), b""), other.content.replace(b"Quokkaother", b"")]
        assert (real.status_code, told[0]) == (other.status_code, told[1])


def test_no_log_line_and_no_stranger_on_the_staff_listener_sees_it(secretive: Desk) -> None:
    staff = f"http://127.0.0.1:{secretive.ports['staff']}"
    with httpx.Client(trust_env=False) as client:
        answers = [
            client.get(f"{staff}{path}") for path in ("/", "/login", "/status.json", "/deliveries", "/releases/5")
        ]

    log = secretive.log().lower()
    for word in CANARIES.values():
        assert word.lower() not in log
        assert not [answer.url for answer in answers if word.lower().encode() in seen(answer).lower()]
    assert [answer.status_code for answer in answers] == [303, 200, 401, 303, 303]


def test_nothing_of_it_reached_a_network(secretive: Desk) -> None:
    for channel in ("telegram", "x", "email"):
        assert secretive.arrivals(channel, "Quokka") == []


def test_what_is_published_is_found_by_the_same_search(secretive: Desk) -> None:
    word = "Wallabypublic"
    secretive.publish(secretive.announcement("maintenance", word, to="website", after=1))

    found = leaks(everything_public(secretive, ()), word)

    for language in LANGUAGES:
        assert {f"/{language}/", f"/{language}/feed.atom", f"/{language}/maintenance/"} <= set(found)
