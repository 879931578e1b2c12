import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import Preimage
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient import requests
from haidang_syncclient.client import Report
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.drafts import Draft
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import CutError, WrongServerError
from haidang_syncclient.http_transport import PLAIN, HttpTransport
from haidang_syncclient.officer import Officer
from haidang_syncclient.replica import Replica
from haidang_syncclient.requests import Wishes
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.views import counts, history, waiting
from tests.syncclient.hub import Hub, sync
from tests.syncclient.village import (
    COMMUNE,
    DEPLOYMENT,
    EVERYTHING,
    GENESIS,
    HEAD,
    OFFICER,
    REPORTER,
    REPORTS_HERE,
    TOP,
    Clock,
    Village,
    key,
    randomness,
)
from tests.syncclient.weak_link import WeakLink

RECORD = Preimage("F01M", None, "171/2.1a", b"\x05" * 16)
NAMES = count()
TEN_YEARS_S = 10 * 365 * 24 * 3600


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def prove(replica: Replica, url: str) -> None:
    with replica.writing():
        replica.hub.prove(url, PLAIN, DEPLOYMENT.hub)


def met(replica: Replica, hub: Hub, url: str = "") -> Report:
    """A sync that comes to its end."""
    report = sync(replica, url or hub.url)
    assert report.error is None, report.error
    assert not report.held_back
    assert not report.diverged
    return report


def write(replica: Replica, field: str, value: object) -> None:
    FormSession(replica, REPORTS_HERE, RECORD).put(field, value).save()


def values(replica: Replica, field: str) -> list[object]:
    state = replica.state(REPORTS_HERE, FormSession(replica, REPORTS_HERE, RECORD).id)
    return sorted(reading.register(state, field).values, key=str)


def ever(replica: Replica) -> set[object]:
    """Every value that was ever put."""
    record = FormSession(replica, REPORTS_HERE, RECORD).id
    return {entry.value for entry in history(replica, REPORTS_HERE, record)}


def agree(*replicas: Replica) -> bool:
    return len({replica.ledger.scope_digests(REPORTS_HERE) for replica in replicas}) == 1


def test_two_phones_meet_through_the_hub(village: Village, hub: Hub) -> None:
    here, there = village.replica("a", REPORTER, HEAD), village.replica("b")
    write(here, "so_ho", 120)
    write(there, "so_ho", 125)
    for replica in (here, there, here):
        met(replica, hub)
    assert values(here, "so_ho") == values(there, "so_ho") == [120, 125]
    assert (counts(here).received, counts(here).saved, counts(here).conflicts) == (1, 0, 1)
    assert agree(here, there)


def test_a_server_proves_itself_once_and_is_remembered(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    assert met(phone, hub).traffic.requests == 3
    assert phone.hub.proven(hub.url, PLAIN) == DEPLOYMENT.hub
    assert met(phone, hub).traffic.requests == 1


def test_a_stranger_gets_nothing(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    other = Deployment(GENESIS, key("another hub").key, hub.url, COMMUNE)
    with phone.writing():
        phone.device.put_meta("deployment", other.to_bytes())
    phone = village.reopened(phone)
    report = sync(phone, hub.url)
    assert isinstance(report.error, WrongServerError)
    assert report.traffic.requests == 1
    assert counts(phone).saved == 1


def test_a_sync_without_news_is_one_round_trip_and_a_few_hundred_bytes(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    for hundred in range(100):
        drafts = [Draft(op.PUT, bytes([7, hundred, at]) + bytes(13), "so_ho", at) for at in range(100)]
        phone.save(REPORTS_HERE, drafts)
    met(phone, hub)
    assert len(phone.states(REPORTS_HERE)) == 10_000
    traffic = met(phone, hub).traffic
    assert traffic.requests == 1
    assert max(traffic.bodies_up, traffic.bodies_down) <= 500
    assert traffic.up + traffic.down <= 1500


def test_ten_edited_fields_are_one_round_trip_and_less_than_a_kilobyte_up(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    for turn in range(2):
        form = FormSession(phone, REPORTS_HERE, RECORD)
        for field in range(10):
            form.put(f"chi_tieu_{field}", 1000 * turn + field)
        form.save()
        traffic = met(phone, hub).traffic
    assert traffic.requests == 1
    assert traffic.up <= 1000


def test_what_is_measured_is_what_goes_over_the_wire(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    write(phone, "so_ho", 1)
    met(phone, hub)
    with WeakLink(hub.port) as link:
        prove(phone, link.url)
        traffic = met(phone, hub, link.url).traffic
        assert (traffic.up, traffic.down) == (link.bytes_up, link.bytes_down)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_connection_cut_at_any_byte_loses_and_doubles_nothing(
    village: Village, hub: Hub, data: st.DataObject
) -> None:
    phone = village.replica(f"phone {next(NAMES)}")
    met(phone, hub)
    before = counts(phone).received
    form = FormSession(phone, REPORTS_HERE, RECORD)
    for number in range(data.draw(st.integers(1, 5), label="saves")):
        form.count("luot", 1).put(f"muc_{number}", number).save()
        phone.seal()
    side = data.draw(st.sampled_from(["up", "down"]))
    with WeakLink(hub.port, **{side: data.draw(st.integers(0, 900), label="bytes")}) as link:
        prove(phone, link.url)
        assert isinstance(sync(phone, link.url).error, CutError | None)
    report = met(phone, hub)
    assert report.traffic.requests <= 2
    assert counts(phone).received == before + number + 1
    other = village.replica(f"reader {next(NAMES)}")
    for replica in (other, phone):
        met(replica, hub)
    assert agree(phone, other)


def test_a_lost_response_is_made_good_by_the_next_sync(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    met(phone, hub)
    write(phone, "so_ho", 7)
    with WeakLink(hub.port, down=0) as link:
        prove(phone, link.url)
        assert isinstance(sync(phone, link.url).error, CutError)
    assert (counts(phone).received, counts(phone).saved) == (0, 1)
    report = met(phone, hub)
    assert (report.received, report.traffic.requests) == (1, 2)
    assert counts(phone).received == 1


def test_the_same_request_twice_gets_the_same_receipt(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    met(phone, hub)
    write(phone, "so_ho", 7)
    phone.seal()
    request = requests.build(phone, bookmarks.load(phone), Wishes(push_bytes=10**6, pull_bytes=10**6))
    with HttpTransport(hub.url) as transport:
        for _ in range(2):
            list(transport.sync(request.body, lambda _certificate: True, lambda _done, _all: None))
    report = met(phone, hub)
    assert report.received == 1
    assert len(phone.hub.receipts()) >= 2


def test_six_months_of_absence_end_with_one_sync(village: Village, hub: Hub) -> None:
    away, busy = village.replica("away"), village.replica("busy")
    met(away, hub)
    write(away, "so_ho", 1)
    for day in range(180):
        write(busy, "ngay", day)
        if day % 3 == 0:
            busy.seal()
        if day % 60 == 0:
            met(busy, hub)
    met(busy, hub)
    assert isinstance(away.clock, Clock)
    away.clock.seconds += 180 * 24 * 3600
    write(away, "so_ho", 2)
    report = met(away, hub)
    assert report.traffic.requests <= 3
    met(busy, hub)
    assert agree(away, busy)
    assert ever(away) == ever(busy) == {*range(180)}
    assert values(busy, "so_ho") == [2]


def test_a_small_budget_only_takes_more_trips(
    village: Village, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_syncclient.client.PULL_FIRST", 4_000)
    monkeypatch.setattr("haidang_syncclient.client.PUSH_FIRST", 2_000)
    monkeypatch.setattr("haidang_syncclient.client.BYTES_MAX", 4_000)
    writer, reader = village.replica("a"), village.replica("b")
    for number in range(40):
        FormSession(writer, REPORTS_HERE, RECORD).put(f"muc_{number}", "x" * 200 + str(number)).save()
        writer.seal()
    assert met(writer, hub).traffic.requests > 3
    assert met(reader, hub).traffic.requests > 3
    met(writer, hub)
    assert agree(writer, reader)


def test_a_phone_ten_years_ahead_neither_wins_nor_loses_anything(village: Village, hub: Hub) -> None:
    wrong, right = village.replica("wrong", ahead=TEN_YEARS_S), village.replica("right")
    write(wrong, "so_ho", 1)
    met(wrong, hub)
    met(right, hub)
    write(right, "so_ho", 2)
    met(right, hub)
    met(wrong, hub)
    assert values(wrong, "so_ho") == values(right, "so_ho") == [2]
    assert agree(wrong, right)


def copied(village: Village, replica: Replica, name: str) -> Replica:
    """A copy of a phone as it is now, with the same key: a clone, or a backup that is put back."""
    copy = village.folder / f"{name}.db"
    replica.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(replica.path, copy)
    found = Replica.open(copy, replica.signer, clock=replica.clock, randomness=randomness(name))
    village.keep(found)
    return found


def test_a_restored_phone_drops_what_it_had_sealed_and_sent_before(village: Village, hub: Hub) -> None:
    phone = village.replica("a")
    met(phone, hub)
    write(phone, "so_ho", 1)
    backup = copied(village, phone, "backup")
    met(phone, hub)
    write(phone, "so_ho", 2)
    met(phone, hub)
    assert len(backup.device.pending(REPORTS_HERE)) == 1
    met(backup, hub)
    assert values(backup, "so_ho") == [2]
    write(backup, "so_ho", 3)
    met(backup, hub)
    met(phone, hub)
    assert values(phone, "so_ho") == values(backup, "so_ho") == [3]
    assert ever(backup) == {1, 2, 3}
    assert agree(phone, backup)


def test_a_clone_in_honest_hands_does_no_harm(village: Village, hub: Hub) -> None:
    """L3: both go on, both keep their values, and after the fork the log goes on in the next incarnation."""
    phone = village.replica("a")
    write(phone, "chung", 0)
    met(phone, hub)
    clone = copied(village, phone, "clone")
    for turn in range(3):
        write(phone, "so_ho", f"máy {turn}")
        write(clone, "so_ho", f"bản sao {turn}")
        FormSession(phone, REPORTS_HERE, RECORD).count("luot", 1).save()
        FormSession(clone, REPORTS_HERE, RECORD).count("luot", 1).save()
        for replica in (phone, clone, phone):
            met(replica, hub)
    record = FormSession(phone, REPORTS_HERE, RECORD).id
    assert agree(phone, clone)
    assert reading.tally(phone.state(REPORTS_HERE, record), "luot") == 6
    assert ever(phone) >= {f"{who} {turn}" for who in ("máy", "bản sao") for turn in range(3)}
    incarnations = {held.facts.incarnation for held in phone.store.in_scope(REPORTS_HERE, {phone.key})}
    assert incarnations >= {0, 1}
    assert not waiting(phone, REPORTS_HERE)


def test_a_hub_put_back_to_an_old_backup_is_healed_by_its_clients(village: Village, hub: Hub) -> None:
    early, late = village.replica("early"), village.replica("late")
    write(early, "a", 1)
    met(early, hub)
    met(late, hub)
    kept = hub.backup("kept")
    for replica, field in ((early, "b"), (late, "c"), (early, "d")):
        write(replica, field, 2)
        met(replica, hub)
    met(late, hub)
    hub.put_back(kept)
    overtaking = village.replica("overtaking")
    for number in range(9):
        FormSession(overtaking, REPORTS_HERE, RECORD).put(f"moi_{number}", number).save()
        overtaking.seal()
    met(overtaking, hub)
    report = met(late, hub)
    assert report.healed == 1
    for replica in (early, overtaking, late, early):
        met(replica, hub)
    assert agree(early, late, overtaking)
    assert counts(early).received == 3
    for replica in (early, late, overtaking):
        assert verify_replica(replica, processes=0).sound


def test_a_restarted_hub_knows_no_nonce_and_nothing_is_lost_by_that(village: Village, hub: Hub) -> None:
    phone, other = village.replica("a"), village.replica("b")
    met(phone, hub)
    met(other, hub)
    hub.stop()
    hub.start()
    write(other, "so_ho", 5)
    met(other, hub)
    report = met(phone, hub)
    assert report.traffic.requests == 3, "a hello at the new address, a request for a nonce, the pull"
    assert values(phone, "so_ho") == [5]


def test_a_set_that_is_damaged_at_the_hub_is_passed_over_and_stops_nothing(
    village: Village, hub: Hub
) -> None:
    writer, reader = village.replica("a"), village.replica("b")
    met(reader, hub)
    for number in range(12):
        FormSession(writer, REPORTS_HERE, RECORD).put(f"muc_{number}", number).save()
        writer.seal()
    met(writer, hub)
    damaged = writer.store.in_scope(REPORTS_HERE)[4].facts.id
    hub.damage(damaged)
    met(reader, hub)
    held = {each.facts.id for each in reader.store.in_scope(REPORTS_HERE)}
    assert {each.facts.id for each in writer.store.in_scope(REPORTS_HERE)} - held == {damaged}
    ((sequence, code, _),) = reader.hub.passed_over()
    assert sequence == writer.hub.placed([damaged])[damaged].sequence
    assert code
    assert counts(reader).passed_over == 1
    assert met(reader, hub).traffic.requests == 1


def test_a_revoked_phone_keeps_its_work_and_learns_why_it_does_not_count(village: Village, hub: Hub) -> None:
    phone, office = village.replica("a"), village.replica("office", EVERYTHING, at=TOP)
    write(phone, "so_ho", 1)
    met(phone, hub)
    met(office, hub)
    officer = Officer(office, OFFICER)
    officer.revoke(phone.key, officer.kept_if_received(phone.key), "mất máy")
    met(office, hub)
    write(phone, "so_ho", 2)
    report = met(phone, hub)
    assert report.received == 1
    (found,) = waiting(phone)
    assert (found.own, found.verdict.reason) == (True, "revoked")
    assert values(phone, "so_ho") == [1]
    assert ever(phone) == {1, 2}
    met(office, hub)
    officer.adopt([found.set_id], reason="việc thật")
    met(office, hub)
    assert values(office, "so_ho") == [2]
