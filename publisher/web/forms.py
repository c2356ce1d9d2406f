"""What a page's form, or a mail client, posts."""

from __future__ import annotations

import io
from collections.abc import Mapping

from fastapi import Request
from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
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
    fields: dict[str, str] = {}
    headers = {"Content-Type": request.headers.get("content-type", "").encode()}
    try:
        parse_form(headers, io.BytesIO(body), lambda field: _keep(fields, field), None)
    except FormParserError:
        return None
    return fields if len(fields) <= FIELDS else None


def _keep(fields: dict[str, str], field: Field) -> None:
    name, value = (text.decode("utf-8", "replace") for text in (field.field_name or b"", field.value or b""))
    fields[name] = value
