"""A revision as the store keeps it -> the revision: what readers have, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from publisher.channel import Regions
from publisher.content.announcement import Audience, Revision, Schedule, Text
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.markup import parse
from publisher.content.recurrence import Occurrence


def restored(source: str, kind: Kind, like: Facts | None = None) -> Revision | None:
    """What `Revision.to_json()` says, without pictures; None for what the kind, changed since, cannot read any more.

    Canonical JSON has lost the order in which a table was written; what `like` has too is put in its order.
    """
    data = json.loads(source)
    common: Mapping[str, Any] = data["common"]
    if common["kind"] != kind.name:
        return None
    try:
        order = like.model_dump(mode="json") if like else {}
        facts = kind.facts.model_validate_json(json.dumps(_in_order(common["facts"], order)))
    except ValidationError:
        return None
    local, zone, at = common["schedule"]
    window = timedelta(seconds=common["window"])
    return Revision(
        announcement_id=common["announcement"],
        kind=kind,
        facts=facts,
        texts={locale: Text(locale, text, parse(text).document) for locale, text in data["texts"].items()},
        schedule=Schedule(datetime.fromisoformat(local), zone, datetime.fromisoformat(at), window),
        destinations=common["destinations"],
        audience=Audience(common["audience"]),
        regions=Regions.of(common["regions"]),
        repeats=tuple(Occurrence.from_json(each) for each in common.get("repeats", ())),
        pinned_until=datetime.fromisoformat(common["pinned_until"]) if "pinned_until" in common else None,
    )


def _in_order(data: object, like: object) -> object:
    if not isinstance(data, dict) or not isinstance(like, dict):
        return data
    names = dict.fromkeys((*(name for name in like if name in data), *data))
    return {name: _in_order(data[name], like.get(name)) for name in names}
