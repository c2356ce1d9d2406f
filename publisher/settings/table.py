"""What all tables of publisher.toml share."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[timedelta, Field(ge=timedelta(0))]
NAMES = Field(min_length=1)


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
