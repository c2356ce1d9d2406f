"""What is asked for every announcement reads no table whole: it would cost more with every one that was published."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping

import pytest

import publisher.store
from publisher.store.prepared import Prepared
from publisher.store.transaction import Store

SMALL = {"control", "pause"}
"""Tables of a few rows for each destination and account."""
EVERYTHING = {"publisher.store.planned_rows._OF_ALL"}
"""What lists all that there is."""


def prepared() -> Mapping[str, Prepared]:
    """Every prepared statement, by its name."""
    modules = pkgutil.iter_modules(publisher.store.__path__, "publisher.store.")
    found = [(module.name, vars(importlib.import_module(module.name))) for module in modules]
    return {
        f"{where}.{name}": value
        for where, names in found
        for name, value in names.items()
        if isinstance(value, Prepared)
    }


def whole_tables(plan: list[str]) -> set[str]:
    """The tables that a plan of SQLite reads from one end to the other, lists that came as a value aside."""
    read = [re.fullmatch(r"SCAN (\w+)( USING .*)?", step) for step in plan]
    return {found[1] for found in read if found} - SMALL


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL plans by the sizes of tables
async def test_no_prepared_statement_reads_a_table_whole(store: Store) -> None:
    plans = dict[str, list[str]]()

    async with store.read() as tx:
        for name, statement in prepared().items():
            rows = await tx.connection.exec_driver_sql(*statement.explained(tx.connection.dialect))
            plans[name] = [row[-1] for row in rows]

    assert len(plans) > 30
    assert {name: plan for name, plan in plans.items() if whole_tables(plan)}.keys() == EVERYTHING
