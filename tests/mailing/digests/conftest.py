import pytest

from publisher.store.transaction import Store
from tests.mailing.digests.builders import Desk


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await Desk(store).open()
