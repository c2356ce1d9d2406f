"""What a page's form, or a mail client, posts."""

from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart import parse_form
from python_multipart.multipart import Field

FORM_BYTES = 16_384
FIELDS = 100


async def read_form(request: Request) -> Mapping[str, str] | None:
    """Name -> value of a urlencoded or multipart form, the last of a name; None for what is no form, or too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media_type == "application/x-www-form-urlencoded":
            text = body.decode("utf-8", "replace")
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS, errors="replace"))
        return _multipart(request.headers.get("content-type", ""), body)
    except ValueError:
        return None


def _multipart(content_type: str, body: bytes) -> Mapping[str, str] | None:
    """Raises FormParserError, a ValueError."""
    fields: dict[str, str] = {}
    parse_form({"Content-Type": content_type.encode()}, io.BytesIO(body), lambda field: _keep(fields, field), None)
    return fields if len(fields) <= FIELDS else None


def _keep(fields: dict[str, str], field: Field) -> None:
    name, value = (text.decode("utf-8", "replace") for text in (field.field_name or b"", field.value or b""))
    fields[name] = value
