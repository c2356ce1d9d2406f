"""A revision as the store keeps it -> the revision: what readers have, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from publisher.channel import Regions
from publisher.content.announcement import Audience, Revision, Schedule, Text
from publisher.content.kinds.kind import Kind
from publisher.content.markup import parse


def restored(source: str, kind: Kind) -> Revision | None:
    """What `Revision.to_json()` says, without pictures; None for what the kind, changed since, cannot read any more."""
    data = json.loads(source)
    common: Mapping[str, Any] = data["common"]
    if common["kind"] != kind.name:
        return None
    try:
        facts = kind.facts.model_validate_json(json.dumps(common["facts"]))
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
    )
