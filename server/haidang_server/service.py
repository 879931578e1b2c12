"""The running hub: opened from its folder, its writer started, its readers at hand."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pysqlite3 import dbapi2 as sqlite

from haidang_server.database import (
    DATABASE_NAME,
    damage_told,
    locked,
    open_for_reading,
    open_for_writing,
)
from haidang_server.door import KeyRing
from haidang_server.enrol_desk import EnrolDesk
from haidang_server.errors import NoHubError
from haidang_server.exchange import Hall
from haidang_server.heal import HeldScopes
from haidang_server.hub import Hub
from haidang_server.keys import KEY_NAME, read_key
from haidang_server.nonces import Nonces
from haidang_server.openers import Openers
from haidang_server.quota import MIB, Quota
from haidang_server.settings import Settings
from haidang_server.system_clock import Clock
from haidang_server.telemetry import Metrics
from haidang_server.tls_certificate import CertificateInUse
from haidang_server.writer import Writer

_READING_THREADS = 2
"""Replies with many sets are read and packed beside everything else."""


class Readers:
    """Connections that read; each is used by one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._free: SimpleQueue[sqlite.Connection] = SimpleQueue()

    @contextmanager
    def reading(self) -> Iterator[sqlite.Connection]:
        """A connection that sees what was committed before."""
        try:
            connection = self._free.get_nowait()
        except Empty:
            connection = open_for_reading(self._file)
        try:
            yield connection
        finally:
            self._free.put(connection)

    def close(self) -> None:
        """Close those that nobody uses."""
        while not self._free.empty():
            self._free.get_nowait().close()


class Service:
    """Everything that routes need. `start` it inside the event loop, `stop` it at the end."""

    def __init__(self, settings: Settings, clock: Clock, randomness: Callable[[int], bytes]) -> None:
        """Open the hub's folder.

        Raises:
            ServerError: with a sentence that says what to do.
        """
        self.settings = settings
        self.clock = clock
        self.randomness = randomness
        self.metrics = Metrics()
        self.certificate = CertificateInUse(settings, time.monotonic)
        file = settings.data / DATABASE_NAME
        if not file.exists():
            raise NoHubError(settings.data)
        self._lock: AbstractContextManager[None] = locked(settings.data)
        self._lock.__enter__()
        key = read_key(settings.data / KEY_NAME)
        with damage_told(file):
            self.hub = Hub(open_for_writing(file), key)
        self.readers = Readers(file)
        self.openers = Openers(settings.openers)
        self.pool = ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="reading")
        self.writer = Writer(self.hub, clock, self.metrics, settings.data, settings.disk_reserve_mib * MIB)
        self.hall = self._hall(key)
        self.enrol_desk = EnrolDesk(self.hall, randomness, time.monotonic)

    def start(self) -> None:
        """Begin to take requests."""
        self.writer.start()
        self.openers.start()

    async def stop(self) -> None:
        """End after what was begun; the next process may open the folder then."""
        await self.openers.stop()
        await self.writer.stop()
        self.pool.shutdown()
        self.readers.close()
        self.hub.connection.close()
        self._lock.__exit__(None, None, None)

    def _hall(self, key: Ed25519PrivateKey) -> Hall:
        return Hall(
            server=self.hub.server,
            key=key,
            writer=self.writer,
            ring=KeyRing(self.hub.public_key),
            nonces=Nonces(self.randomness),
            quota=Quota(time.monotonic),
            openers=self.openers,
            pool=self.pool,
            reading=self.readers.reading,
            held=HeldScopes(),
            clock=self.clock,
            metrics=self.metrics,
        )
