"""SIGKILL at many points that are counted, not drawn: before the n-th statement of a real sync, at the client or at the hub."""

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from haidang_protocol import reading
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import NetworkError
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.views import counts
from tests.server.running import running
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_sync import met
from tests.syncclient.village import REPORTS_HERE, Clock, Village, randomness

RECORD = b"\x07" * 16
SAVES = 3


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def dies_at(connection: Any, statement: int) -> None:
    """Let this process die, as if by a power cut of its own, when the connection begins that statement."""
    seen = iter(range(statement))

    def trace(_sql: str) -> None:
        if next(seen, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.set_trace_callback(trace)


def forked(work: Callable[[], None]) -> int:
    """Run something in a child; its process id."""
    with warnings.catch_warnings():
        # Nothing here holds a lock while it forks: the hub's threads wait for requests.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def finished(child: int) -> bool:
    """Whether a child came to its end, rather than to a kill."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def saved_and_synced(path: Path, replica: Replica, url: str, statement: int) -> None:
    """Save three times and sync, with the statements counted."""
    again = Replica.open(path, replica.signer, clock=Clock(), randomness=randomness(("killed", statement)))
    dies_at(again.database.connection, statement)
    for number in range(SAVES):
        FormSession(again, REPORTS_HERE, RECORD).put(f"muc_{number}", number).count("luot", 1).save()
    sync(again, url)


def test_a_client_killed_before_any_of_its_statements_goes_on_where_it_was(
    village: Village, hub: Hub
) -> None:
    """What was saved before is there once, at the client and at the hub, and no run of it is doubled by the next."""
    phone = village.replica("phone")
    met(phone, hub)
    phone.close()
    tally, done, statement = 0, False, 0
    while not done:
        done = finished(forked(partial(saved_and_synced, phone.path, phone, hub.url, statement)))
        phone = village.reopened(phone, statement)
        known = reading.tally(phone.state(REPORTS_HERE, RECORD), "luot") if phone.scopes() else 0
        assert tally <= known <= tally + SAVES
        tally = known
        met(phone, hub)
        assert counts(phone).saved == 0
        assert reading.tally(phone.state(REPORTS_HERE, RECORD), "luot") == tally
        phone.close()
        statement += 5
    assert statement > 70
    phone = village.reopened(phone, "end")
    reader = village.replica("reader")
    met(reader, hub)
    assert reading.tally(reader.state(REPORTS_HERE, RECORD), "luot") == tally
    assert verify_replica(phone, processes=0).sound


def served(folder: Path, statement: int, told: int) -> None:
    """Serve a hub whose writer dies before that statement, counted from the first request on; say where it listens."""
    with running(folder) as hub:
        dies_at(hub.app.state.service.hub.connection, statement)
        os.write(told, f"http://127.0.0.1:{hub.port}\n".encode())
        signal.pause()


def test_a_hub_killed_before_any_of_its_statements_loses_nothing_that_it_acknowledged(
    village: Village, tmp_path: Path
) -> None:
    hub = Hub(tmp_path, village)
    phone = village.replica("phone")
    saves, points, statement, done = 0, 0, 1, False
    while not done:
        ear, mouth = os.pipe()
        child = forked(partial(served, hub.folder, statement, mouth))
        os.close(mouth)
        with os.fdopen(ear) as said:
            url = said.readline().strip()
        received = counts(phone).received
        FormSession(phone, REPORTS_HERE, RECORD).put(f"muc_{saves}", saves).count("luot", 1).save()
        saves += 1
        try:
            report = sync(phone, url)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert report.healed == 0
        assert isinstance(report.error, NetworkError | None), report.error
        done = report.error is None
        assert counts(phone).received >= received
        points += 1
        statement += 4
    assert points > 5
    with hub:
        reader = village.replica("reader")
        for replica in (phone, reader, phone):
            met(replica, hub)
        assert counts(phone).received == saves
        assert reading.tally(reader.state(REPORTS_HERE, RECORD), "luot") == saves
        assert phone.ledger.scope_digests(REPORTS_HERE) == reader.ledger.scope_digests(REPORTS_HERE)
