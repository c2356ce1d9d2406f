"""What was approved is what is sent: only the declared slots differ, and what was changed since is not sent."""

from __future__ import annotations

import hashlib
import html
import json
import quopri
import re
from collections.abc import Mapping
from typing import Any

import pytest

from publisher.channel import PICTURES, Json, Part, Payload, fill, slot
from publisher.content.pictures import verified
from publisher.delivery.states import DeliveryState
from publisher.store.status_rows import DeliveryLine
from tests.acceptance.blanking import blanked
from tests.acceptance.conftest import Published
from tests.acceptance.desk import Desk
from tests.content.folders import EN, Folder
from tests.pictures import drawn


def approved(desk: Desk, line: DeliveryLine) -> tuple[Part, Mapping[str, str]]:
    """The only part of the stored edition, and the slots that its release knows."""
    edition, slots = desk.edition(line.id)
    [part] = Payload.from_json(edition.payload).parts
    return part, slots


def arrival(published: Published, line: DeliveryLine) -> Mapping[str, Any]:
    """What the network has under the id in the delivery's link."""
    *_, where, number = line.url.split("/")
    here = [
        each for each in published.desk.arrivals(line.channel) if each["target"] in (f"@{where}", "ExampleExchange")
    ]
    [found] = [each for each in here if each["given_id"] == number]
    return found


def test_everything_is_delivered(published: Published) -> None:
    assert {(line.destination, line.locale, line.state) for line in published} == {
        ("website", "en-US", "delivered"),
        ("website", "zh-CN", "delivered"),
        ("newsletter", "en-US", "delivered"),
        ("newsletter", "zh-CN", "delivered"),
        ("telegram-en", "en-US", "delivered"),
        ("telegram-zh", "zh-CN", "delivered"),
        ("x-main", "en-US", "delivered"),
    }
    assert [len(lines) for lines in published.samples.values()] == [7, 7, 7, 7]


def test_telegram_gets_the_approved_parameters(published: Published) -> None:
    for line in published.of("telegram"):
        part, slots = approved(published.desk, line)
        sent = arrival(published, line)["parameters"]
        said = "caption" if "caption" in part.content else "text"
        text, values = blanked(str(part.content[said]), sent[said])
        approved_form = {name: form(value) for name, value in part.content.items() if name != PICTURES}

        assert {name: value for name, value in sent.items() if name not in ("photo", "files")} | {said: text} == (
            approved_form
        )
        assert sent.get("files", []) == part.picture_names
        assert values == {name: {slots[name]} for name in values}
        assert "url" in values


def listed(part: Part) -> list[Mapping[str, str]]:
    found = part.content.get(PICTURES, [])
    assert isinstance(found, list)
    return found


def form(value: Json) -> str:
    """How a form carries it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def test_x_gets_the_approved_text(published: Published) -> None:
    for line in published.of("x"):
        part, slots = approved(published.desk, line)
        sent = arrival(published, line)
        body = json.loads(sent["raw"].encode("latin-1"))
        text, values = blanked(str(part.content["text"]), body["text"])
        shown = [(each["sha256"], each["alt"]) for each in sent["parameters"].get("media", [])]

        assert body.keys() == ({"text", "media"} if part.picture_names else {"text"})
        assert text == part.content["text"]
        assert shown == [(each["sha256"], each["alt"]) for each in listed(part)]
        assert values == {"url": {slots["url"]}}


def test_every_reader_gets_the_approved_message(published: Published) -> None:
    readers = {"en-US": {"ada", "ben"}, "zh-CN": {"chen", "fei"}}
    for line in published.of("email"):
        part, slots = approved(published.desk, line)
        mails = [mail for mail in published.mails_of(line) if of(mail) in readers[line.locale]]

        assert {of(mail) for mail in mails} == readers[line.locale]
        for mail in mails:
            approved_header, _, approved_body = str(part.content["message"]).partition("\r\n\r\n")
            header, _, body = mail["raw"].partition("\r\n\r\n")
            blank_header, in_header = blanked(approved_header, header)
            blank_body, in_body = blanked(approved_body, body, unquoted)

            assert (blank_header, blank_body) == (approved_header, approved_body)
            assert in_header["recipient.address"] == {f"{of(mail)}@readers.example"}
            assert in_header["recipient.unsubscribe_url"] == in_body["recipient.unsubscribe_url"]
            assert (in_body["url"], in_body["reference"]) == ({slots["url"]}, {slots["reference"]})


def of(mail: Mapping[str, Any]) -> str:
    """Whose it is."""
    return str(mail["letter"]["to"]).partition("@")[0]


def unquoted(value: str) -> str:
    """As the mail program reads it."""
    return quopri.decodestring(value).decode("ascii")


def test_the_page_and_the_feed_show_the_approved_article_and_record(published: Published) -> None:
    for line in published.of("website"):
        part, slots = approved(published.desk, line)
        page = published.desk.site(slots["url"]).text
        article = str(fill(part.content["article"], slots)).strip()

        assert page.count(article) == 1
        assert html.escape(article, quote=False) in published.desk.site(f"/{line.locale}/feed.atom").text
        kept = stored_record(published.desk, line)
        assert {name: blank_record(kept, slots).get(name) for name in record(part)} == record(part)


def record(part: Part) -> Mapping[str, Json]:
    found = part.content["record"]
    assert isinstance(found, Mapping)
    return found


def stored_record(desk: Desk, line: DeliveryLine) -> dict[str, Any]:
    """What the website keeps and derives its lists and feeds from."""
    for file in (desk.workspace / "site.state" / "records" / line.locale / "entries").iterdir():
        entry: dict[str, Any] = json.loads(file.read_bytes())["record"]
        if entry["reference"] == line.reference:
            return entry
    raise AssertionError(f"the website has no record of {line.reference} in {line.locale}")


def blank_record(kept: Mapping[str, Any], slots: Mapping[str, str]) -> Mapping[str, Any]:
    places = {"reference": "reference", "url": "url", "at": "published_at"}
    assert all(kept[field] == slots[name] for field, name in places.items())
    short = kept["short_url"].removesuffix(slots["reference"])
    assert kept["short_url"] == short + slots["reference"]
    return {**kept, **{field: slot(name) for field, name in places.items()}, "short_url": short + slot("reference")}


def test_the_preview_shows_every_approved_byte(published: Published) -> None:
    desk = published.desk
    for kind, lines in published.samples.items():
        page = as_read(published.previews[kind])
        for line in lines.values():
            assert desk.edition(line.id)[0].payload in page, line


def as_read(page: str) -> str:
    """A preview as a person reads it, slots as their markers."""
    return html.unescape(re.sub(r"<mark[^>]*>([a-z_.]+)</mark>", lambda found: slot(found[1]), page))


# --- what was changed between approval and sending -------------------------------------------------------------


def refused(desk: Desk, release: int, word: str) -> str:
    """The reason for which nothing of the release is sent."""
    desk.due(release)
    lines = desk.settled(release, hurry=10).values()  # what links to the site waits a minute for it
    assert {line.state for line in lines} == {DeliveryState.HELD}
    assert not [each for channel in ("telegram", "x", "email") for each in desk.arrivals(channel, word)]
    assert word not in desk.site("/en-US/").text
    [reason] = {line.reason for line in lines}
    return reason


TAMPERINGS = {
    "a payload": "UPDATE edition SET payload = replace(payload, :word, :word || 'X') WHERE release_id = :release",
    "a payload and its hash": (
        "UPDATE edition SET payload = other.payload, sha256 = other.sha256 FROM "
        "(SELECT * FROM edition WHERE release_id = (SELECT min(id) FROM release)) AS other "
        "WHERE edition.release_id = :release AND edition.destination = other.destination "
        "AND edition.locale = other.locale AND edition.stage = other.stage AND edition.operation = other.operation"
    ),
    "the facts": "UPDATE release SET common = replace(common, :word, :word || 'X') WHERE id = :release",
    "the policy": "UPDATE release SET policy = replace(policy, '{\"editors\":1}', '{}') WHERE id = :release",
    "the audience": "UPDATE release SET audience = 'all' WHERE id = :release",
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_changed_in_the_database_is_not_sent(desk: Desk, published: Published, what: str) -> None:
    word = f"Tampered{list(TAMPERINGS).index(what)}"
    release = desk.scheduled(desk.announcement("maintenance", word))

    assert desk.sql(TAMPERINGS[what], {"word": word, "release": release}) > 0

    assert "is not the one that was approved" in refused(desk, release, word)


def test_a_link_changed_behind_approved_words_is_not_sent(desk: Desk) -> None:
    release = desk.scheduled(desk.announcement("maintenance", "Relinked"))

    # As soon as the deliveries exist, before anything can be sent.
    desk.trigger(
        "AFTER INSERT ON delivery",
        f"UPDATE delivery SET slots = replace(slots, 'https://', 'https://wallet-') WHERE release_id = {release}",
    )

    assert (
        refused(desk, release, "Relinked")
        == "the stored reference, link or time of the delivery is not the release's own"
    )


def test_a_mail_exchanged_after_its_readers_were_chosen_is_not_sent(desk: Desk, published: Published) -> None:
    release = desk.scheduled(desk.announcement("maintenance", "Exchanged"))
    other = "(SELECT payload, sha256 FROM edition WHERE channel = 'email' ORDER BY id LIMIT 1)"

    desk.trigger("AFTER INSERT ON payload", f"UPDATE payload SET (payload, sha256) = {other} WHERE id = NEW.id")
    desk.due(release)
    wanted = "the stored payload of the mailing is not the one that was approved"

    def stands_still() -> bool:
        return all(line.reason == wanted for line in desk.lines(release) if line.channel == "email")

    before = len(desk.arrivals("email"))
    desk.wait_until(stands_still, "the mailing went out", hurry=1)
    assert len(desk.arrivals("email")) == before


def test_what_needs_an_approver_who_has_no_rights_any_more_is_not_sent(desk: Desk) -> None:
    release = desk.scheduled(desk.announcement("maintenance", "Dismissed"))

    with desk.without("erin"):
        reason = refused(desk, release, "Dismissed")

    assert reason == "approvals no longer hold: 1 more of editors (en-US, zh-CN)"


def test_a_destination_that_was_changed_gets_nothing(desk: Desk) -> None:
    release = desk.scheduled(desk.announcement("maintenance", "Elsewhere", to="side"))
    settings = desk.workspace / "publisher.toml"

    settings.write_text(settings.read_text("utf-8").replace('"-1001000000002"', '"@example_exchange"', 1), "utf-8")
    desk.kill_worker()  # it reads its settings when it starts
    desk.due(release)
    lines = desk.settled(release)

    assert lines["website", "en-US"].state is DeliveryState.DELIVERED
    assert lines["side", "zh-CN"].state is DeliveryState.HELD
    assert lines["side", "zh-CN"].reason == "destination side was changed after the approval; submit again"
    assert desk.arrivals("telegram", "Elsewhere") == []


def test_every_reader_of_a_picture_gets_the_approved_bytes(published: Published) -> None:
    line = published.samples["listing"]["website", "en-US"]
    part, _ = approved(published.desk, line)
    [sha256] = part.picture_names
    [picture] = listed(part)

    page, mail = published.desk.site(f"/en-US/{line.reference}").text, published.mails_of(line)[0]
    file = published.desk.site(str(picture["url"]))

    assert hashlib.sha256(file.content).hexdigest() == sha256
    assert (file.headers["content-type"], str(picture["url"]) in page) == ("image/png", True)
    assert str(picture["url"]) in mail["letter"]["html"]
    assert picture["alt"] in mail["letter"]["text"]


def test_a_picture_that_was_exchanged_after_its_approval_is_not_sent(desk: Desk) -> None:
    folder = Folder(desk.announcement("maintenance", "Palimpsest"))
    folder.write("chart.png", drawn(size=(77, 55))).append(EN, "\n![A chart](chart.png)\n")
    release = desk.scheduled(folder.path)
    named = {"forged": drawn(size=(55, 77)), "sha256": verified(drawn(size=(77, 55))).sha256}
    assert desk.sql("UPDATE picture SET content = :forged WHERE sha256 = :sha256", named) == 1

    desk.due(release)
    lines = desk.settled(release, hurry=2)

    held = [lines["website", "en-US"], lines["telegram-en", "en-US"], lines["x-main", "en-US"]]
    assert {line.state for line in held} == {DeliveryState.HELD}
    assert all("is not the one that was approved" in line.reason for line in held)
    assert lines["website", "zh-CN"].state is DeliveryState.DELIVERED
