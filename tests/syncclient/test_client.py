from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_syncclient.client import BYTES_MIN, Progress, Surroundings, SyncClient
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import BusyError, CaptivePortalError, CutError, NoKeyError, OfflineError
from haidang_syncclient.http_transport import PLAIN, HttpTransport
from haidang_syncclient.hub_tables import Placed
from haidang_syncclient.replica import Replica
from haidang_syncclient.session import State
from haidang_syncclient.views import counts
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_http_transport import answer
from tests.syncclient.test_sync import met
from tests.syncclient.village import DEPLOYMENT, REPORTS_HERE, Village, randomness
from tests.syncclient.weak_link import Portal, WeakLink

RECORD = b"\x07" * 16
PROBLEM = "application/problem+json"


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


@pytest.fixture
def phone(village: Village) -> Replica:
    made = village.replica("phone")
    FormSession(made, REPORTS_HERE, RECORD).put("so_ho", 1).save()
    return made


def proven(replica: Replica, url: str) -> str:
    with replica.writing():
        replica.hub.prove(url, PLAIN, DEPLOYMENT.hub)
    return url


def test_a_busy_server_is_asked_again_when_it_wishes(phone: Replica) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) < 3

    busy = answer("503 Service Unavailable", PROBLEM, b'{"code": "busy"}', "Retry-After: 30")
    with Portal(busy) as portal:
        report = sync(phone, proven(phone, portal.url), 9, wait)
    assert [30 <= seconds <= 31 for seconds in waited] == [True] * 3
    assert isinstance(report.error, BusyError)
    assert report.waited_s == sum(waited)
    assert counts(phone).saved == 1


def test_failures_are_waited_out_longer_and_longer_until_patience_ends(phone: Replica) -> None:
    waited: list[float] = []
    with Portal(b"") as portal:
        url = portal.url

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return True

    report = sync(phone, url, 4, wait)
    assert isinstance(report.error, OfflineError)
    assert len(waited) == 4
    assert waited == sorted(waited)


def test_a_portal_is_told_and_nothing_is_lost(phone: Replica) -> None:
    with Portal(answer("200 OK", body=b"<html>")) as portal:
        report = sync(phone, portal.url)
    assert isinstance(report.error, CaptivePortalError)
    assert not report.complete
    assert counts(phone).saved == 1


def test_after_a_wait_the_sync_goes_on_by_itself(phone: Replica, hub: Hub) -> None:
    hub.stop()
    hub_back: list[float] = []

    def wait(seconds: float) -> bool:
        hub_back.append(seconds)
        hub.start(port)
        return True

    port = hub.port
    report = sync(phone, hub.url, 1, wait)
    assert report.complete, report.error
    assert len(hub_back) == 1
    assert counts(phone).received == 1


def test_pieces_get_smaller_where_connections_break(phone: Replica, hub: Hub) -> None:
    with WeakLink(hub.port, up=100) as link, HttpTransport(proven(phone, link.url)) as transport:
        client = SyncClient(
            phone, transport, Surroundings(lambda: 0.0, lambda _seconds: True, failures_max=20)
        )
        client.sync()
        assert client._wishes.push_bytes == client._wishes.pull_bytes == BYTES_MIN


def test_a_link_that_lets_only_small_replies_through_is_given_up(
    village: Village, phone: Replica, hub: Hub
) -> None:
    neighbour = village.replica("neighbour")
    for number in range(40):
        FormSession(neighbour, REPORTS_HERE, number.to_bytes(16)).put(
            "b", randomness(number)(60).hex()
        ).save()
    met(neighbour, hub)
    waits = 0

    def wait(_seconds: float) -> bool:
        nonlocal waits
        waits += 1
        assert waits < 100, "it never ends"
        return True

    with WeakLink(hub.port, down=2_000) as link:
        report = sync(phone, proven(phone, link.url), 5, wait)
    assert isinstance(report.error, CutError)
    assert 5 < waits < 20


def test_a_hub_that_does_not_know_the_key_gets_the_certificates(phone: Replica, hub: Hub) -> None:
    with phone.writing():
        ids = [held.facts.id for scope in phone.store.scopes() for held in phone.store.in_scope(scope)]
        phone.hub.place({set_id: Placed(1, at, 1) for at, set_id in enumerate(ids)})
    report = sync(phone, hub.url)
    assert report.complete, report.error
    assert counts(phone).received == 1


def test_progress_is_told_by_state_and_bytes(phone: Replica, hub: Hub) -> None:
    seen: list[Progress] = []
    with HttpTransport(hub.url) as transport:
        SyncClient(phone, transport, Surroundings(lambda: 0.0, lambda _seconds: True, seen.append)).sync()
    states = list(dict.fromkeys(progress.state for progress in seen))
    assert states == [State.GREETING, State.SENDING, State.RECEIVING, State.DONE]
    assert any(progress.total and progress.done == progress.total for progress in seen)


def test_without_the_key_nothing_is_sent(village: Village, phone: Replica, hub: Hub) -> None:
    phone.close()
    with (
        Replica.open(phone.path, clock=phone.clock, randomness=randomness(9)) as reading,
        pytest.raises(NoKeyError),
    ):
        sync(reading, hub.url)


def test_what_the_hub_does_not_take_is_held_back_and_stops_nothing(
    village: Village, phone: Replica, hub: Hub
) -> None:
    """A set that was damaged on this device is refused at the door; everything else arrives."""
    phone.seal()
    FormSession(phone, REPORTS_HERE, RECORD).put("b", 2).save()
    (second,) = phone.seal()
    damaged = bytes([second.parts.signature[0] ^ 1, *second.parts.signature[1:]])
    phone.database.execute(
        "UPDATE parts SET signature = ? WHERE place = (SELECT place FROM sets WHERE id = ?)",
        (damaged, second.id),
    )
    report = sync(phone, hub.url)
    assert report.complete, report.error
    assert report.held_back == {second.id: "bad-signature"}
    assert (counts(phone).received, counts(phone).saved) == (1, 1)
