"""One SQLite database with one writer: opened with care, written in explicit transactions, its errors made ours.

Every transaction is flushed to the disk before it returns (WAL, `synchronous=FULL`): what was saved stays saved.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final

import pysqlite3.dbapi2 as sqlite

from haidang_syncclient.errors import (
    DamagedDatabaseError,
    DiskFullError,
    InUseError,
    NewerDatabaseError,
    OldSqliteError,
    ReadOnlyError,
    StorageError,
    SyncError,
)
from haidang_syncclient.reasons import within
from haidang_syncclient.words import Both

SQLITE_MIN: Final = (3, 51, 3)
"""Older libraries can lose committed data in WAL mode."""
APPLICATION_ID: Final = 0x48444C31
"""`HDL1`: tells a replica's database from any other."""
SCHEMA_VERSION: Final = 4
"""Steps in `migrations`, which is loaded only when there are steps to take."""
_CHUNK: Final = 900
"""Values bound in one statement."""


def check_library(version: tuple[int, ...] = sqlite.sqlite_version_info) -> None:
    """Refuse a library that could lose data.

    Raises:
        OldSqliteError: it is older than 3.51.3.
    """
    if version < SQLITE_MIN:
        raise OldSqliteError(".".join(map(str, version)))


class Database:
    """The connection of a replica to its file."""

    def __init__(self, path: Path) -> None:
        """Open or create the database and bring its schema up to date.

        Raises:
            OldSqliteError, NewerDatabaseError, DamagedDatabaseError, ReadOnlyError, DiskFullError, InUseError,
            StorageError: with nothing changed.
        """
        check_library()
        self.path = path
        with _our_errors(path):
            # No implicit transactions: each begins and ends where this module says.
            self.connection = sqlite.connect(path, isolation_level=None, timeout=5.0, cached_statements=256)
        try:
            with _our_errors(path):
                self._prepare()
        except SyncError:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        version, application = self._pragma("user_version"), self._pragma("application_id")
        if version > SCHEMA_VERSION:
            raise NewerDatabaseError(f"{version} > {SCHEMA_VERSION}")
        empty = not self._pragma("schema_version")
        if application != APPLICATION_ID and not empty:
            raise DamagedDatabaseError(
                within(self.path, Both("của chương trình khác", "another program's database"))
            )
        # The file may be writable and its folder not: WAL needs both, so try before anything depends on it.
        self.connection.execute("PRAGMA journal_mode=WAL").fetchone()
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.execute("PRAGMA cell_size_check=ON")
        if version < SCHEMA_VERSION:
            self._migrate()
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("ROLLBACK")

    def _migrate(self) -> None:
        from sqlite_utils import Database as Migrated  # noqa: PLC0415 - slow to load, needed once in a file's life

        from haidang_syncclient.migrations import replica  # noqa: PLC0415 - the same

        replica.apply(Migrated(self.connection))
        self.connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        self.connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _pragma(self, name: str) -> int:
        return int(self.connection.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def transaction(self) -> Generator[None]:
        """One durable step: all of it or nothing. Not to be nested.

        Raises:
            DiskFullError, ReadOnlyError, DamagedDatabaseError, StorageError: and nothing was written.
        """
        with _our_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def execute(self, sql: str, values: Sequence[Any] = ()) -> "sqlite.Cursor":
        """Run one statement; errors of the disk become ours."""
        with _our_errors(self.path):
            return self.connection.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with _our_errors(self.path):
            self.connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with _our_errors(self.path):
            return self.connection.execute(sql, values).fetchall()

    def rows_in(self, sql: str, items: Iterable[Any], before: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query that ends in `IN (?)`, however many items there are; `before` are bound first."""
        listed, found = list(items), []
        for start in range(0, len(listed), _CHUNK):
            chunk = listed[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            found += self.rows(sql.replace("IN (?)", f"IN ({marks})"), [*before, *chunk])
        return found

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty if nothing."""
        try:
            found = [str(row[0]) for row in self.connection.execute("PRAGMA integrity_check(20)")]
        except sqlite.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


@contextmanager
def _our_errors(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite.Error as error:
        raise _ours(path, error) from error
    except UnicodeDecodeError as error:  # of a text in a row, or in SQLite's own account of the damage
        raise DamagedDatabaseError(Both(str(path), f"{path}: {error}")) from error


def _ours(path: Path, error: sqlite.Error) -> Exception:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    kind = _KINDS.get(code)
    if kind is not None:
        return kind(Both(str(path), f"{path}: {error}" if kind is DamagedDatabaseError else str(path)))
    if code == sqlite.SQLITE_IOERR:
        # Without room for the file that it shares with other readers, SQLite speaks of an error of the disk.
        said = Both(f"{path}: ổ đĩa đọc hoặc ghi bị lỗi", str(error))
        return DiskFullError(str(path)) if _is_full(path) else StorageError(said)
    if isinstance(error, sqlite.OperationalError) and code in _UNFIT:
        return DamagedDatabaseError(Both(str(path), f"{path}: {error}"))
    return error


def _is_full(path: Path) -> bool:
    try:
        return disk_usage(path.parent).free < _SHARED_BYTES
    except OSError:
        return False


_SHARED_BYTES: Final = 64 * 1024
"""SQLite's shared file takes 32 KiB at a time."""
_UNFIT: Final = frozenset({0, sqlite.SQLITE_ERROR})
"""A table or text that is not what we made: our statements are fixed, so a statement that does not fit met a damaged schema."""
_KINDS: Final[dict[int, type[SyncError]]] = {
    sqlite.SQLITE_FULL: DiskFullError,
    sqlite.SQLITE_READONLY: ReadOnlyError,
    sqlite.SQLITE_CANTOPEN: ReadOnlyError,
    sqlite.SQLITE_PERM: ReadOnlyError,
    sqlite.SQLITE_CORRUPT: DamagedDatabaseError,
    sqlite.SQLITE_NOTADB: DamagedDatabaseError,
    sqlite.SQLITE_BUSY: InUseError,
    sqlite.SQLITE_LOCKED: InUseError,
}
