"""publisher.toml -> Settings, or everything that is wrong with it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.channel import Finding, Place
from publisher.content.kinds import KINDS
from publisher.content.kinds.region import CODES, GROUPS, expanded
from publisher.content.source.toml import Toml, parse
from publisher.mailing.providers import BIG
from publisher.settings.environment import Overrides, overridden
from publisher.settings.model import Settings

FILE_NAME = "publisher.toml"


class SettingsError(ValueError):
    """publisher.toml (or the environment) is wrong; `findings` say what, where and how to fix it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(f"{f.place}: {f.message}. {f.fix}" for f in findings))
        self.findings = findings


@dataclass(frozen=True)
class _Source:
    """Where a value came from: the file, or a variable in its place."""

    toml: Toml
    overrides: Overrides

    def key(self, path: Sequence[str | int]) -> Place:
        return self._variable(path) or self.toml.key(tuple(path))

    def value(self, path: Sequence[str | int]) -> Place:
        return self._variable(path) or self.toml.value(tuple(path))

    def _variable(self, path: Sequence[str | int]) -> Place | None:
        variable = self.overrides.variable(path)
        return Place(variable) if variable else None


def load(workspace: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a workspace; raises SettingsError."""
    source = _sources(workspace / FILE_NAME, environment)
    try:
        settings = Settings.model_validate(source.overrides.values)
    except ValidationError as error:
        raise SettingsError([_finding(detail, (), source, Settings) for detail in error.errors()]) from None
    if dangling := list(_dangling(settings, source)):
        raise SettingsError(dangling)
    return settings


def findings_of(
    error: ValidationError, prefix: tuple[str, ...], file: Path, model: type[BaseModel] | None = None
) -> Sequence[Finding]:
    """What pydantic found in the table `prefix` of the file, each with its line."""
    source = _sources(file, os.environ)
    return [_finding(detail, prefix, source, model) for detail in error.errors()]


def place_of(file: Path, path: tuple[str, ...]) -> Place:
    """Where the value at `path` stands: line and column of the file, or the variable that overrides it."""
    return _sources(file, os.environ).value(path)


def _sources(file: Path, environment: Mapping[str, str]) -> _Source:
    toml = _read(file)
    overrides = overridden(toml.values, environment, Settings.model_fields)
    if overrides.findings:
        raise SettingsError(overrides.findings)
    return _Source(toml, overrides)


def _read(path: Path) -> Toml:
    try:
        toml = parse(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise _wrong("settings.missing", "there is no publisher.toml here", "Make one: publisher init", path) from None
    except UnicodeDecodeError as error:
        raise _wrong("settings.encoding", f"not UTF-8: byte {error.start}", "Save it as UTF-8.", path) from None
    except OSError as error:
        raise _wrong("settings.unreadable", f"cannot be read: {error.strerror}", "Check its rights.", path) from None
    if isinstance(toml, Finding):
        raise SettingsError([toml])
    return toml


def _wrong(code: str, message: str, fix: str, path: Path) -> SettingsError:
    return SettingsError([Finding(code, message, fix, place=Place(str(path)))])


def _finding(detail: ErrorDetails, prefix: tuple[str, ...], source: _Source, model: type[BaseModel] | None) -> Finding:
    path = (*prefix, *detail["loc"])
    name = ".".join(map(str, path))
    if detail["type"] == "extra_forbidden":
        fix = _nearest(str(path[-1]), _known(model, detail["loc"][:-1]))
        return Finding("settings.unknown", f"unknown setting {name}", fix, place=source.key(path))
    if detail["type"] == "missing":
        return Finding("settings.missing_value", f"{name} is missing", f"Add {path[-1]} = ...", place=source.key(path))
    message = f"{name}: {detail['msg'].removeprefix('Value error, ')}"
    return Finding("settings.value", message, "See docs/settings.md.", place=source.value(path))


def _known(model: type[BaseModel] | None, table: Sequence[int | str]) -> Sequence[str]:
    for step in table:
        field = model.model_fields.get(str(step)) if model else None
        inner: Any = field.annotation if field else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return list(model.model_fields) if model else []


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"There are: {', '.join(known)}." if known else "Remove it; docs/settings.md lists what there is."


def _dangling(settings: Settings, source: _Source) -> Iterator[Finding]:
    """Names that name nothing."""
    for name, destination in settings.destinations.items():
        known = {"account": settings.accounts, "entity": settings.entities, "brand": settings.brands}
        for what, names in known.items():
            named = getattr(destination, what)
            if named not in names and (named or what == "account"):
                yield _unknown(source, ("destinations", name, what), what, named, names)
    for name, members in settings.sets.items():
        for index, member in enumerate(members):
            if member not in settings.destinations:
                yield _unknown(source, ("sets", name, index), "destination", member, settings.destinations)
    for table, names in (("policies", settings.policies), ("kinds", settings.kinds)):
        for name in names:
            if name not in KINDS:
                yield _unknown(source, (table, name), "kind", name, KINDS)
    yield from _unwritable(settings, source)
    yield from _mailers(settings, source)
    for name, kind in settings.kinds.items():
        if kind.set is not None and kind.set not in settings.sets:
            yield _unknown(source, ("kinds", name, "set"), "set", kind.set, settings.sets)
        if kind.notice_days and name in KINDS and KINDS[name].publish_by is None:
            message = f"kinds.{name}.notice_days: this kind announces nothing to come"
            place = source.value(("kinds", name, "notice_days"))
            yield Finding("settings.value", message, "Remove it.", place=place)
    yield from _regions(settings, source)
    for name, provider in settings.mailing.providers.items():
        if not provider.domains and name not in BIG:
            message = f"mailing.providers.{name} has no domains, and Publisher knows only {', '.join(sorted(BIG))}"
            yield Finding(
                "settings.value", message, "Add domains = [...].", place=source.key(("mailing", "providers", name))
            )
    for name, account in settings.accounts.items():
        if not isinstance(account.get("channel"), str):
            fix = 'Add channel = "website", "email", "telegram", "x", "webhook" or "discord".'
            place = source.key(("accounts", name))
            yield Finding("settings.missing_value", f"accounts.{name} names no channel", fix, place=place)


def _unwritable(settings: Settings, source: _Source) -> Iterator[Finding]:
    """Languages that a kind is asked for and has no title in."""
    for name, policy in settings.policies.items():
        known = KINDS[name].titles if name in KINDS else None
        for setting in ("required_locales", "late_locales") if known is not None else ():
            for locale in getattr(policy, setting) or ():
                if known is not None and locale not in known:
                    message = f"policies.{name}.{setting}: a {name} cannot be written in {locale!r}"
                    place = source.value(("policies", name, setting))
                    yield Finding("settings.dangling", message, _nearest(locale, list(known)), place=place)


def _mailers(settings: Settings, source: _Source) -> Iterator[Finding]:
    """The destinations of letters and digests, which must mail."""
    yield from _mailer(settings, source, "subscribing", settings.subscribing.destination)
    yield from _mailer(settings, source, "digests", settings.digests.destination)
    offered = sorted({"daily", "weekly"}.intersection(settings.subscribing.frequencies))
    if offered and not settings.digests.destination:
        message = f"subscribing.frequencies: nothing sends what is {' or '.join(offered)}"
        place = source.value(("subscribing", "frequencies"))
        yield Finding("settings.value", message, "Name the destination of digests in [digests].", place=place)


def _mailer(settings: Settings, source: _Source, table: str, named: str) -> Iterator[Finding]:
    place = (table, "destination")
    if not named:
        return
    if named not in settings.destinations:
        yield _unknown(source, place, "destination", named, settings.destinations)
        return
    account = settings.accounts.get(settings.destinations[named].account, {})
    if account.get("channel") != "email":
        message = f"{table}.destination: {named} does not send mail"
        yield Finding("settings.value", message, "Name a destination of an e-mail account.", place=source.value(place))


def _regions(settings: Settings, source: _Source) -> Iterator[Finding]:
    wrong = list(_groups(settings, source))
    yield from wrong
    groups = {**GROUPS, **dict.fromkeys(settings.region_groups, CODES)}
    for name, destination in settings.destinations.items():
        path = ("destinations", name, "jurisdictions")
        yield from _not_regions(source, path, destination.jurisdictions or (), groups)
    if not wrong:
        yield from _views(settings, source)


def _groups(settings: Settings, source: _Source) -> Iterator[Finding]:
    for name, members in settings.region_groups.items():
        if name in GROUPS or not re.fullmatch("[A-Z][A-Z0-9_]{2,31}", name):
            fix = f"Use three or more capital letters and digits, none of {', '.join(GROUPS)}."
            place = source.key(("region_groups", name))
            yield Finding("settings.value", f"region_groups.{name}: a group cannot be called so", fix, place=place)
        yield from _not_regions(source, ("region_groups", name), members, GROUPS)


def _views(settings: Settings, source: _Source) -> Iterator[Finding]:
    """A reader has one view: its regions are in no other."""
    unknown = [
        finding
        for name, members in settings.site.views.items()
        for finding in _not_regions(source, ("site", "views", name), members, settings.groups)
    ]
    yield from unknown
    taken: dict[str, str] = {}
    for name, members in () if unknown else settings.site.views.items():
        for code in sorted(expanded(members, settings.groups)):
            if code in taken:
                message, place = (
                    f"{code} is in two views, {taken[code]} and {name}",
                    source.key(("site", "views", name)),
                )
                yield Finding("settings.value", message, "Leave it in one of them.", place=place)
            taken[code] = name


def _not_regions(
    source: _Source, path: tuple[str, ...], names: Sequence[str], groups: Mapping[str, object]
) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in CODES and name not in groups:
            message = f"{'.'.join(path)}: {name!r} is neither a code of ISO 3166 nor a group of regions"
            fix = f"Codes are two capital letters such as SG; the groups are {', '.join(groups)}."
            yield Finding("settings.dangling", message, fix, place=source.value((*path, index)))


def _unknown(
    source: _Source, path: tuple[str | int, ...], what: str, name: str, known: Mapping[str, object]
) -> Finding:
    message = f"{path[0]}.{path[1]}: there is no {what} {name!r}"
    return Finding("settings.dangling", message, _nearest(name, list(known)), place=source.value(path))
