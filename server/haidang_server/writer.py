"""The one thread that changes the hub. It drains its queue without a timer: one transaction, one fsync for all that waits.

Who wants something stored, or wants to know something of the hub, submits a job and awaits its result, which comes after
the transaction is durable.
"""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import structlog
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ledger import Committed
from haidang_server.errors import EXIT_INTERNAL, BusyError, ServerError, StorageFullError
from haidang_server.hub import Hub
from haidang_server.system_clock import Clock
from haidang_server.telemetry import Metrics

T = TypeVar("T")
Finish = Callable[[Hub, Sequence[Committed]], T]
"""What a job does after its sets are stored, in the same transaction."""

DRAIN_OPERATIONS_MAX: Final = 10_000
WAITING_OPERATIONS_MAX: Final = 200_000
"""Operations in the queue before the server says that it is busy."""
_FULL: Final = {13}
_BROKEN: Final = {10}
"""Primary result codes: SQLITE_FULL; SQLITE_IOERR."""

log = structlog.get_logger()


class _Job:
    def __init__(self, sets: Sequence[OpenedSet], finish: Finish[Any], future: "asyncio.Future[Any]") -> None:
        self.sets = sets
        self.finish = finish
        self.future = future
        self.operations = sum(opened.body.size for opened in sets)
        self.result: Any = None
        self.error: BaseException | None = None

    def finish_with(self, hub: Hub, committed: Sequence[Committed]) -> None:
        """What is left to do once the sets are stored. A refusal is an answer like any other: it undoes nothing."""
        self.error = None
        try:
            self.result = self.finish(hub, committed)
        except ServerError as error:
            self.error = error

    def resolve(self) -> None:
        """Give the result to whoever still waits for it."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Owns the hub while it runs. `folder` is where free space is looked at; below `reserve` bytes nothing is stored."""

    def __init__(self, hub: Hub, clock: Clock, metrics: Metrics, folder: Path, reserve: int) -> None:
        self._hub = hub
        self._clock = clock
        self.metrics = metrics
        self._folder = folder
        self._reserve = reserve
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin; jobs are submitted from the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """End after the jobs that wait."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def submit(self, sets: Sequence[OpenedSet], finish: Finish[T]) -> "asyncio.Future[T]":
        """Store sets with verified signatures, then run `finish` on the writer's thread.

        Raises:
            BusyError: too much waits already.
        """
        if self._loop is None:
            raise RuntimeError("the writer was not started")
        job = _Job(sets, finish, self._loop.create_future())
        if self._waiting + job.operations > WAITING_OPERATIONS_MAX:
            raise BusyError
        self._waiting += job.operations
        self._queue.put(job)
        return job.future

    def ask(self, question: Callable[[Hub], T]) -> "asyncio.Future[T]":
        """Run a question on the writer's thread."""
        return self.submit((), lambda hub, _: question(hub))

    @property
    def alive(self) -> bool:
        """Whether the writer's thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        """Take jobs until the end; if anything else ends it, the process ends too: nobody would be answered any more."""
        try:
            self._take_jobs()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the process is no hub without its writer
            log.critical("writer", error=repr(error))
            os._exit(EXIT_INTERNAL)

    def _take_jobs(self) -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            operations = job.operations
            last = False
            while operations < DRAIN_OPERATIONS_MAX:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                if more is None:
                    last = True
                    break
                jobs.append(more)
                operations += more.operations
            self._drain(jobs)
            if last:
                break

    def _drain(self, jobs: list[_Job]) -> None:
        self._refuse_if_full(jobs)
        working = [job for job in jobs if job.error is None]
        try:
            self._transact(working)
        except Exception as error:  # noqa: BLE001 - one job's fault is found by running each alone
            self._stop_if_broken(error)
            for job in working:
                self._alone(job)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._resolve, jobs)

    def _alone(self, job: _Job) -> None:
        try:
            self._transact([job])
        except Exception as error:  # noqa: BLE001 - handed over to whoever waits
            self._stop_if_broken(error)
            job.error = StorageFullError() if _code(error) in _FULL else error

    def _transact(self, jobs: Sequence[_Job]) -> None:
        """All jobs in one transaction."""
        with self.metrics.drains.time(), self._hub.transaction(self._clock()):
            committed = self._hub.take([opened for job in jobs for opened in job.sets])
            start = 0
            for job in jobs:
                job.finish_with(self._hub, committed[start : start + len(job.sets)])
                start += len(job.sets)
        for word, count in Counter(each.verdict.word for each in committed if each.fresh).items():
            self.metrics.sets.labels(word).inc(count)
        self.metrics.operations.inc(sum(job.operations for job in jobs))

    def has_room(self) -> bool:
        """Whether the disk has more free space than is kept in reserve; a disk that does not say has none. From any thread."""
        try:
            disk = os.statvfs(self._folder)
        except OSError as error:
            log.warning("disk", error=str(error))
            return False
        return disk.f_bavail * disk.f_frsize >= self._reserve

    def _refuse_if_full(self, jobs: Sequence[_Job]) -> None:
        storing = [job for job in jobs if job.sets]
        if storing and not self.has_room():
            for job in storing:
                job.error = StorageFullError()

    def _stop_if_broken(self, error: Exception) -> None:
        """After a failed write or fsync nobody knows what is on the disk: the process ends (and never retries)."""
        if _code(error) in _BROKEN:
            log.critical("storage", code=_code(error), error=str(error))
            os._exit(EXIT_INTERNAL)

    def _resolve(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            self._waiting -= job.operations
            job.resolve()


def _code(error: BaseException) -> int | None:
    """The primary result code of an SQLite error."""
    code = getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite.Error) else None
    return None if code is None else code & 0xFF
