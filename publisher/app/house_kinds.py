"""The kinds as this exchange has them: what its settings decide otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Approvals, Kind
from publisher.settings import Settings
from publisher.settings.model import PolicyOverride


def house_kinds(settings: Settings) -> Mapping[str, Kind]:
    """All kinds, by name."""
    return {name: _decided(kind, settings) for name, kind in KINDS.items()}


def _decided(kind: Kind, settings: Settings) -> Kind:
    kind = _overridden(kind, settings.policies.get(kind.name))
    chosen = settings.kinds.get(kind.name)
    return replace(kind, notice_days=chosen.notice_days) if chosen else kind


def _overridden(kind: Kind, override: PolicyOverride | None) -> Kind:
    if override is None:
        return kind
    chosen = override.model_dump(exclude_none=True)
    for name in ("approvals", "approvals_of_supplement"):
        if name in chosen:
            chosen[name] = Approvals(chosen[name])
    return replace(kind, **chosen)
