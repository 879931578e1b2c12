"""The reading room: hands out snapshots, each a connection that sees one state of hub and index."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pysqlite3 import dbapi2 as sqlite

from haidang_server.reading.authority import Authority
from haidang_server.reading.index import Index
from haidang_server.reading.snapshot import Snapshot

_TRIES: Final = 20
"""How often to begin again when the hub stores something between the index's commit and the snapshot: it takes 0.1 ms."""


class ReadingRoom:
    """Snapshots of one hub, for any thread; the index is opened when the first is asked for."""

    def __init__(self, folder: Path, hub: Path) -> None:
        self._folder, self._hub = folder, hub
        self._index: Index | None = None
        self._lock = threading.Lock()
        self._free: list[sqlite.Connection] = []

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The state that the hub has committed by now.

        Raises:
            ServerError: the hub's database cannot be read.
        """
        connection, authority, size = self._begin()
        try:
            yield Snapshot(connection, authority, size)
        finally:
            connection.execute("ROLLBACK")
            with self._lock:
                self._free.append(connection)

    def authority(self) -> Authority:
        """The authority that the hub holds by now."""
        with self._lock:
            return self._opened().follow()

    def close(self) -> None:
        """End it, when no snapshot is in use."""
        with self._lock:
            while self._free:
                self._free.pop().close()
            if self._index is not None:
                self._index.close()
                self._index = None

    def _begin(self) -> tuple[sqlite.Connection, Authority, int]:
        with self._lock:
            index = self._opened()
            authority = index.follow()
            connection = self._free.pop() if self._free else index.pinned()
            for _ in range(_TRIES):
                connection.execute("BEGIN")
                size, held = connection.execute(
                    "SELECT (SELECT size FROM mark), (SELECT coalesce(max(sequence), -1) + 1 FROM hub.sets)"
                ).fetchone()
                if size == held:
                    break
                connection.execute("ROLLBACK")
                authority = index.follow()
            else:
                connection.execute("BEGIN")
            return connection, authority, size

    def _opened(self) -> Index:
        if self._index is None:
            self._index = Index(self._folder, self._hub)
        return self._index
