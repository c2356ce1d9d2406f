"""Pulls a snapshot of a segment from the operator's own system: signed both ways, bounded in size and time.

We POST `{"type": "segment.pull", ...}` with the headers of Standard Webhooks 1.0.0; the answer is JSON Lines, signed
the same way under the id of our request, so that an old answer cannot be played again. docs/segments.md says it to
whoever writes the other side.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import aiohttp

from publisher.channel.signing import signatures
from publisher.mailing.segments.snapshots import SegmentError

TOLERANCE = timedelta(minutes=5)
"""How far the clock of the other side may be from ours."""
_CHUNK = 65_536
_LONGEST_HEAD = 10_000
_OK = 200


@dataclass(frozen=True, slots=True)
class Source:
    """Where a segment is pulled from. `most` is in bytes, `timeout` in seconds."""

    segment: str
    url: str
    keys: Sequence[bytes]
    timeout: float
    most: int


async def pull(source: Source, file: Path, now: datetime) -> datetime:
    """Writes the members into `file` (`.jsonl`), and says when the snapshot was taken. Raises SegmentError.

    Nothing of an answer counts before its signature is verified. Redirects are not followed: they would carry a
    signed request to somebody else.
    """
    asked = {"type": "segment.pull", "segment": source.segment, "timestamp": now.isoformat()}
    body, message_id = json.dumps(asked).encode(), f"msg_{secrets.token_hex(16)}"
    timestamp = str(int(now.timestamp()))
    headers = {
        "content-type": "application/json",
        "accept": "application/x-ndjson",
        "accept-encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures(source.keys, message_id, timestamp, body),
    }
    timeout = aiohttp.ClientTimeout(total=source.timeout)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.post(source.url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return await _received(source, answer, message_id, file, now)
    except TimeoutError:
        raise _wrong(source, f"it took longer than {source.timeout:.0f} s") from None
    except aiohttp.ClientError as error:
        raise _wrong(source, f"it cannot be reached ({type(error).__name__})") from error


async def _received(
    source: Source, answer: aiohttp.ClientResponse, message_id: str, file: Path, now: datetime
) -> datetime:
    _check_status(source, answer)
    signed_at = _signed_at(source, answer.headers, message_id, now)
    prefix = f"{message_id}.{signed_at}.".encode()
    seals = [hmac.new(key, prefix, "sha256") for key in source.keys]
    with file.open("wb") as out:
        await _stored(source, answer.content, seals, out)
    given = answer.headers.get("webhook-signature", "").split()
    if not any(_matches(seal, each) for seal in seals for each in given):
        raise _wrong(source, "the signature of its answer is not right; compare the secrets of both sides")
    return _taken_at(source, file)


def _check_status(source: Source, answer: aiohttp.ClientResponse) -> None:
    if 300 <= answer.status < 400:
        raise _wrong(source, f"it answers {answer.status}: redirects are not followed; set url to where it is now")
    if answer.status != _OK:
        raise _wrong(source, f"it answers {answer.status}")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise _wrong(source, "its answer is compressed, which we did not ask for")


def _signed_at(source: Source, headers: Mapping[str, str], message_id: str, now: datetime) -> str:
    if headers.get("webhook-id") != message_id:
        raise _wrong(source, "its answer has another webhook-id than our request")
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 15:
        raise _wrong(source, "its answer has no webhook-timestamp")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise _wrong(source, "its answer is too old, or a clock is wrong")
    return timestamp


async def _stored(source: Source, content: aiohttp.StreamReader, seals: Sequence[hmac.HMAC], out: BinaryIO) -> None:
    size = 0
    async for chunk in content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > source.most:
            raise _wrong(source, f"its answer is longer than {source.most:,} bytes (max_bytes)")
        for seal in seals:
            seal.update(chunk)
        out.write(chunk)


def _matches(seal: hmac.HMAC, given: str) -> bool:
    version, _, encoded = given.partition(",")
    return version == "v1" and hmac.compare_digest(base64.b64encode(seal.digest()), encoded.encode())


def _taken_at(source: Source, file: Path) -> datetime:
    """The first line says what this is; it is blanked in place, so that members keep the numbers of their lines."""
    with file.open("r+b") as opened:
        head = opened.readline(_LONGEST_HEAD)
        try:
            said = json.loads(head)
            taken_at = datetime.fromisoformat(said["taken_at"])
            named = said["segment"]
        except (ValueError, KeyError, TypeError):
            example = '{"segment": "holders-eth", "taken_at": "2026-12-01T00:00:00Z"}'
            raise _wrong(source, f"its first line is not like {example}") from None
        if named != source.segment:
            raise _wrong(source, f"its answer is segment {named!a}")
        if taken_at.tzinfo is None:
            raise _wrong(source, "its taken_at has no offset; add Z for UTC")
        opened.seek(0)
        opened.write(b" " * (len(head) - 1))
    return taken_at.astimezone(UTC)


def _wrong(source: Source, why: str) -> SegmentError:
    return SegmentError(f"segment {source.segment} was not pulled: {why}")
