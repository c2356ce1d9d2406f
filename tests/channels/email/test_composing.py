from __future__ import annotations

import re
from email import message_from_bytes, message_from_string, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.email import channel
from channels.email.message import Template
from publisher.channel import SLOT_MARKER, SLOTS, Payload, Rendered, Target, slot
from tests.channels.email.builders import HTML, edition, message_of, rendered, slots, target, with_slots

READER = {"recipient.address": "reader@example.net"}
typed = st.text(st.characters(exclude_categories=["Cs", "Co"]), max_size=300)


def received(payload: Payload, **changed: str) -> EmailMessage:
    raw = Template(message_of(payload)).fill({**slots(**changed), **READER})
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def filled(text: str) -> str:
    return SLOT_MARKER.sub(lambda found: slots()[found[1]], text)


def test_the_header_says_everything_a_mailbox_provider_asks_for() -> None:
    message = received(edition(to=target(reply_to="help@example.com", unsubscribe_mailto="leave@example.com")))

    assert dict(message.items()) == {
        "Date": "Thu, 03 Dec 2026 02:00:00 +0000",
        "Message-ID": "<m1.r1@mail.example.com>",
        "From": "Example Exchange <news@mail.example.com>",
        "To": "reader@example.net",
        "Reply-To": "help@example.com",
        "Subject": "ETH wallet maintenance - 3 Dec 2026",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
        "Content-Language": "en-US",
        "List-Id": "<news.mail.example.com>",
        "List-Unsubscribe": f"<https://example.com/u/{1:032x}?l=news>, <mailto:leave@example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    assert message.get_content_type() == "multipart/alternative"


def test_the_plain_text_comes_first_and_both_parts_decode_to_what_was_rendered() -> None:
    message = received(edition())

    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part["Content-Transfer-Encoding"] for part in message.iter_parts()] == ["quoted-printable"] * 2
    assert body(message, "html") == filled(with_slots(HTML))
    assert body(message, "plain") == filled(rendered()["text"].text)


def test_the_bytes_change_only_with_the_content() -> None:
    assert edition() == edition()
    assert edition().sha256 != edition(rendered(subject="Another")).sha256


def test_a_one_click_link_stays_in_one_piece() -> None:
    longest = "https://example.com/u/" + "t" * 178
    raw = Template(message_of(edition())).fill({**slots(recipient__unsubscribe_url=longest), **READER})

    assert f"List-Unsubscribe: <{longest}>\r\n".encode() in raw


def test_every_line_is_short_ascii_and_none_starts_with_a_dot() -> None:
    text = ".\n..dots\nFrom me\nblank at the end \n" + "漢字🙂" * 100 + with_slots("{unsubscribe}") + "x" * 300
    raw = Template(message_of(edition(rendered(subject="上" * 200, text=text)))).fill({**slots(), **READER})

    lines = raw.decode("ascii").split("\r\n")
    assert not [line for line in lines if line.startswith((".", "From ")) or line.endswith((" ", "\t"))]
    assert not [line for line in lines if "\n" in line or "\r" in line]
    assert max(len(line) for line in lines if not line.startswith("List-Unsubscribe")) <= 78


@pytest.mark.parametrize("name", ["recipient.unsubscribe_url", "url", "reference"])
def test_a_slot_stands_on_a_line_of_its_own(name: str) -> None:
    message = message_of(edition(rendered(text=f"before {slot(name)} after{slot(name)}\nend {slot(name)}")))

    body_lines = message.partition("\r\n\r\n")[2].split("\r\n")
    assert [line.removesuffix("=") for line in body_lines if slot(name) in line][:3] == [slot(name)] * 3


@given(subject=typed, text=typed, html=typed, from_name=typed)
@example(subject="=?utf-8?q?a?=", text="=\n=3D", html=" \t", from_name='"\\ <x@y.z>,')
@example(
    subject="a\r\nBcc: evil@example.org", text="\n.\r\nMAIL FROM:<a@b.c>\r\n", html="\r\n.\r\n", from_name="a\r\n\r\nb"
)
@settings(deadline=None)
def test_whatever_is_typed_arrives_as_typed_and_adds_nothing(
    subject: str, text: str, html: str, from_name: str
) -> None:
    message = received(edition(rendered(subject, html, text), target(from_name=from_name)))

    plain = received(edition())
    assert message.keys() == plain.keys()
    assert message["Subject"] == one_line(subject)
    sender = message["From"]
    assert isinstance(sender, AddressHeader)
    assert [each.addr_spec for each in sender.addresses] == ["news@mail.example.com"]
    assert "".join(sender.addresses[0].display_name.split()) == "".join(from_name_shown(from_name))
    assert message["To"] == "reader@example.net"
    assert body(message, "plain") == line_feeds(text)
    assert body(message, "html") == line_feeds(html)


def one_line(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip(" ")


def from_name_shown(from_name: str) -> list[str]:
    """Python's parser strips no-break spaces and puts a space between the encoded-words of a phrase."""
    return one_line(from_name).split()


def line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(typed, st.sampled_from(sorted(SLOTS)), typed)
@settings(deadline=None)
def test_text_around_a_slot_survives(before: str, name: str, after: str) -> None:
    if name in ("dkim", "previous.id", "date", "message_id", "recipient.address"):
        name = "recipient.unsubscribe_url"
    message = received(edition(rendered(text=f"{before}{slot(name)}{after}")))

    assert body(message, "plain") == line_feeds(before) + slots()[name] + line_feeds(after)


@given(st.from_regex(SLOTS["recipient.unsubscribe_url"].pattern, fullmatch=True).filter(lambda url: len(url) <= 200))
@settings(deadline=None)
def test_any_link_survives_filling(url: str) -> None:
    message = received(edition(), recipient__unsubscribe_url=url)

    assert f'<a href="{url}">Unsubscribe</a>' in body(message, "html")
    assert message["List-Unsubscribe"] == f"<{url}>"


def test_each_message_of_a_template_has_its_own_values() -> None:
    template = Template(message_of(edition()))
    links = [f"https://example.com/{language}/ANN-2026-00042" for language in ("en-US", "zh-CN", "en-US")]

    messages = [template.fill({**slots(number, url=link), **READER}) for number, link in enumerate(links)]

    assert [link.encode() in message for message, link in zip(messages, links, strict=True)] == [True] * 3
    assert len({*messages}) == 3


def test_a_reference_may_stand_in_a_subject_of_any_language() -> None:
    plain = received(edition(rendered(subject=f"[{slot('reference')}] ETH")))
    chinese = received(edition(rendered(subject=f"【{slot('reference')}】以太坊钱包维护")))

    assert plain["Subject"] == "[ANN-2026-00042] ETH"
    assert chinese["Subject"] == "【ANN-2026-00042】以太坊钱包维护"


def codes(sections: Rendered, to: Target | None = None) -> list[str]:
    return [finding.code for finding in channel.composer.check(edition(sections, to).parts)]


def test_a_good_edition_has_no_findings() -> None:
    assert codes(rendered(), target(dkim=True, reply_to="help@example.com")) == []


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (rendered(subject=" "), "email.subject_missing"),
        (rendered(subject="x " * 60), "email.subject_long"),
        (rendered(subject="漢" * 300), "email.subject_too_long"),
        (rendered(subject="pay \u202egpj.exe"), "email.direction_override"),
        (rendered(subject=slot("recipient.anti_phishing_code")), "email.subject_slot"),
        (rendered(text=""), "email.part_missing"),
        (rendered(html=""), "email.part_missing"),
        (rendered(text="no way out"), "email.unsubscribe_missing"),
        (rendered(html="<p>no way out</p>"), "email.unsubscribe_missing"),
        (rendered(html=with_slots(HTML) + "<p>" + "漢" * 34_000), "email.html_too_large"),
        (rendered(html=with_slots(HTML) + '<a href="/fees">fees</a>'), "email.relative_link"),
    ],
)
def test_what_a_client_would_refuse_or_mangle_is_found(sections: Rendered, expected: str) -> None:
    assert codes(sections) == [expected]


def test_a_missing_section_is_found() -> None:
    sections = {name: section for name, section in rendered().items() if name != "text"}

    assert codes(sections) == ["email.part_missing"]


@pytest.mark.parametrize("address", ["news", "a@b.c>, <evil@x.y", "news@例え.jp", "news@example.com\r\nBcc: evil@x.y"])
def test_a_from_address_that_is_not_one_plain_address_is_found(address: str) -> None:
    assert set(codes(rendered(), target(address))) & {"email.from_address", "email.malformed"}


def test_a_field_nobody_ordered_is_found() -> None:
    part = edition().parts[0]
    changed = str(part.content["message"]).replace("Auto-Submitted:", "Bcc: evil@example.org\r\nAuto-Submitted:", 1)
    tampered = type(part)(part.name, {**part.content, "message": changed})

    assert [finding.code for finding in channel.composer.check([tampered])] == ["email.header_injection"]


def test_the_template_parses_with_its_slots_open() -> None:
    assert message_from_string(message_of(edition()), policy=policy.default)["Auto-Submitted"] == "auto-generated"
