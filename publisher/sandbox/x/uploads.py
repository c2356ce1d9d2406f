"""Pictures on their way into a post: initialize, append, finalize, metadata. Source: docs.x.com/x-api/media."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email import policy
from email.parser import BytesParser

from publisher.sandbox.x import problems, requests
from publisher.sandbox.x.pictures import Upload

_MAX_BYTES, _ALT = 5_242_880, 1000
_STARTS: Mapping[str, bytes] = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
_INITIALIZE = frozenset({"media_type", "total_bytes", "media_category", "additional_owners", "shared"})
_KEPT = 100
_FIRST_ID = 1_900_000_000_000_000_000
_INVALID = "Your media IDs are invalid."


class Uploads:
    """The newest uploads of all accounts."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Upload] = OrderedDict()
        self._last = _FIRST_ID

    def begin(self, account_id: str, body: bytes) -> Upload:
        """Raises Problem 400."""
        content = requests.object_in(body)
        requests.refuse_unknown("$", content, _INITIALIZE)
        kind, total = content.get("media_type"), content.get("total_bytes")
        if kind not in _STARTS or content.get("media_category") != "tweet_image":
            raise problems.invalid({"media_type": [str(kind)]}, "$.media_type: the sandbox takes PNG, JPEG and WebP")
        if not isinstance(total, int) or not 0 < total <= _MAX_BYTES:
            raise problems.invalid({"total_bytes": [str(total)]}, f"$.total_bytes: must be 1 to {_MAX_BYTES}")
        self._last += 1
        return self._keep(Upload(str(self._last), account_id, str(kind), total))

    def find(self, account_id: str, media_id: str) -> Upload:
        """Raises Problem 400."""
        upload = self._known.get(media_id)
        if upload is None or upload.account_id != account_id:
            raise problems.invalid({"id": [media_id]}, f"Could not find media with id [{media_id}].")
        return upload

    def append(self, upload: Upload, content_type: str, body: bytes) -> None:
        """Raises Problem 400."""
        fields = _multipart(content_type, body)
        if not fields.get("segment_index", b"").isdigit() or "media" not in fields:
            raise problems.invalid({}, "$: media and segment_index are required")
        content = upload.content + fields["media"]
        if upload.done or len(content) > upload.total:
            raise problems.invalid({"media": []}, "$.media: more bytes than total_bytes")
        self._keep(replace(upload, content=content))

    def finish(self, upload: Upload) -> Upload:
        """Raises Problem 400."""
        if len(upload.content) != upload.total:
            raise problems.invalid({"id": [upload.id]}, "The uploaded bytes are not as many as total_bytes.")
        if not upload.content.startswith(_STARTS[upload.media_type]):
            raise problems.invalid({"id": [upload.id]}, "The media is not of its media_type.")
        return self._keep(replace(upload, done=True))

    def describe(self, account_id: str, body: bytes) -> Upload:
        """Raises Problem 400."""
        content = requests.object_in(body)
        metadata = content.get("metadata")
        alt = metadata.get("alt_text") if isinstance(metadata, Mapping) else None
        text = alt.get("text") if isinstance(alt, Mapping) else None
        if not isinstance(text, str) or not 0 < len(text) <= _ALT:
            raise problems.invalid({"metadata": []}, f"$.metadata.alt_text.text: must have 1 to {_ALT} characters")
        return self._keep(replace(self.find(account_id, str(content.get("id", ""))), alt=text))

    def ready(self, account_id: str, ids: Sequence[str]) -> Sequence[Upload]:
        """Those that a post shows; raises Problem 400."""
        found = [self._known.get(media_id) for media_id in ids]
        ready = [each for each in found if each is not None and each.done and each.account_id == account_id]
        if len(ready) != len(ids):
            raise problems.invalid({"media.media_ids": list(ids)}, _INVALID)
        return ready

    def _keep(self, upload: Upload) -> Upload:
        self._known[upload.id] = upload
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return upload


def _multipart(content_type: str, body: bytes) -> Mapping[str, bytes]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    fields: dict[str, bytes] = {}
    for part in BytesParser(policy=policy.HTTP).parsebytes(head + body).iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content
    return fields
