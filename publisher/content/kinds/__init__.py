"""The kinds of announcements. A new one is a module here and a line in this table."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.content.kinds.kind import Kind
from publisher.content.kinds.listing import listing
from publisher.content.kinds.maintenance import maintenance
from publisher.content.kinds.risk_warning import risk_warning
from publisher.content.kinds.rule_change import rule_change

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (maintenance, listing, risk_warning, rule_change)}
