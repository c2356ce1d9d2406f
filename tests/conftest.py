"""What more than one folder of tests needs."""

from tests.databases import database, pytest_sessionfinish, store

__all__ = ["database", "pytest_sessionfinish", "store"]
