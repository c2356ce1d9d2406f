"""Channel names -> channels. The built-in ones are an explicit table; a stranger's is named in publisher.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from publisher.channel import ChannelType

BUILT_IN: Mapping[str, str] = {
    "website": "channels.website",
    "email": "channels.email",
    "telegram": "channels.telegram",
    "x": "channels.x",
    "webhook": "channels.webhook",
    "discord": "channels.discord",
}


class RegistryError(RuntimeError):
    """A channel that cannot be loaded; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Registry:
    """The channels of this installation by name."""

    types: Mapping[str, ChannelType]

    def __getitem__(self, name: str) -> ChannelType:
        """Raises RegistryError for a name nobody registered."""
        if name not in self.types:
            raise RegistryError(f"unknown channel {name!r}; there are {', '.join(sorted(self.types))}")
        return self.types[name]


def load(more: Mapping[str, str] | None = None) -> Registry:
    """The built-in channels and `more` (name -> module that defines `channel`); raises RegistryError."""
    refuse_foreign_channels()
    return Registry({name: _channel(name, module) for name, module in {**BUILT_IN, **(more or {})}.items()})


def refuse_foreign_channels() -> None:
    """Raises RegistryError when `channels` is somebody else's: Django Channels has the same top-level name."""
    ours = Path(__file__).resolve().parent.parent / "channels"
    found = import_module("channels").__file__
    if found is None or Path(found).resolve().parent != ours:
        raise RegistryError(
            f"the package `channels` comes from {found}, not from this installation; "
            "install Publisher in a virtual environment of its own"
        )


def _channel(name: str, module: str) -> ChannelType:
    try:
        found = import_module(module).channel
    except (ImportError, AttributeError) as error:
        raise RegistryError(f"channel {name!r}: cannot load `channel` from {module}: {error}") from error
    if not isinstance(found, ChannelType) or found.name != name:
        raise RegistryError(f"channel {name!r}: {module}.channel is not a ChannelType of that name")
    if (found.connect_posting is None) == (found.connect_mailing is None):
        raise RegistryError(f"channel {name!r}: exactly one of connect_posting and connect_mailing must be set")
    return found
