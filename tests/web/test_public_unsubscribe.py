"""Unsubscribing: looking changes nothing, one POST is enough, and the answer gives nothing away (RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.web.public import FORM_BYTES, public_app
from tests.site import samples
from tests.site.serving import served
from tests.web.test_public import Public, Unsubscribed

TOKEN = "Zm9vYmFyYmF6cXV4"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--edge\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--edge--\r\n'
)


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    root, tokens = samples.publish(tmp_path, []), Unsubscribed()
    with served(public_app(root, tokens)) as url:
        yield Public(root, url, tokens)


def test_looking_changes_nothing(public: Public) -> None:
    status, headers, body = public.ask(f"/u/{TOKEN}", Accept_Language="en")
    assert (status, list(public.tokens)) == (200, [])
    assert body.decode().count("<button") == 1
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_the_pages_button_unsubscribes(public: Public) -> None:
    _, _, page = public.ask(f"/u/{TOKEN}", Accept_Language="en")
    assert 'name="List-Unsubscribe" value="One-Click"' in page.decode()
    status, _, body = public.ask(f"/u/{TOKEN}", "POST", b"List-Unsubscribe=One-Click", Content_Type=URLENCODED)
    assert (status, list(public.tokens)) == (200, [TOKEN])
    assert "You are unsubscribed" in body.decode()


def test_a_mail_client_may_send_multipart(public: Public) -> None:
    status, headers, _ = public.ask(f"/u/{TOKEN}", "POST", MULTIPART, Content_Type="multipart/form-data; boundary=edge")
    assert (status, list(public.tokens), headers.get("location")) == (200, [TOKEN], None)


def test_the_answer_is_the_same_for_any_token(public: Public) -> None:
    answers = [
        public.ask(f"/u/{token}", "POST", b"List-Unsubscribe=One-Click", Content_Type=URLENCODED)
        for token in (TOKEN, "unknown", "x" * 300, "a.b", "%F0%9F%98%80")
    ]
    assert {(status, body) for status, _, body in answers} == {(200, answers[0][2])}
    assert list(public.tokens) == [TOKEN, "unknown"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", URLENCODED),
        (b"List-Unsubscribe=No", URLENCODED),
        (b"list-unsubscribe=One-Click", URLENCODED),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"List-Unsubscribe=One-Click", ""),
        (b"--wrong", "multipart/form-data; boundary=edge"),
        (b"--wrong", "multipart/form-data"),
        (b"x=" + b"y" * FORM_BYTES + b"&List-Unsubscribe=One-Click", URLENCODED),
    ],
)
def test_any_other_post_asks_again(public: Public, body: bytes, media_type: str) -> None:
    status, _, page = public.ask(f"/u/{TOKEN}", "POST", body, Content_Type=media_type)
    assert (status, list(public.tokens)) == (400, [])
    assert "<button" in page.decode()


def test_the_page_speaks_the_readers_language(public: Public) -> None:
    _, _, body = public.ask(f"/u/{TOKEN}", Accept_Language="zh")
    assert "退订" in body.decode()


def test_unsubscribing_works_before_the_site_was_ever_written(tmp_path: Path) -> None:
    tokens = Unsubscribed()
    with served(public_app(tmp_path / "none", tokens)) as url:
        empty = Public(tmp_path, url, tokens)
        empty.ask(f"/u/{TOKEN}", "POST", b"List-Unsubscribe=One-Click", Content_Type=URLENCODED)
    assert list(tokens) == [TOKEN]
