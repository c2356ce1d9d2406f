"""Pictures to X, which tweepy cannot bring there: initialize, append, finalize, then their description.

Source: docs.x.com/x-api/media. Nobody sees a picture that no post shows, so every doubt here is a Retry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import aiohttp
from oauthlib.oauth1 import Client  # type: ignore[import-untyped]

from channels.x.settings import SIGNED_FOR, Account
from channels.x.verdicts import ERRORS, Answer, Failure, answered, verdict
from publisher.channel import Json, Retry, Unconfirmed

Request: TypeAlias = Callable[..., Any]
"""`aiohttp.ClientSession.request`, or what stands in its place."""


class NotUploadedError(Exception):
    """`outcome` says what follows: never a doubt."""

    def __init__(self, outcome: Failure) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Media:
    """Uploads for one account."""

    def __init__(self, account: Account, request: Request, now: Callable[[], datetime]) -> None:
        self._account, self._request, self._now = account, request, now

    async def upload(self, picture: Mapping[str, Json], content: bytes) -> str:
        """The media id of a picture with its description; raises NotUploadedError."""
        asked = {"media_type": picture["media_type"], "total_bytes": len(content), "media_category": "tweet_image"}
        media_id = str((await self._post("/2/media/upload/initialize", json=asked))["data"]["id"])
        form = aiohttp.FormData({"segment_index": "0"})
        form.add_field("media", content, filename="picture", content_type="application/octet-stream")
        await self._post(f"/2/media/upload/{media_id}/append", data=form)
        done = await self._post(f"/2/media/upload/{media_id}/finalize")
        if (state := done["data"].get("processing_info", {}).get("state", "succeeded")) != "succeeded":
            raise NotUploadedError(Retry(f"X is not done with a picture ({state})"))
        described = {"id": media_id, "metadata": {"alt_text": {"text": picture["alt"]}}}
        await self._post("/2/media/metadata", json=described)
        return media_id

    async def _post(self, path: str, **body: object) -> Mapping[str, Any]:
        url = SIGNED_FOR + path
        try:
            async with self._request("POST", url, headers={"Authorization": self._signed(url)}, **body) as response:
                content = await response.json() if response.status != 204 else {}
                if response.status >= 400:
                    refusal = Answer(response.status, response.headers, _detail(content), str(content.get("type", "")))
                    raise NotUploadedError(_no_doubt(answered(refusal, self._now())))
                return {"data": {}, **content}
        except ERRORS as error:
            raise NotUploadedError(_no_doubt(await verdict(error, self._now()))) from error

    def _signed(self, url: str) -> str:
        """The header; neither JSON nor multipart is part of an OAuth signature (RFC 5849, 3.4.1.3)."""
        if self._account.user_token is not None:
            return f"Bearer {self._account.user_token.get_secret_value()}"
        keys = [key.get_secret_value() for key in self._account.keys if key is not None]
        _, headers, _ = Client(*keys).sign(url, "POST")
        return str(headers["Authorization"])


def _detail(content: Mapping[str, Any]) -> str:
    """X's own words, of the errors one by one where it lists them."""
    errors = [str(error.get("message", "")) for error in content.get("errors", ())]
    return "; ".join(filter(None, errors)) or str(content.get("detail", ""))


def _no_doubt(outcome: Failure) -> Failure:
    return Retry(f"a picture was not uploaded: {outcome.reason}") if isinstance(outcome, Unconfirmed) else outcome
