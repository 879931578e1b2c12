"""The one writer: everything that waits goes into one transaction; one job's fault is its own."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from haidang_server.errors import BusyError, NotFoundError, StorageFullError
from haidang_server.hub import Hub
from haidang_server.loading import open_hub
from haidang_server.telemetry import Metrics
from haidang_server.writer import WAITING_OPERATIONS_MAX, Writer
from tests.server.world import START, World


@pytest.fixture
async def writer(folder: Path) -> Writer:
    made = Writer(open_hub(folder), lambda: START, Metrics(), folder, 0)
    made.start()
    return made


def transactions(writer: Writer) -> float:
    """How many there were."""
    found = writer.metrics.registry.get_sample_value("haidang_transaction_seconds_count")
    assert found is not None
    return found


async def test_what_waits_together_is_stored_together(writer: Writer, world: World) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_hub: Hub) -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    first = writer.ask(hold)
    jobs = [writer.submit([world.phone.report(number)], lambda _, done: done) for number in range(20)]
    gate.set()
    await first
    before = transactions(writer)
    committed = [(await job)[0] for job in jobs]
    assert [each.id for each in committed] == [each.id for each in world.phone.sets]
    assert all(each.fresh for each in committed)
    assert transactions(writer) - before <= 1
    await writer.stop()


async def test_a_refusal_is_the_answer_to_its_job_alone(writer: Writer, world: World) -> None:
    def refuse(_hub: Hub) -> None:
        raise NotFoundError

    report = world.phone.report(0)
    jobs: list[asyncio.Future[Any]] = [
        writer.ask(refuse),
        writer.submit([report], lambda hub, _: hub.log.size),
        writer.ask(refuse),
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(each) for each in results] == [NotFoundError, int, NotFoundError]
    assert await writer.ask(lambda hub: hub.ledger.held(report.id)) is not None
    await writer.stop()


async def test_a_fault_undoes_its_own_job_and_no_other(writer: Writer, world: World) -> None:
    def stumble(_hub: Hub, _committed: object) -> None:
        raise ZeroDivisionError

    good, bad, last = (world.phone.report(0), world.other.report(0), world.far.report(0))
    jobs: list[asyncio.Future[Any]] = [
        writer.submit([good], lambda _, done: done),
        writer.submit([bad], stumble),
        writer.submit([last], lambda _, done: done),
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(results[1], ZeroDivisionError)
    held = await writer.ask(lambda hub: set(hub.store.held([good.id, bad.id, last.id])))
    assert held == {good.id, last.id}
    await writer.stop()


async def test_too_much_that_waits_is_refused_at_once(writer: Writer, world: World) -> None:
    report = world.phone.report(0)
    count = WAITING_OPERATIONS_MAX // len(report.body.operations)
    with pytest.raises(BusyError):
        writer.submit([report] * (count + 1), lambda _, __: None)
    assert await writer.submit([report], lambda _, done: done[0].fresh)
    await writer.stop()


async def test_without_room_nothing_is_stored_and_questions_are_answered(folder: Path, world: World) -> None:
    writer = Writer(open_hub(folder), lambda: START, Metrics(), folder, 2**60)
    writer.start()
    with pytest.raises(StorageFullError):
        await writer.submit([world.phone.report(0)], lambda _, __: None)
    assert not writer.has_room()
    assert await writer.ask(lambda hub: hub.log.size) == 3
    await writer.stop()


async def test_a_disk_that_does_not_say_how_full_it_is_counts_as_full_for_that_while(
    writer: Writer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(_folder: Path) -> None:
        raise OSError(116, "Stale file handle")

    with monkeypatch.context() as disk:
        disk.setattr(os, "statvfs", stale)
        with pytest.raises(StorageFullError):
            await writer.submit([world.phone.report(0)], lambda _, __: None)
        assert await writer.ask(lambda hub: hub.log.size) == 3
    assert (await writer.submit([world.phone.report(1)], lambda _, done: done))[0].fresh
    await writer.stop()


async def test_what_waits_is_done_before_the_end(writer: Writer, world: World) -> None:
    jobs = [writer.submit([world.phone.report(number)], lambda _, done: done) for number in range(5)]
    await writer.stop()
    assert all(job.done() for job in jobs)


BROKEN_DISK = """
import asyncio, sys
from pathlib import Path
from pysqlite3 import dbapi2 as sqlite
from haidang_server.loading import open_hub
from haidang_server.telemetry import Metrics
from haidang_server.writer import Writer

def fail(hub):
    error = sqlite.OperationalError("disk I/O error")
    error.sqlite_errorcode = 10 | 4 << 8
    raise error

async def main():
    folder = Path(sys.argv[1])
    writer = Writer(open_hub(folder), lambda: 1, Metrics(), folder, 0)
    writer.start()
    await writer.ask(fail)

asyncio.run(main())
print("went on")
"""


def ended(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


def test_after_a_failed_fsync_the_process_ends(folder: Path) -> None:
    """SQLITE_IOERR_FSYNC as the writer sees it; a disk that fails on demand is not at hand."""
    done = ended(BROKEN_DISK, folder)
    assert done.returncode == 70
    assert "went on" not in done.stdout
    assert "storage" in done.stdout


def test_a_hub_whose_writer_ends_by_anything_at_all_ends_too(folder: Path) -> None:
    """So that it is started again, rather than stay up and answer nothing."""
    done = ended(BROKEN_DISK.replace("raise error", "raise SystemExit"), folder)
    assert done.returncode == 70
    assert "went on" not in done.stdout
    assert "writer" in done.stdout
