"""A picture that an account uploads and its posts show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from publisher.sandbox.arrivals import Json


@dataclass(frozen=True)
class Upload:
    """A picture of an account; `done` once it was finalized."""

    id: str
    account_id: str
    media_type: str
    total: int
    content: bytes = b""
    done: bool = False
    alt: str = ""

    @property
    def key(self) -> str:
        return f"3_{self.id}"

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def to_json(self) -> dict[str, Json]:
        size: dict[str, Json] = {"size": len(self.content)} if self.done else {}
        return {"id": self.id, "media_key": self.key, "expires_after_secs": 86_400, **size}
