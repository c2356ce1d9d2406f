"""Parts and accounts for the tests of webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from pydantic import SecretStr

from channels.webhook.composing import WebhookComposer
from channels.webhook.settings import Account
from publisher.channel import Format, Json, Part, Rendered, Section, Target, fill, slot
from publisher.sandbox import Endpoint
from tests.channels.contract import SLOT_VALUES
from tests.site import samples

NOW = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
[SECRET] = Endpoint().secrets
NEWER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SLOTTED = {"reference": slot("reference"), "url": slot("url"), "at": slot("published_at")}
RECORD = samples.record(locale="en-US").model_copy(update=SLOTTED).model_dump(mode="json")


def at(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def account(url: str, *, secret: str = SECRET, timeout: float = 5.0) -> Account:
    return Account(url=url, secret=SecretStr(secret), timeout=timeout)


def rendered(title: str = "Deposits resume", body: str = "At: 3 Dec 2026, 12:00 (UTC+8)") -> Rendered:
    return {
        "push_title": Section(Format.PLAIN, title),
        "push_body": Section(Format.PLAIN, body),
        "record": Section(Format.JSON, json.dumps(RECORD)),
    }


def target(
    segment: str = "app-users", destination: str = "push", options: Mapping[str, Json] = MappingProxyType({})
) -> Target:
    return Target(destination, "webhook", "push", segment, "en-US", dict(options))


def parts(title: str = "Deposits resume", body: str = "At: 3 Dec 2026, 12:00 (UTC+8)", **options: int) -> list[Part]:
    return list(WebhookComposer().compose(rendered(title, body), target(options=options)))


def event(to: Target | None = None, **slots: str) -> Part:
    """As deliver hands it over."""
    [part] = WebhookComposer().compose(rendered(), to or target())
    content = fill(part.content, {**SLOT_VALUES, **slots})
    assert isinstance(content, Mapping)
    return Part(part.name, content)
