"""The tables of the index, and opening it beside the hub's database, which is attached read-only as `hub`.

No table here has the name of one there, so that the queries of `SqliteStore` find the hub's.
"""

from pathlib import Path
from typing import Final

from pysqlite3 import dbapi2 as sqlite

from haidang_server.database import BUSY_MS, open_for_reading

INDEX_NAME: Final = "reading.db"
LAYOUT: Final = 1
"""Raised with every change below: an index of another layout is dropped and made anew."""

EMPTYING: Final = (
    "DELETE FROM touched", "DELETE FROM astray", "DELETE FROM listed", "DELETE FROM forms", "DELETE FROM earlier",
    "DELETE FROM unresolved", "DELETE FROM redacted",
)  # fmt: skip
"""What to do, in a transaction, before everything is read anew."""
_TABLES: Final = """
    DROP TABLE IF EXISTS mark; DROP TABLE IF EXISTS touched; DROP TABLE IF EXISTS astray; DROP TABLE IF EXISTS listed;
    DROP TABLE IF EXISTS forms; DROP TABLE IF EXISTS earlier; DROP TABLE IF EXISTS unresolved;
    DROP TABLE IF EXISTS redacted;
    CREATE TABLE redacted (sequence INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE forms (form BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE mark (
        size INTEGER NOT NULL, newest BLOB NOT NULL, authority INTEGER NOT NULL, receipts INTEGER NOT NULL
    ) STRICT;
    INSERT INTO mark VALUES (0, x'', 0, 0);
    CREATE TABLE earlier (set_id BLOB PRIMARY KEY, received INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE unresolved (
        tip BLOB NOT NULL, sets INTEGER NOT NULL, received INTEGER NOT NULL, PRIMARY KEY (tip, sets, received)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE touched (
        record BLOB NOT NULL, scope INTEGER NOT NULL, sequence INTEGER NOT NULL, form BLOB NOT NULL,
        PRIMARY KEY (record, scope, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX touched_by_set ON touched (sequence);
    CREATE TABLE astray (
        sequence INTEGER PRIMARY KEY, verdict INTEGER NOT NULL, reason TEXT NOT NULL
    ) STRICT;
    CREATE TABLE listed (
        record BLOB NOT NULL, scope INTEGER NOT NULL, family TEXT NOT NULL, form BLOB NOT NULL, day TEXT NOT NULL, directive TEXT,
        period BLOB, stage TEXT NOT NULL, hidden INTEGER NOT NULL, conflicts INTEGER NOT NULL,
        waiting INTEGER NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (record, scope)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX listed_by_change ON listed (changed, record, scope);
    CREATE INDEX listed_by_family ON listed (family, changed, record, scope);
"""
"""
- mark: how far the index follows the hub: its size then, the id of its newest set, the end of its authority sets, the
  newest of the receipts that were given back.
- earlier, unresolved: what such receipts say, see `earlier_times`.
- touched: which sets state something about which record, by which form; every set, whatever its verdict.
- forms: the forms whose definition the index knew.
- astray: the sets that are not accepted, as the index knows them; where they differ from the hub's, a verdict moved.
- redacted: the sets without values, as the index knows them; one that is whole again has changed too.
- listed: one row a merged record: what it is filtered by. `waiting` counts sets about it that are not accepted, `changed`
  is the hub's newest sequence when the index last saw it change.
"""


def open_index(folder: Path, hub: Path) -> sqlite.Connection:
    """Open the index in a folder for writing; made new if it is not there, damaged, or of another layout.

    Raises:
        SqliteTooOldError, DatabaseNewerError, DatabaseUnreadableError: the hub's database cannot be read.
    """
    open_for_reading(hub).close()
    try:
        connection = _connect(folder / INDEX_NAME, hub)
        if _layout(connection) == LAYOUT:
            return connection
        connection.close()
    except sqlite.DatabaseError:
        drop_index(folder)
    connection = _connect(folder / INDEX_NAME, hub)
    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {LAYOUT}; COMMIT")
    return connection


def drop_index(folder: Path) -> None:
    """Forget an index that nobody has open: it is made anew by whoever reads next."""
    for name in (INDEX_NAME, f"{INDEX_NAME}-wal", f"{INDEX_NAME}-shm"):
        (folder / name).unlink(missing_ok=True)


def open_pinned(folder: Path, hub: Path) -> sqlite.Connection:
    """Open the index and the hub for reading only."""
    connection = _connect(folder / INDEX_NAME, hub)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(file: Path, hub: Path) -> sqlite.Connection:
    connection = sqlite.connect(
        file.resolve().as_uri(), uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("ATTACH ? AS hub", (f"{hub.resolve().as_uri()}?mode=ro",))
    return connection


def _layout(connection: sqlite.Connection) -> int:
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    return int(layout)
