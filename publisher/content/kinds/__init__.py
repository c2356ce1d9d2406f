"""The kinds of announcements. A new one is a module here and a line in this table."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.content.kinds.activity import activity
from publisher.content.kinds.api_change import api_change
from publisher.content.kinds.delisting import delisting
from publisher.content.kinds.incident import incident
from publisher.content.kinds.inside_information import inside_information
from publisher.content.kinds.kind import Kind
from publisher.content.kinds.listing import listing
from publisher.content.kinds.maintenance import maintenance
from publisher.content.kinds.notice import notice
from publisher.content.kinds.risk_warning import risk_warning
from publisher.content.kinds.rule_change import rule_change
from publisher.content.kinds.security import security
from publisher.content.kinds.token_event import token_event

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        maintenance,
        incident,
        listing,
        delisting,
        token_event,
        activity,
        risk_warning,
        rule_change,
        security,
        api_change,
        notice,
        inside_information,
    )
}
