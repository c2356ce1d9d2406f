"""What an operator may set for X."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

SIGNED_FOR = "https://api.twitter.com"
"""The address the SDK signs its requests for, and X's own."""


class Options(BaseModel):
    """One destination's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    thread: bool = False
    """A text that is too long becomes a numbered thread. X may refuse replies, even to oneself."""
    limit: int = Field(default=280, ge=280, le=25_000)
    """Weighted length of one post; more than 280 needs X Premium."""
    pictures: bool = True
    """The announcement's first four pictures, with their descriptions, at the (first) post."""


class Account(BaseModel):
    """One account on X, with the keys of OAuth 1.0a (they do not expire) or a user token of OAuth 2.0 (two hours)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    handle: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,15}$")]
    """Without the @."""
    user_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
    """The account's number: its own timeline is read back when an answer is lost."""
    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_secret: SecretStr | None = None
    user_token: SecretStr | None = None
    """OAuth 2.0 with the scopes tweet.read, tweet.write, users.read and media.write."""
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+$")] = SIGNED_FOR
    """X, or the sandbox."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for an answer; after that nobody can tell whether the post is there."""
    proxy: str | None = None
    """`http://host:port` when X is reached through a proxy."""

    @property
    def keys(self) -> tuple[SecretStr | None, ...]:
        """Of OAuth 1.0a, in the order the SDK wants them."""
        return self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        given = [key for key in self.keys if key is not None]
        if len(given) not in (0, len(self.keys)):
            raise ValueError("OAuth 1.0a needs consumer_key, consumer_secret, access_token and access_token_secret")
        if bool(given) == (self.user_token is not None):
            raise ValueError("give either the four keys of OAuth 1.0a or user_token")
        return self
