"""Alembic's entry: runs the migrations on the connection that `publisher.store.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from publisher.store.tables import metadata

connection: Connection = context.config.attributes["connection"]
# SQLite's DDL is transactional under our explicit BEGIN IMMEDIATE; without this a failed migration would half stay.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
