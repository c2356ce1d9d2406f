"""A pull from the operator's own system: what is signed right is taken, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from publisher.channel.signing import keys, signatures
from publisher.mailing.intake.files import open_list
from publisher.mailing.segments.pulling import Source, pull
from publisher.mailing.segments.snapshots import SegmentError

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of both sides, 32 bytes").decode()
OTHER = "whsec_" + base64.b64encode(b"a secret of somebody else, again").decode()
HEAD = {"segment": "holders-eth", "taken_at": "2026-12-01T08:00:00+08:00"}
MEMBER = {"external_id": "4711", "address": "a@example.com", "locale": "zh-CN"}


@dataclass
class Twin:
    """The operator's system: signs what it answers, unless told otherwise."""

    lines: list[object] = field(default_factory=lambda: [HEAD, MEMBER])
    secret: str = SECRET
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    spoil: Callable[[bytes], bytes] = bytes
    at: datetime = NOW
    asked: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append((dict(request.headers), body))
        told = "".join(json.dumps(line) + "\n" for line in self.lines).encode()
        message_id, timestamp = request.headers["webhook-id"], str(int(self.at.timestamp()))
        signed = signatures(keys(self.secret), message_id, timestamp, told)
        headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signed}
        return web.Response(body=self.spoil(told), status=self.status, headers={**headers, **self.headers})


@asynccontextmanager
async def serving(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/holders", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/holders"
    finally:
        await runner.cleanup()


async def pulled(
    twin: Twin, folder: Path, *, secret: str = SECRET, most: int = 100_000
) -> tuple[datetime, list[object]]:
    file = folder / "holders.jsonl"
    async with serving(twin.answer) as url:
        taken_at = await pull(Source("holders-eth", url, keys(secret), 5.0, most), file, NOW)
    with open_list(file) as opened:
        return taken_at, list(opened.rows)


async def test_what_is_signed_right_is_taken(tmp_path: Path) -> None:
    taken_at, rows = await pulled(Twin(), tmp_path)
    assert taken_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert rows == [(2, MEMBER)]


async def test_the_request_is_signed_and_names_the_segment(tmp_path: Path) -> None:
    twin = Twin()
    await pulled(twin, tmp_path)
    [(headers, body)] = twin.asked
    expected = signatures(keys(SECRET), headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    assert int(headers["webhook-timestamp"]) == int(NOW.timestamp())
    assert json.loads(body)["segment"] == "holders-eth"


async def test_secrets_are_exchanged_without_a_gap(tmp_path: Path) -> None:
    for ours, theirs in [(f"{OTHER} {SECRET}", SECRET), (SECRET, f"{OTHER} {SECRET}")]:
        assert (await pulled(Twin(secret=theirs), tmp_path, secret=ours))[1] == [(2, MEMBER)]


@pytest.mark.parametrize(
    ("twin", "why"),
    [
        (Twin(secret=OTHER), "the signature of its answer is not right"),
        (Twin(spoil=lambda body: body.replace(b"a@example.com", b"b@example.com")), "signature"),
        (Twin(spoil=lambda body: body + b'{"external_id": "1", "address": "c@example.com"}\n'), "signature"),
        (Twin(headers={"webhook-signature": ""}), "signature"),
        (Twin(headers={"webhook-id": "msg_of_yesterday"}), "another webhook-id"),
        (Twin(headers={"webhook-timestamp": "soon"}), "no webhook-timestamp"),
        (Twin(at=datetime(2026, 12, 1, 1, 54, tzinfo=UTC)), "too old"),
        (Twin(status=307, headers={"location": "https://elsewhere.example/"}), "redirects are not followed"),
        (Twin(status=503), "it answers 503"),
        (Twin(headers={"content-encoding": "gzip"}), "compressed"),
        (Twin(lines=[MEMBER]), "its first line is not like"),
        (Twin(lines=[{**HEAD, "taken_at": "2026-12-01T00:00:00"}]), "no offset"),
        (Twin(lines=[{**HEAD, "segment": "vip"}]), "segment 'vip'"),
        (Twin(lines=[HEAD, {**MEMBER, "note": "x" * 200_000}]), "longer than 100,000 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_anything_else_is_refused(tmp_path: Path, twin: Twin, why: str) -> None:
    with pytest.raises(SegmentError, match=why):
        await pulled(twin, tmp_path)


async def test_an_answer_that_does_not_come_ends(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with serving(wait) as url:
        with pytest.raises(SegmentError, match="it took longer than"):
            await pull(Source("holders-eth", url, keys(SECRET), 0.2, 1_000), tmp_path / "x.jsonl", NOW)
        released.set()


async def test_a_system_that_is_away_is_told(tmp_path: Path) -> None:
    async with serving(Twin().answer) as url:
        pass
    with pytest.raises(SegmentError, match="it cannot be reached"):
        await pull(Source("holders-eth", url, keys(SECRET), 5.0, 1_000), tmp_path / "x.jsonl", NOW)
