"""What a person can do when the database cannot be used."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

_SQLITE = {
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database; restore your back-up",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; stop everything and restore your back-up",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check database.url, and the rights of its folder",
    sqlite3.SQLITE_READONLY: "the file cannot be written; check the rights of the file and of its folder",
    sqlite3.SQLITE_PERM: "the file cannot be read; check its rights",
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_IOERR: "the disk answers with errors; look at the machine's log",
    sqlite3.SQLITE_BUSY: "another process keeps the file locked; look who has it open",
}


def explanation(error: BaseException) -> str | None:
    """A sentence about the database's file or server; None for any other error, a bug of ours included."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error) and (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        reason = _SQLITE.get(code & 0xFF)
        return f"the database cannot be used: {reason}" if reason else None
    import psycopg  # not before something failed: every command imports this module

    if isinstance(cause, psycopg.OperationalError):
        return f"the database cannot be reached: {str(cause).strip().splitlines()[0]}; check database.url"
    return None
