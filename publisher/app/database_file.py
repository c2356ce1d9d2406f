"""Where a workspace's database is, and that it is there."""

from __future__ import annotations

from pathlib import Path

from publisher.settings import Settings

_SQLITE = b"SQLite format 3\x00"


class DatabaseMissing(RuntimeError):
    """The SQLite file is gone or is something else. SQLite would make an empty one where there is none, and everything
    would be published again.
    """


def require_database(settings: Settings, workspace: Path) -> None:
    """Raises DatabaseMissing when the workspace should have a SQLite file and has not."""
    file = database_file(settings, workspace)
    if file is None:
        return
    if not file.exists():
        raise DatabaseMissing(
            f"there is no database at {file}; restore your back-up, or make an empty one: "
            f"publisher init --workspace {workspace}"
        )
    with file.open("rb") as opened_file:
        if opened_file.read(len(_SQLITE)) not in (_SQLITE, b""):
            raise DatabaseMissing(f"{file} is not a SQLite database; restore your back-up")


def database_file(settings: Settings, workspace: Path) -> Path | None:
    """Of SQLite; None for a server."""
    url = database_url(settings.database.url, workspace)
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def database_url(url: str, workspace: Path) -> str:
    """A relative SQLite file is in the workspace."""
    path = url.removeprefix("sqlite:///")
    if path == url or path.startswith("/") or not path:
        return url
    return f"sqlite:///{workspace / path}"
