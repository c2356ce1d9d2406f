"""How fast mail may go out, as publisher.toml says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.app.destinations import Destinations
from publisher.mailing.pace import Pacing
from publisher.mailing.providers import BIG, Provider, Providers
from publisher.mailing.transaction import Transaction
from publisher.mailing.warm_up import midnight
from publisher.settings.rates import ProviderSettings

HOUR = 3_600.0


def pacing(destinations: Destinations) -> Pacing:
    """For the one worker of a workspace; raises SettingsError for a plan that is none."""
    known = {**BIG, **dict(_configured(destinations.settings.mailing.providers))}
    return Pacing(Providers(known.values()), destinations.warm_ups())


@dataclass(frozen=True, slots=True)
class Warming:
    """An account that still has a plan, today."""

    account: str
    day: int
    days: int
    sent: int
    allowed: int

    @property
    def sentence(self) -> str:
        return (
            f"account {self.account} is warming up, day {self.day} of {self.days}: "
            f"{self.sent:,} of {self.allowed:,} messages sent today (UTC)"
        )


async def warming(tx: Transaction, destinations: Destinations, now: datetime) -> Sequence[Warming]:
    """Every account that may send only so much today."""
    found = []
    for account, plan in destinations.warm_ups().items():
        allowed = plan.allowance(now.date())
        if allowed is not None:
            day = max((now.date() - plan.start).days, 0) + 1
            sent = await tx.tried_since(account, midnight(now))
            found.append(Warming(account, day, plan.days, sent, allowed))
    return found


def _configured(providers: Mapping[str, ProviderSettings]) -> Iterator[tuple[str, Provider]]:
    for name, chosen in providers.items():
        built_in = BIG.get(name, Provider(name, frozenset()))
        rates = [rate for rate in (chosen.per_second, chosen.per_hour and chosen.per_hour / HOUR) if rate]
        yield name, Provider(name, frozenset(chosen.domains) or built_in.domains, min(rates, default=built_in.rate))
