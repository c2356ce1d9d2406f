import pytest

from publisher.store.transaction import Store
from tests.mailing.builders import PostOffice


@pytest.fixture
def office(store: Store) -> PostOffice:
    return PostOffice(store)
