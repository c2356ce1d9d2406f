"""Types of columns as the first schema has them; they never change with the tables of today."""

from __future__ import annotations

import sqlalchemy as sa

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
