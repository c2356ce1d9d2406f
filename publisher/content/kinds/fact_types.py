"""The types that facts are made of. An error raised here is shown to the author beside the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictInt,
    StringConstraints,
    ValidationInfo,
)
from pydantic.types import Strict
from pydantic_core import PydanticCustomError


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Instant: TypeAlias = Annotated[AwareDatetime, Strict(), AfterValidator(_utc)]
"""A moment, UTC. Authors write the wall clock; `content.source` resolves it in the announcement's zone."""

Count: TypeAlias = Annotated[StrictInt, Field(ge=0, le=10**15)]

Symbol: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,20}$")]
"""A ticker such as `ETH` or `1INCH`."""

Pair: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,20}/[A-Z0-9]{1,20}$")]
"""A trading pair such as `ETH/USDT`."""

Address: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:._-]{8,128}$")]
"""A contract's address on its network."""

Domain: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]
"""A host's name such as `example.com`, in small letters."""

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=80)]
"""A proper name, the same in every language: one line without spaces around it."""

Wording: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=280)]
"""A short text of one language: one line without spaces around it."""

Locale: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]


class Localised(RootModel[Mapping[Locale, Wording]]):
    """A short text per language: `{ en-US = "Network upgrade", zh-CN = "网络升级" }`."""

    model_config = ConfigDict(frozen=True)

    def in_locale(self, locale: str) -> str:
        """The text for `locale`; raises KeyError, which `content.source` rules out for the announcement's languages."""
        return self.root[locale]


class Change(BaseModel):
    """One row of before and after; plain text where it reads the same in every language."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item: Wording | Localised = Field(description="what changes")
    before: Wording | Localised = Field(description="its value until now")
    after: Wording | Localised = Field(description="its value from `effective_at`")


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every single value inside facts, with its path; a Localised is one value."""
    match value:
        case BaseModel() if not isinstance(value, Localised):
            for name in type(value).model_fields:
                yield from leaves(getattr(value, name), (*path, name))
        case Mapping():
            for key, part in value.items():
                yield from leaves(part, (*path, str(key)))
        case tuple():
            for index, part in enumerate(value):
                yield from leaves(part, (*path, index))
        case _:
            yield path, value


def later_than(earlier: str) -> AfterValidator:
    """For an optional Instant: it must come after the fact `earlier`, which stands above it in the model."""

    def check(moment: datetime | None, info: ValidationInfo) -> datetime | None:
        start = info.data.get(earlier)
        if moment is not None and start is not None and moment <= start:
            raise PydanticCustomError("time_order", "must be later than {earlier}", {"earlier": f"`{earlier}`"})
        return moment

    return AfterValidator(check)
