"""What more than one folder of tests needs."""

from tests.databases import database, store

__all__ = ["database", "store"]
