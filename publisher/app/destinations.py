"""Destinations and accounts as publisher.toml names them, validated by the channels they belong to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from publisher.channel import ChannelType, Finding, Regions, Target
from publisher.content.kinds.region import expanded, regions
from publisher.delivery.quiet import QuietHours
from publisher.mailing.warm_up import WarmUp
from publisher.registry import Registry, RegistryError
from publisher.release import verify
from publisher.settings import Settings, SettingsError, findings_of, place_of, secrets
from publisher.settings.model import Destination
from publisher.settings.rates import WarmUpSettings
from publisher.site.views import Gate

WARM_UP = "warm_up"


@dataclass(frozen=True)
class Destinations:
    """What `[accounts]`, `[destinations]` and `[sets]` mean for the channels of this installation."""

    settings: Settings
    registry: Registry
    file: Path
    """publisher.toml, named in errors; files of secrets are relative to its folder."""
    site_root: Path

    def channel_of(self, account: str) -> ChannelType:
        """Raises SettingsError for a channel that nobody registered."""
        try:
            return self.registry[str(self.settings.accounts[account]["channel"])]
        except RegistryError as error:
            fix = "Correct it, or name the module of your own channel in [channels]."
            place = place_of(self.file, ("accounts", account, "channel"))
            raise SettingsError([Finding("settings.channel", str(error), fix, place=place)]) from error

    def targets(self, set_name: str, locales: Sequence[str]) -> list[Target]:
        """Every destination of the set in every language that both have; raises SettingsError for a bad one."""
        names = self.settings.sets.get(set_name, ())
        return [target for name in names for target in self._targets_of(name) if target.locale in locales]

    def all_targets(self) -> verify.Targets:
        """As configured now, by (destination, locale)."""
        found = (target for name in self.settings.destinations for target in self._targets_of(name))
        return {(target.destination, target.locale): target for target in found}

    def _targets_of(self, name: str) -> list[Target]:
        destination = self.settings.destinations[name]
        channel = self.channel_of(destination.account)
        try:
            options = channel.Options.model_validate(dict(destination.options)).model_dump(mode="json")
        except ValidationError as error:
            raise SettingsError(
                findings_of(error, ("destinations", name, "options"), self.file, channel.Options)
            ) from None
        if destination.quiet_hours or destination.time_zone:
            self._quiet(name, destination)  # what is wrong is told with every announcement, not at night
        if destination.gated and not channel.composer.capabilities.gateable:
            raise SettingsError([self._not_gateable(name, channel.name)])
        target = Target(
            name,
            channel.name,
            destination.account,
            destination.address,
            "",
            options,
            self._jurisdictions(destination),
            chooses=destination.gated or channel.connect_mailing is not None,
            entity=destination.entity,
            footer=self.settings.entities[destination.entity].footer if destination.entity else "",
            brand=destination.brand,
            campaign=destination.campaign,
        )
        return [replace(target, locale=locale) for locale in destination.locales]

    def _jurisdictions(self, destination: Destination) -> Regions | None:
        named = destination.jurisdictions
        return None if named is None else regions(expanded(named, self.settings.groups))

    def _not_gateable(self, name: str, channel: str) -> Finding:
        message = f"destinations.{name}: nothing can stand between {channel} and its readers"
        fix = "Remove gated; give it the jurisdictions of all its readers."
        place = place_of(self.file, ("destinations", name, "gated"))
        return Finding("settings.value", message, fix, place=place)

    @cached_property
    def quiet(self) -> Mapping[str, QuietHours]:
        """Destination -> when it is left alone, of those that say so; raises SettingsError."""
        return {
            name: self._quiet(name, each)
            for name, each in self.settings.destinations.items()
            if each.quiet_hours or each.time_zone
        }

    def _quiet(self, name: str, destination: Destination) -> QuietHours:
        place = place_of(self.file, ("destinations", name, "quiet_hours" if destination.quiet_hours else "time_zone"))
        if self._is_site(destination):
            fix = "Remove quiet_hours: whoever wants to be left alone does not look."
            wrong = Finding("settings.value", f"destinations.{name}: a website disturbs nobody", fix, place=place)
        elif not (destination.quiet_hours and destination.time_zone):
            fix = 'Write both, such as quiet_hours = "22:00-07:00" and time_zone = "Asia/Singapore".'
            message = f"destinations.{name}: quiet_hours and time_zone belong together"
            wrong = Finding("settings.value", message, fix, place=place)
        else:
            try:
                return QuietHours.of(destination.quiet_hours, destination.time_zone)
            except ValueError as error:
                fix = 'quiet_hours = "22:00-07:00" and time_zone = "Asia/Singapore" leave it alone at night.'
                wrong = Finding("settings.value", f"destinations.{name}: {error}", fix, place=place)
        raise SettingsError([wrong])

    def accounts(self) -> Mapping[str, tuple[str, BaseModel]]:
        """Account -> (channel, validated settings with secrets); raises SettingsError with everything wrong."""
        findings: list[Finding] = []
        accounts: dict[str, tuple[str, BaseModel]] = {}
        for name in self.settings.accounts:
            account, wrong = self._account(name)
            findings += wrong
            if account is not None:
                accounts[name] = (self.channel_of(name).name, account)
        if findings:
            raise SettingsError(findings)
        return accounts

    def warm_ups(self) -> Mapping[str, WarmUp]:
        """Account -> its plan, of those that have one; raises SettingsError."""
        plans = ((name, self._warm_up(name)) for name in self.settings.accounts)
        return {name: plan for name, plan in plans if plan is not None}

    @cached_property
    def served(self) -> Collection[str]:
        """The accounts that write the website which our own listener serves and searches."""
        return [name for name, (_, account) in self.accounts().items() if self._is_served(account)]

    @cached_property
    def gate(self) -> Gate | None:
        """What stands before the website; raises SettingsError for views that nothing would show."""
        views = {name: expanded(named, self.settings.groups) for name, named in self.settings.site.views.items()}
        if any(each.gated and self._is_site(each) for each in self.settings.destinations.values()):
            return Gate(views)
        if views:
            fix = "Set gated = true in the website's destination once an edge reads the manifest; see docs/regions.md."
            place = place_of(self.file, ("site", "views"))
            raise SettingsError([Finding("settings.value", "nothing shows the views of a site", fix, place=place)])
        return None

    def _is_site(self, destination: Destination) -> bool:
        return not self.channel_of(destination.account).composer.capabilities.links_to_site

    def _is_served(self, account: BaseModel) -> bool:
        root = getattr(account, "root", None)
        return isinstance(root, Path) and root.resolve() == self.site_root.resolve()

    def _account(self, name: str) -> tuple[BaseModel | None, Sequence[Finding]]:
        channel = self.channel_of(name)
        model, ours = channel.Account, {"channel", WARM_UP} if channel.connect_mailing else {"channel"}
        written = {key: value for key, value in self.settings.accounts[name].items() if key not in ours}
        values, findings = secrets.with_secrets(name, written, model, self.file, partial(place_of, self.file))
        # What [site] already says need not be said again by the account that writes the site.
        site: dict[str, Any] = {"root": self.site_root, "url": self.settings.site.url}
        values = {**{key: value for key, value in site.items() if key in model.model_fields}, **values}
        if findings:
            return None, findings
        try:
            self._warm_up(name)
        except SettingsError as error:
            return None, error.findings
        try:
            return model.model_validate(values), ()
        except ValidationError as error:
            return None, findings_of(error, ("accounts", name), self.file, model)

    def _warm_up(self, name: str) -> WarmUp | None:
        written = self.settings.accounts[name].get(WARM_UP)
        if written is None or not self.channel_of(name).connect_mailing:
            return None
        try:
            plan = WarmUpSettings.model_validate(written)
        except ValidationError as error:
            raise SettingsError(findings_of(error, ("accounts", name, WARM_UP), self.file, WarmUpSettings)) from None
        return WarmUp(plan.start, plan.first_day, plan.growth, plan.days)
