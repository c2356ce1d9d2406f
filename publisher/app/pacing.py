"""How fast mail may go out, as publisher.toml says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.app.destinations import Destinations
from publisher.mailing.pace import Pacing
from publisher.mailing.providers import BIG, Provider, Providers
from publisher.settings.rates import ProviderSettings

HOUR = 3_600.0


def pacing(destinations: Destinations) -> Pacing:
    """For the one worker of a workspace; raises SettingsError for a plan that is none."""
    known = {**BIG, **dict(_configured(destinations.settings.mailing.providers))}
    return Pacing(Providers(known.values()), destinations.warm_ups())


def _configured(providers: Mapping[str, ProviderSettings]) -> Iterator[tuple[str, Provider]]:
    for name, chosen in providers.items():
        built_in = BIG.get(name, Provider(name, frozenset()))
        rates = [rate for rate in (chosen.per_second, chosen.per_hour and chosen.per_hour / HOUR) if rate]
        yield name, Provider(name, frozenset(chosen.domains) or built_in.domains, min(rates, default=built_in.rate))
