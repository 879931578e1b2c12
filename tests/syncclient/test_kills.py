"""kill -9 of either side at random moments: what was shown as saved is there, once."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import NetworkError, OfflineError
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.views import counts, history
from tests.syncclient.hub import Hub, HubProcess, sync
from tests.syncclient.test_sync import met
from tests.syncclient.village import REPORTS_HERE, Clock, Village, key, randomness

RECORD = b"\x07" * 16
WORK = """
import sys
from tests.syncclient.test_kills import work
work(*sys.argv[1:])
"""


def work(path: str, url: str, start: str) -> None:
    """Save, seal and sync without an end; each number is told only after it is saved."""
    replica = Replica.open(Path(path), key("phone"), clock=Clock(), randomness=randomness(start))
    number = int(start)
    while True:
        FormSession(replica, REPORTS_HERE, RECORD).put("so", number).count("luot", 1).save()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1
        if number % 3 == 0:
            replica.seal()
        if number % 5 == 0:
            sync(replica, url)


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def test_a_client_killed_at_any_moment_keeps_what_it_showed_as_saved(village: Village, hub: Hub) -> None:
    phone = village.replica("phone")
    phone.close()
    draw, told = random.Random(7), list[int]()
    for _ in range(3):
        start = (told[-1] + 2) if told else 0
        command = [sys.executable, "-c", WORK, str(phone.path), hub.url, str(start)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        told.append(int(child.stdout.readline()))
        time.sleep(draw.uniform(0.0, 0.5))
        child.kill()
        told += map(int, child.stdout.read().split())
        child.stdout.close()
        child.wait()
    phone = village.reopened(phone)
    kept = {entry.value for entry in history(phone, REPORTS_HERE, RECORD) if entry.kind == op.PUT}
    assert set(told) <= kept <= {*told, *(number + 1 for number in told)}
    met(phone, hub)
    assert reading.tally(phone.state(REPORTS_HERE, RECORD), "luot") == len(kept)
    assert counts(phone).received == len(kept)
    assert len(reading.register(phone.state(REPORTS_HERE, RECORD), "so").values) == 1
    assert verify_replica(phone, processes=0).sound


def test_a_hub_killed_at_any_moment_loses_nothing_that_it_received(village: Village, tmp_path: Path) -> None:
    running = Hub(tmp_path, village)
    phone, reader = village.replica("phone"), village.replica("reader")
    process, draw = HubProcess(running.folder), random.Random(3)
    received = 0
    for turn in range(3):
        url = process.start()
        killer = threading.Timer(draw.uniform(0.0, 0.4), process.kill)
        killer.start()
        for number in range(100):
            FormSession(phone, REPORTS_HERE, RECORD).put(f"muc_{turn}", number).save()
            report = sync(phone, url)
            received = counts(phone).received
            if report.error is not None:
                assert isinstance(report.error, NetworkError)
                break
        killer.join()
        assert counts(phone).received == received
    url = process.start()
    try:
        for replica in (phone, reader, phone):
            report = sync(replica, url)
            assert report.error is None, report.error
            assert report.healed == 0
        assert counts(phone).saved == 0
        assert phone.ledger.scope_digests(REPORTS_HERE) == reader.ledger.scope_digests(REPORTS_HERE)
    finally:
        process.kill()
    assert isinstance(sync(phone, url).error, OfflineError)
