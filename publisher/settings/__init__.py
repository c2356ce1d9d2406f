"""publisher.toml, the environment and secret files. The only reader of the environment."""

from publisher.settings.loading import FILE_NAME, SettingsError, findings_of, load, place_of
from publisher.settings.model import Settings

__all__ = ["FILE_NAME", "Settings", "SettingsError", "findings_of", "load", "place_of"]
