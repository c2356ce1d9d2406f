"""How X says no: problem details (RFC 9457) in the shapes of API v2."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.sandbox.arrivals import Json

_PROBLEMS = "https://api.twitter.com/2/problems/"
_TITLES: Mapping[int, str] = {
    400: "Invalid Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
CASHTAGS = "Posts are limited to a maximum of one cashtag."
GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
NO_REPLIES = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged "
    "by the author of the post you are replying to."
)


class Problem(Exception):
    """A refusal: status and body."""

    def __init__(self, status: int, body: Mapping[str, Json]) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


def plain(status: int, detail: str = "") -> Problem:
    """The generic shape; its `type` tells nothing, only `detail` does."""
    title = _TITLES.get(status, "Error")
    return Problem(status, {"title": title, "detail": detail or title, "type": "about:blank", "status": status})


def invalid(parameters: Mapping[str, Json], message: str) -> Problem:
    """400: a parameter that is missing, unknown or out of range."""
    return Problem(
        400,
        {
            "errors": [{"parameters": parameters, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_PROBLEMS}invalid-request",
        },
    )


def app_only() -> Problem:
    """403: an app-only token where a user must speak."""
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    kind = f"{_PROBLEMS}unsupported-authentication"
    return Problem(403, {"title": "Unsupported Authentication", "detail": detail, "type": kind, "status": 403})


def missing(resource: str, value: str) -> Mapping[str, Json]:
    """The error that comes with 200 when a user or post does not exist."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with id: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": "id",
        "resource_id": value,
        "type": f"{_PROBLEMS}resource-not-found",
    }
