"""Wall-clock times of an announcement.toml -> instants, in the announcement's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from publisher.channel import Finding, Severity
from publisher.content.placeholders import nearest
from publisher.content.source.toml import KeyPath, Toml
from publisher.content.toml_text import pair
from publisher.wall_time import Ambiguous, Skipped, WallTimeError, as_shown, is_twice, resolve

_LIKE = "write it like 2026-12-03T10:00:00"


@dataclass
class Times:
    """Resolves times and remembers what was wrong with them."""

    toml: Toml
    time_zone: str | None
    """None when the zone itself is wrong: then instants are not to be trusted, and nothing more is reported."""
    fold: Mapping[str, int]
    findings: list[Finding] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    """Every time there is, as `fold` names it."""

    @property
    def failed(self) -> bool:
        return self.time_zone is None or any(each.severity is Severity.ERROR for each in self.findings)

    def aware(self, value: object, path: KeyPath) -> object:
        """`value` with every time in it aware; a wrong one is reported and stands as if it were UTC."""
        match value:
            case datetime():
                return self.instant(value, path)
            case date() | time():
                self._report(path, "wrong_value", "a time needs day and hour", _LIKE)
                return datetime(2000, 1, 1, tzinfo=UTC)
            case Mapping():
                return {key: self.aware(part, (*path, key)) for key, part in value.items()}
            case Sequence() if not isinstance(value, str):
                return [self.aware(part, (*path, index)) for index, part in enumerate(value)]
        return value

    def instant(self, local: datetime, path: KeyPath) -> datetime:
        name = fold_name(path)
        self.names[name] = len(self.names)
        try:
            if not 2000 <= local.year <= 2100:  # near the ends of the calendar a zone or a stage would overflow
                self._report(path, "wrong_value", f"the year {local.year} cannot be meant", _LIKE)
            elif self.time_zone is not None:
                moment = resolve(local, self.time_zone, fold=self.fold.get(name))
                if name in self.fold and not is_twice(local, self.time_zone):
                    self._unused(name, local)
                return moment
        except Skipped as error:
            self._report(path, "time_gap", str(error), f"use {error.before:%H:%M} or {error.after:%H:%M}")
        except Ambiguous as error:
            fix = f"add `fold = {{ {pair(name, 0)} }}` for the earlier ({error.earlier:%z}) or 1 for the later"
            self._report(path, "time_fold", str(error), f"{fix} ({error.later:%z})")
        except WallTimeError as error:
            self._report(path, "time_offset", str(error), "leave the offset out: `time_zone` says the zone")
        return local.replace(tzinfo=UTC)

    def check_fold(self) -> None:
        """Reports every name in `fold` that is no time of the announcement; call it when all times are resolved."""
        for name in self.fold:
            if name not in self.names:
                place = self.toml.key(("fold", name))
                fix = nearest(name, self.names, "times")
                self.findings.append(Finding("unknown_key", f"there is no time `{name}` to fold", fix, place=place))

    def _unused(self, name: str, local: datetime) -> None:
        # A time that was moved away from the hour: whoever moves it back must choose anew.
        message = f"`{name}`: {as_shown(local)} happens once in {self.time_zone}; there is nothing to choose"
        place = self.toml.key(("fold", name))
        self.findings.append(Finding("fold_unused", message, f"take `{name}` out of `fold`", Severity.WARNING, place))

    def _report(self, path: KeyPath, code: str, message: str, fix: str) -> None:
        self.findings.append(Finding(code, f"`{path[-1]}`: {message}", fix, place=self.toml.value(path)))


def fold_name(path: KeyPath) -> str:
    """How `fold` names a time: `starts_at`, `cancel_only.ends_at`, `measures.0.at`."""
    return ".".join(map(str, path[1:] if path[0] == "facts" else path))
