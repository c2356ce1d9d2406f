"""Pulls a segment from where publisher.toml says it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from publisher.app import App
from publisher.channel.signing import keys
from publisher.mailing.intake.rows import Problem
from publisher.mailing.segments.pulling import Source, pull
from publisher.mailing.segments.snapshots import NewSnapshot, SegmentError
from publisher.mailing.segments.taking import Taken, Telling, take
from publisher.settings import FILE_NAME
from publisher.settings.model import SegmentSettings
from publisher.settings.secrets import segment_secret


async def pulled(app: App, name: str, told: Callable[[Problem], None], *, skip_bad: bool = False) -> Taken:
    """The newest snapshot of the segment; `told` hears of rows that cannot be taken. Raises SegmentError."""
    chosen = app.settings.segments.get(name)
    if chosen is None:
        known = ", ".join(app.settings.segments) or "none"
        raise SegmentError(f"{FILE_NAME} has no [segments.{name}] to pull from; there are: {known}")
    source, now = _source(app, name, chosen), app.clock.now()
    with TemporaryDirectory(prefix="segment-") as folder:
        file = Path(folder) / f"{name}.jsonl"
        taken_at = await pull(source, file, now)
        new = NewSnapshot(name, taken_at, "pull", chosen.legal_basis, timedelta(days=chosen.keep))
        how = Telling(told)
        stores = app.store.begin, app.store.read
        return await take(*stores, file, new, at=now, hashing=app.hashing, telling=how, skip_bad=skip_bad)


def _source(app: App, name: str, chosen: SegmentSettings) -> Source:
    try:
        secret = keys(segment_secret(name, chosen.secret_file, app.workspace / FILE_NAME))
    except (OSError, ValueError, LookupError) as error:
        raise SegmentError(f"the secret of segment {name} cannot be read: {error}") from error
    return Source(name, chosen.url, secret, chosen.timeout.total_seconds(), chosen.max_bytes)
