"""What an event says: the short texts for push, SMS or an app, and the record for everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from channels.webhook.settings import Options
from publisher import measure
from publisher.channel import (
    SLOTS,
    Capabilities,
    Finding,
    Format,
    Json,
    Limit,
    Part,
    Parts,
    Rendered,
    Severity,
    Target,
    Unit,
    fill_text,
)

EVENT = "event"
BODY_UNITS = 178
"""What a phone shows of a notification before it cuts."""
TITLE_UNITS = 100
_LONGEST: Mapping[str, str] = {name: kind.sample.ljust(kind.max_bytes, "0") for name, kind in SLOTS.items()}


class WebhookComposer:
    capabilities = Capabilities(
        sections={"push_title": Format.PLAIN, "push_body": Format.PLAIN, "record": Format.JSON},
        limits={"push_title": Limit(Unit.UTF16, TITLE_UNITS), "push_body": Limit(Unit.UTF16, BODY_UNITS)},
        amends=True,
        retracts=True,
        # The same event has the same `webhook-id`, by which its receiver knows it again.
        repeatable=True,
        gateable=True,
    )

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """`event`; raises ValueError for options it does not know."""
        options = Options.model_validate(dict(target.options))
        record: dict[str, Json] = json.loads(rendered["record"].text)
        content: dict[str, Json] = {
            "destination": target.destination,
            "segment": target.address,
            "locale": target.locale,
            "push_title": rendered["push_title"].text.strip(),
            "push_body": rendered["push_body"].text.strip(),
            "collapse_key": record["id"],
            "expires_after": options.expires_after,
            "record": record,
        }
        return [Part(EVENT, content)]

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts for finding in _findings(part.content)]


def _findings(content: Mapping[str, Json]) -> Iterator[Finding]:
    segment = str(content["segment"])
    if not segment.strip() or not segment.isprintable():
        fix = "give the destination's address as your system's name for these readers, such as app-users"
        yield Finding("webhook.segment", f"{segment!r} names no readers", fix)
    title, body = (fill_text(str(content[name]), _LONGEST) for name in ("push_title", "push_body"))
    if not (title and body):
        yield Finding("webhook.empty", "the push message has no title or no body", "write both templates")
    if (units := measure.utf16(body)) > BODY_UNITS:
        message = f"the push message is {units - BODY_UNITS} units longer than the {BODY_UNITS} that a phone shows"
        yield Finding("webhook.long_body", message, "name shorter facts in `shown`, in <kind>/webhook.push_body.j2")
    if (units := measure.utf16(title)) > TITLE_UNITS:
        message = f"the push title has {units} units; phones cut it after about {TITLE_UNITS}"
        yield Finding("webhook.long_title", message, "shorten the title", Severity.WARNING)
