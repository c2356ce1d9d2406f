from pathlib import Path

import pytest

from publisher.store.transaction import Store
from tests.delivery.builders import Bench, bench


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    """An empty workspace with one worker."""
    return bench(store, tmp_path)
