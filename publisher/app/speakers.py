"""Who speaks, as publisher.toml says: the exchange, its other names, and the companies that answer for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from publisher.content.footers import read_footers
from publisher.rendering.brand import Brand, Handle
from publisher.rendering.legal import Entity
from publisher.settings import Settings
from publisher.settings.model import Handle as Named


def brand(settings: Settings) -> Brand:
    """The exchange under its own name."""
    exchange = settings.exchange
    handles = _handles(exchange.handles)
    return Brand(exchange.name, settings.site.url, exchange.postal_address, exchange.support_url, handles)


def brands(settings: Settings) -> Mapping[str, Brand]:
    """The exchange under its other names; what they leave out is its own."""
    own = brand(settings)
    return {
        name: replace(
            own,
            name=chosen.name,
            support_url=chosen.support_url or own.support_url,
            handles=_handles(chosen.handles) or own.handles,
        )
        for name, chosen in settings.brands.items()
    }


def entities(settings: Settings, workspace: Path) -> Mapping[str, Entity]:
    """The companies with their legal footers, read from the workspace."""
    folder = workspace / settings.footers
    return {
        name: Entity(
            chosen.legal_name,
            chosen.postal_address,
            chosen.licences,
            read_footers(folder / name / chosen.footer),
            chosen.on_pages,
        )
        for name, chosen in settings.entities.items()
    }


def _handles(named: Sequence[Named]) -> tuple[Handle, ...]:
    return tuple(Handle(each.network, each.name, each.url) for each in named)
