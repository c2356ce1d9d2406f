"""One desk per process, opened when the first test needs it, and the samples published on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from publisher.store.status_rows import DeliveryLine
from tests.acceptance import opening
from tests.acceptance.desk import SITE, Desk

ONE_OF_EACH = {
    "maintenance": "2026-12-03-ethereum-network-upgrade",
    "rule_change": "2026-12-16-perpetual-margin-tiers",
    "risk_warning": "2026-12-01-lumen-vault-risk-warning",
    "listing": "2026-12-08-aurora-protocol-listing",
}


@pytest.fixture(scope="session")
def open_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opening.desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def desk(open_desk: Desk) -> Iterator[Desk]:
    """The open desk; faults end with the test."""
    yield open_desk
    open_desk.no_faults()


@dataclass(frozen=True)
class Published:
    """The samples, published: the desk, the deliveries of each by destination and locale, and every mail of them."""

    desk: Desk
    samples: Mapping[str, Mapping[tuple[str, str], DeliveryLine]]
    mails: Sequence[Mapping[str, Any]]
    previews: Mapping[str, str]
    """What `publisher preview` showed of each kind before it was submitted."""

    def mails_of(self, line: DeliveryLine) -> Sequence[Mapping[str, Any]]:
        """Those that link to the page of the delivery's announcement in its language."""
        page = f"{SITE}/{line.locale}/{line.reference}"
        return [mail for mail in self.mails if page in mail["letter"]["text"]]

    def __iter__(self) -> Iterator[DeliveryLine]:
        return (line for lines in self.samples.values() for line in lines.values())

    def of(self, channel: str) -> Sequence[DeliveryLine]:
        return [line for line in self if line.channel == channel]


@pytest.fixture(scope="session")
def published(open_desk: Desk) -> Published:
    """One sample of each kind in every channel and language."""
    folders = {kind: open_desk.copied(folder) for kind, folder in ONE_OF_EACH.items()}
    previews = {kind: open_desk.preview(folder) for kind, folder in folders.items()}
    releases = {kind: open_desk.scheduled(folder) for kind, folder in folders.items()}
    for release in releases.values():
        open_desk.due(release)
    samples = {kind: open_desk.settled(release, hurry=2) for kind, release in releases.items()}
    references = {str(line.reference) for lines in samples.values() for line in lines.values()}
    mails = [mail for mail in open_desk.arrivals("email") if any(name in mail["letter"]["text"] for name in references)]
    return Published(open_desk, samples, mails, previews)
