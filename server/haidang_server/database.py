"""Opening the hub's database: the right SQLite, the right settings, the right version, nobody else at work."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from pysqlite3 import dbapi2 as sqlite
from sqlite_utils import Database

from haidang_protocol.errors import ProtocolError
from haidang_server.errors import (
    DatabaseNewerError,
    DatabaseUnreadableError,
    DataInUseError,
    FolderReadOnlyError,
    SqliteTooOldError,
)
from haidang_server.migrations import STEPS, schema

SQLITE_MIN: Final = (3, 51, 3)
"""Older ones can lose committed data in WAL mode."""
CHECKPOINT_PAGES: Final = 10_000
"""Pages in the write-ahead log before they are copied back: with 1,000 a transaction can take 48 ms, with these 13."""
BUSY_MS: Final = 10_000
CACHE_KIB: Final = 65_536
DATABASE_NAME: Final = "hub.db"
_LOCK_NAME: Final = "hub.lock"
_UNWRITABLE: Final = ("readonly", "unable to open", "disk I/O error", "disk is full")
"""What SQLite says when its files cannot be made or grow."""
_DAMAGED: Final = frozenset(
    {0, sqlite.SQLITE_ERROR, sqlite.SQLITE_CORRUPT, sqlite.SQLITE_CONSTRAINT, sqlite.SQLITE_NOTADB}
)
"""What SQLite says of damage (0: of a text). Our statements are fixed: one that does not fit met a damaged table or row."""


def tells_of_damage(error: BaseException) -> bool:
    """Whether an error says that something stored cannot be read, or is not what we wrote."""
    if isinstance(error, sqlite.Error):
        return ((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF) in _DAMAGED
    return isinstance(error, ProtocolError | msgspec.MsgspecError | UnicodeDecodeError)


@contextmanager
def damage_told(file: Path) -> Iterator[None]:
    """Name the file if what is read in the block turns out to be damaged.

    Raises:
        DatabaseUnreadableError: it is.
    """
    try:
        yield
    except Exception as error:
        if not tells_of_damage(error):
            raise
        raise DatabaseUnreadableError(file, str(error)) from error


def check_sqlite(version: str = sqlite.sqlite_version) -> None:
    """Refuse an old SQLite library.

    Raises:
        SqliteTooOldError: it is older than 3.51.3.
    """
    if tuple(map(int, version.split("."))) < SQLITE_MIN:
        raise SqliteTooOldError(version)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a data folder for one process, until the block ends or the process dies.

    Raises:
        FolderReadOnlyError: the folder cannot be written to.
        DataInUseError: another process holds it.
    """
    try:
        lock = (folder / _LOCK_NAME).open("w")
    except OSError as error:
        raise FolderReadOnlyError(folder) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUseError(folder) from None
        yield


def open_for_writing(file: Path) -> sqlite.Connection:
    """Open a database, made new or brought up to date; the caller begins and ends its transactions.

    Raises:
        SqliteTooOldError, FolderReadOnlyError, DatabaseNewerError, DatabaseUnreadableError: with a sentence that says what to do.
    """
    check_sqlite()
    try:
        connection = sqlite.connect(file, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA temp_store = MEMORY")
        check_version(connection)
        schema.apply(Database(connection))
    except sqlite.OperationalError as error:
        if any(words in str(error) for words in _UNWRITABLE):
            raise FolderReadOnlyError(file.parent) from error
        raise DatabaseUnreadableError(file, str(error)) from error
    except (sqlite.DatabaseError, UnicodeDecodeError, KeyError) as error:  # KeyError: of a column's name
        raise DatabaseUnreadableError(file, str(error)) from error
    return connection


def open_for_reading(file: Path) -> sqlite.Connection:
    """Open a database that exists; nothing can be written through the connection.

    Raises:
        SqliteTooOldError, DatabaseNewerError, DatabaseUnreadableError: with a sentence that says what to do.
    """
    check_sqlite()
    try:
        connection = sqlite.connect(
            f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA query_only = ON")
        check_version(connection)
    except (sqlite.DatabaseError, UnicodeDecodeError, KeyError) as error:  # KeyError: of a column's name
        raise DatabaseUnreadableError(file, str(error)) from error
    return connection


def check_version(connection: sqlite.Connection) -> None:
    """Refuse a database that a newer version of this program has changed.

    Raises:
        DatabaseNewerError: it has steps that this version does not know.
    """
    unknown = {step.name for step in schema.applied(Database(connection))} - STEPS
    if unknown:
        raise DatabaseNewerError(sorted(unknown))
