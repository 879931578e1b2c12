"""What goes wrong under a hub: kills, cuts, full disks, read-only folders, other versions. Nothing acknowledged is lost."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.envelope import OpenedSet
from haidang_server.app import create_app
from haidang_server.database import DATABASE_NAME, check_sqlite, open_for_writing
from haidang_server.errors import DatabaseNewerError, ServerError, SqliteTooOldError
from haidang_server.inspection import inspect
from haidang_server.settings import Settings
from haidang_server.system_clock import now
from tests.rootless import as_nobody
from tests.server.caller import Answer, Caller
from tests.server.running import MEDIA_TYPE, Running, made_hub, running
from tests.server.world import World


def silent(_done: int, _all: int) -> None:
    """Nobody looks."""


class Process:
    """A hub in a process of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "haidang_server", "serve", "--data", str(folder), "--port", "0"]
        settings = {"HAIDANG_OPENERS": "0", "HAIDANG_LOG_LEVEL": "error", "HAIDANG_DISK_RESERVE_MIB": "0"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **settings, **environment},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def post(self, body: bytes) -> httpx2.Response:
        return httpx2.post(
            f"{self.url}/v1/sync", content=body, headers={"content-type": MEDIA_TYPE}, timeout=30
        )

    def sync(self, caller: Caller, sets: Sequence[OpenedSet], **options: Any) -> Answer:
        return caller.read(self.post(caller.request(sets, **options)).content)

    def end(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; its exit code and what it said."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


@contextmanager
def process(folder: Path, **environment: str) -> Iterator[Process]:
    hub = Process(folder, **environment)
    try:
        yield hub
    finally:
        if hub.process.poll() is None:
            hub.end(signal.SIGKILL)


def test_what_was_acknowledged_survives_kill_9(folder: Path, world: World) -> None:
    reports = [world.phone.report(number) for number in range(120)]
    acknowledged: list[bytes] = []
    phone = Caller(world, world.phone)
    with process(folder) as hub:

        def push() -> None:
            for report in reports:
                try:
                    answer = hub.sync(phone, [report])
                except (httpx2.HTTPError, AssertionError):
                    return
                acknowledged.extend(answer.received)

        thread = threading.Thread(target=push)
        thread.start()
        time.sleep(0.6)
        hub.end(signal.SIGKILL)
        thread.join()
    assert acknowledged
    with process(folder) as hub:
        answer = hub.sync(phone, reports, tips=())
        assert answer.receipt is not None
        (entry,) = answer.receipt.entries
        assert (entry.tip, entry.sets, entry.first_sequence) == (reports[-1].id, len(reports), 3)
        assert hub.end()[0] in (0, -signal.SIGTERM)
    assert inspect(folder, silent, pages=True, processes=0).findings == []


def test_a_response_that_is_lost_after_the_commit_costs_one_more_round_trip(
    folder: Path, world: World
) -> None:
    phone, report = Caller(world, world.phone), world.phone.report(0)
    with running(folder) as hub:
        body = phone.request([report])
        lost = phone.read(hub.post(body).content)
        phone.nonce = None
        again = phone.read(hub.post(body).content)
        assert again.receipt == lost.receipt
        assert hub.sync(phone).sets


def raw_request(body: bytes) -> bytes:
    head = f"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def cut(hub: Running, data: bytes, at: int) -> None:
    """Send the first bytes of a request, then be gone."""
    with socket.create_connection(("127.0.0.1", hub.port)) as connection:
        connection.sendall(data[:at])


def size_of(hub: Running) -> int:
    return int(hub.http.get("/readyz").json()["size"])


def test_a_connection_cut_at_any_byte_keeps_whole_groups_and_loses_nothing(
    folder: Path, world: World
) -> None:
    phone = Caller(world, world.phone)
    reports = [world.phone.report(number) for number in range(150)]
    with running(folder) as hub:
        data = raw_request(phone.request(reports, tips=()))
        held = set()
        for at in [*range(0, len(data), max(1, len(data) // 40)), len(data) - 1]:
            cut(hub, data, at)
            held.add(size_of(hub))
        assert held <= {3, 3 + 64, 3 + 128, 3 + 150}
        assert len(held) > 2
        answer = hub.sync(phone, reports, tips=())
        assert answer.receipt is not None
        assert [(each.tip, each.sets) for each in answer.receipt.entries] == [(reports[-1].id, 150)]
    assert inspect(folder, silent, processes=0).findings == []


def test_a_full_disk_takes_nothing_acknowledges_nothing_and_still_reads(folder: Path, world: World) -> None:
    phone = Caller(world, world.phone)
    before = [world.phone.report(number) for number in range(3)]
    after = world.phone.report(3, values=60)
    with running(folder) as hub:
        hub.sync(phone, before)
        connection = hub.app.state.service.hub.connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        response = hub.post(phone.request([after]))
        assert (response.status_code, response.json()["code"]) == (507, "disk-full")
        assert response.headers["retry-after"]
        auditor = Caller(world, world.auditor)
        hub.sync(auditor)
        assert [each.id for each in before] == hub.sync(auditor).ids[-3:]
        connection.execute("PRAGMA max_page_count = 1000000")
        assert hub.sync(phone, [after]).received == {after.id}
    assert inspect(folder, silent, processes=0).findings == []


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of a mebibyte at a folder; False where nobody may mount one."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(mounting, check=False, capture_output=True).returncode
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_file_system_without_room_takes_nothing_and_still_reads(tmp_path: Path, world: World) -> None:
    """Where nobody may mount a small one, SQLite's own limit of pages stands for it."""
    with small_disk(tmp_path / "small") as mounted:
        folder = made_hub(tmp_path / "small" / "hub", world, world.founding)
        phone = Caller(world, world.phone)
        stored: set[bytes] = set()
        with running(folder) as hub:
            if not mounted:
                hub.app.state.service.hub.connection.execute("PRAGMA max_page_count = 80")
            for number in range(300):
                report = world.phone.report(number, values=60)
                response = hub.post(phone.request([report]))
                if response.status_code == 507:
                    break
                stored |= phone.read(response.content).received
            assert response.status_code == 507
            assert stored
            assert hub.http.get("/readyz").status_code in (200, 503)
            auditor = Caller(world, world.auditor)
            hub.sync(auditor)
            assert stored <= set(hub.sync(auditor).ids)
        assert inspect(folder, silent, processes=0).findings == []


def test_less_room_than_the_reserve_takes_nothing(folder: Path, world: World) -> None:
    with running(folder, disk_reserve_mib=10**6) as hub:
        response = hub.post(Caller(world, world.phone).request([world.phone.report(0)]))
        assert (response.status_code, response.json()["code"]) == (507, "disk-full")
        ready = hub.http.get("/readyz")
        assert (ready.status_code, ready.json()["room"]) == (503, False)
        assert hub.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_second_hub_on_one_folder_is_refused(folder: Path, lang: str) -> None:
    with process(folder):
        second = Process(folder, HAIDANG_LANG=lang)
        _, said = second.process.communicate(timeout=20)
        assert second.process.returncode == 3
        assert ("máy chủ khác" if lang == "vi" else "Another server") in said


def refused(folder: Path) -> ServerError:
    with pytest.raises(ServerError) as caught, running(folder):
        pass
    return caught.value


def test_a_database_of_a_newer_version_is_refused_untouched(folder: Path) -> None:
    connection = open_for_writing(folder / DATABASE_NAME)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('hub', 'far_future', '')"
    )
    connection.close()
    before = (folder / DATABASE_NAME).read_bytes()
    error = refused(folder)
    assert isinstance(error, DatabaseNewerError)
    assert "far_future" in error.sentence("en")
    assert (folder / DATABASE_NAME).read_bytes() == before


def test_an_old_sqlite_is_refused() -> None:
    check_sqlite(sqlite.sqlite_version)
    for version in ("3.40.1", "3.51.2"):
        with pytest.raises(SqliteTooOldError, match=version):
            check_sqlite(version)


def test_a_file_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / DATABASE_NAME).write_bytes(b"hello" * 1_000)
    assert refused(folder).code == "damaged-database"


def test_a_folder_without_a_hub_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "no-hub"


def test_a_key_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "hub.key").chmod(0o644)
    assert refused(folder).code == "bad-file"


def test_a_read_only_folder_is_refused_with_a_sentence(folder: Path) -> None:
    for above in [each for each in folder.parents if "pytest-" in str(each)]:
        above.chmod(0o755)
    before = (folder / DATABASE_NAME).read_bytes()
    folder.chmod(0o555)
    try:
        said = as_nobody(lambda: create_app(Settings(data=folder), now, os.urandom))
    finally:
        folder.chmod(0o700)
    assert "cannot be written to" in said
    assert "Nothing was changed" in said
    assert (folder / DATABASE_NAME).read_bytes() == before
