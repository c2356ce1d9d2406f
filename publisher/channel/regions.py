"""Where something may be read, or where a destination's readers are: codes of ISO 3166-1 alpha-2."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Regions:
    """Everywhere, or only `allow`, or everywhere but `deny`: at most one of them has codes. Both are sorted."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.allow and self.deny:
            raise ValueError("either allowed or denied regions; take the denied ones from the allowed")
        for name in ("allow", "deny"):  # lists of JSON, and one order for one meaning
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))

    @property
    def restricted(self) -> bool:
        """Whether anybody is left out."""
        return bool(self.allow or self.deny)

    def admits(self, region: str | None) -> bool:
        """Whether somebody in `region` belongs to it; None, a region nobody knows, only where nobody is left out."""
        if not self.restricted:
            return True
        return region is not None and (region in self.allow if self.allow else region not in self.deny)

    def outside(self, regions: Collection[str]) -> Sequence[str]:
        """Those of `regions` that it does not admit, sorted."""
        return sorted(region for region in regions if not self.admits(region))

    def said(self, most: int = 8) -> str:
        """For staff: `everywhere`, `JP, SG only`, `everywhere but US`; at most so many codes are named."""
        if not self.restricted:
            return "everywhere"
        return f"{listed(self.allow, most)} only" if self.allow else f"everywhere but {listed(self.deny, most)}"

    def to_json(self) -> Mapping[str, Sequence[str]]:
        return {name: list(codes) for name, codes in asdict(self).items()}

    @classmethod
    def of(cls, data: Mapping[str, Sequence[str]]) -> Self:
        """The inverse of `to_json`."""
        return cls(tuple(data["allow"]), tuple(data["deny"]))


EVERYWHERE = Regions()


def listed(codes: Sequence[str], most: int) -> str:
    """`JP, SG and 28 more`."""
    more = f" and {len(codes) - most} more" if len(codes) > most else ""
    return ", ".join(codes[:most]) + more
