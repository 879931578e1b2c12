"""The index over the merged records: equal to one made anew whatever happened, and quick."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import reading
from haidang_protocol.body import Operation, record_id
from haidang_protocol.canonical import decode
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.envelope import OpenedSet, open_set, redact
from haidang_protocol.ids import AUTHORITY, scope_kind
from haidang_protocol.operations import FORM, PUT, REDACT
from haidang_protocol.statements import Receipt, ReceiptEntry, sign
from haidang_protocol.workflow import stage
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.earlier import keep
from haidang_server.founding import found_hub
from haidang_server.hub import Hub
from haidang_server.reading.authority import Authority, AuthorityLedger
from haidang_server.reading.index import Index
from haidang_server.reading.index_tables import INDEX_NAME, drop_index
from haidang_server.reading.labels import civil_date
from haidang_server.reading.room import ReadingRoom
from haidang_server.reading.snapshot import Filter, Snapshot
from tests.protocol.histories import history
from tests.server.reading_desk import stand_in
from tests.server.shelf import Shelf, Stand
from tests.server.world import START, raw

Rows = set[tuple[Any, ...]]
HUB_KEY = Shelf().hub_key


def rows_of(connection: sqlite.Connection) -> dict[str, Rows]:
    """All that an index says, marks of change apart."""
    queries = {
        "touched": "SELECT * FROM touched",
        "astray": "SELECT * FROM astray",
        "forms": "SELECT * FROM forms",
        "listed": "SELECT record, scope, family, form, day, directive, period, stage, hidden, conflicts, waiting"
        " FROM listed",
        "mark": "SELECT * FROM mark",
        "earlier": "SELECT * FROM earlier",
        "unresolved": "SELECT * FROM unresolved",
        "redacted": "SELECT * FROM redacted",
    }
    return {name: set(connection.execute(query).fetchall()) for name, query in queries.items()}


def made_anew(hub: Path) -> dict[str, Rows]:
    """What an index says that never saw anything but the hub as it is."""
    with TemporaryDirectory() as folder:
        index = Index(Path(folder), hub)
        index.follow()
        rows = rows_of(index.pinned())
        index.close()
    return rows


@settings(phases=[Phase.explicit, Phase.generate], max_examples=15)
@given(st.integers(0, 2**32))
def test_whatever_arrives_in_whatever_order_the_index_equals_one_made_anew(seed: int) -> None:
    told = history(seed, 35)
    random = Random(seed)
    sets = random.sample(told.sets, len(told.sets))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "hub" / DATABASE_NAME
        found_hub(file.parent, genesis_from_value(decode(told.genesis)), HUB_KEY, START)
        hub = Hub(open_for_writing(file), HUB_KEY)
        index = Index(Path(folder), file)
        while sets:
            some, sets = sets[: (size := random.randint(1, 8))], sets[size:]
            with hub.transaction(START + 100):
                hub.take(some)
            if random.random() < 0.7:
                index.follow()
        index.follow()
        assert rows_of(index.pinned()) == made_anew(file)
        assert_equal_to_the_ledger(index, hub)
        assert_authority_as_if_read_anew(index, hub)
        index.close()
        hub.connection.close()


def assert_equal_to_the_ledger(index: Index, hub: Hub) -> None:
    """What is listed says the same as the merged records themselves."""
    numbers = dict(index.pinned().execute("SELECT scope, name FROM hub.scopes").fetchall())
    listed = {
        (numbers[scope], record): said
        for record, scope, *said in index.pinned().execute(
            "SELECT record, scope, stage, hidden, conflicts FROM listed"
        )
    }
    merged = {
        (scope, record): [
            stage(reading.attests(state)),
            reading.hidden(state),
            len(reading.conflicts(state)),
        ]
        for scope in hub.ledger.scopes()
        if scope_kind(scope) != AUTHORITY
        for record, state in hub.store.all_records(scope)
    }
    assert {
        place: [stage, bool(hidden), conflicts] for place, (stage, hidden, conflicts) in listed.items()
    } == merged


def assert_authority_as_if_read_anew(index: Index, hub: Hub) -> None:
    """What was kept from state to state says the same as what is read at once."""
    kept, anew = index.follow(), Authority(AuthorityLedger(index.pinned()), 0)
    assert kept.closures == anew.closures
    keys = {key for scope in hub.ledger.scopes() for key in hub.store.keys_in(scope)}
    for key in keys:
        assert kept.reach_of_key(key, START) == anew.reach_of_key(key, START)
        for unit in kept.closures:
            assert kept.person(key, unit) == anew.person(key, unit)


# ------------------------------------------------------------------------------------------------------- special cases


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return stand_in(tmp_path)


@pytest.fixture
def room(stand: Stand) -> Iterator[ReadingRoom]:
    room = ReadingRoom(stand.folder, stand.file)
    yield room
    room.close()


def reach(snapshot: Snapshot, stand: Stand) -> frozenset[bytes]:
    return snapshot.authority.reach_of_key(stand.shelf.province.id, START)


def changes(room: ReadingRoom, stand: Stand, since: int) -> tuple[list[bytes], int]:
    """The records that may have changed since the hub held so many sets, and how many it holds."""
    with room.snapshot() as snapshot:
        found = snapshot.records(reach(snapshot, stand), Filter(since=since), None, 1_000)
        return [read.place.record for read, _ in found], snapshot.size


def test_an_event_is_known_by_its_form_even_if_the_form_comes_later(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    event = raw("event")
    stand.take(shelf.say(shelf.phone, Operation(PUT, event, "visits", 3), form=shelf.next_form_id))
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(), None, 10)
        assert (read.family, read.form) == ("", None)
    stand.take(shelf.province.enter((FORM, shelf.next_form_id, shelf.next_form.to_value())))
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(family="T1"), None, 10)
        assert read.form == shelf.next_form
    assert rows_of(room._opened().pinned()) == made_anew(stand.file)


def test_of_two_versions_of_a_form_the_newer_reads_the_record(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    stand.take(shelf.province.enter((FORM, shelf.next_form_id, shelf.next_form.to_value())))
    stand.take(
        shelf.put(shelf.phone, "visits", 1, form=shelf.next_form_id), shelf.put(shelf.other, "hours", 5)
    )
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(), None, 10)
        assert read.form is not None
        assert read.form.version == 2


def test_a_redaction_shows_in_the_records_that_it_touches(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    one, two = shelf.put(shelf.phone, "visits", 1), shelf.put(shelf.other, "visits", 2)
    stand.take(one, two)
    _, size = changes(room, stand, 0)
    for officer in (shelf.province, shelf.district):
        stand.take(
            officer.enter((REDACT, raw("redact", officer.name), [[one.id, two.id], "thông tin cá nhân"]))
        )
    assert len(changes(room, stand, size)[0]) == 1
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(), None, 10)
        assert read.report.conflicts == ()
        assert read.report.answers == {"visits": None}
    assert rows_of(room._opened().pinned()) == made_anew(stand.file)


def test_values_that_come_back_are_read_again_and_told_as_a_change(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    said = shelf.put(shelf.phone, "visits", 1)
    stand.take(open_set(redact(said)), shelf.put(shelf.other, "visits", 2))
    _, size = changes(room, stand, 0)
    stand.take(said)
    assert len(changes(room, stand, size)[0]) == 1
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(conflicts=True), None, 10)
        assert set(read.report.conflicts[0].values) == {1, 2}
    assert rows_of(room._opened().pinned()) == made_anew(stand.file)


def test_who_asks_what_changed_misses_nothing(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    stand.take(shelf.put(shelf.phone, "visits", 1), shelf.put(shelf.far, "visits", 1))
    everything, size = changes(room, stand, 0)
    assert len(everything) == 2
    assert changes(room, stand, size) == ([], size)
    stand.take(shelf.put(shelf.other, "visits", 2))
    (changed,), size = changes(room, stand, size)
    stand.take(shelf.revoke(shelf.district, shelf.other, {}))
    assert changes(room, stand, size)[0] == [changed]


def test_after_an_index_was_made_anew_everything_may_have_changed(stand: Stand, room: ReadingRoom) -> None:
    stand.take(stand.shelf.put(stand.shelf.phone, "visits", 1))
    _, size = changes(room, stand, 0)
    stand.take(stand.shelf.put(stand.shelf.far, "visits", 1))
    room.close()
    drop_index(stand.folder)
    assert len(changes(room, stand, size)[0]) == 2


def test_a_hub_put_back_to_a_backup_is_read_as_it_is(stand: Stand, tmp_path: Path) -> None:
    shelf = stand.shelf
    stand.take(shelf.put(shelf.phone, "visits", 1))
    stand.hub.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = shutil.copy(stand.file, tmp_path / "backup")
    lost = shelf.put(shelf.far, "visits", 1)
    stand.take(lost, shelf.put(shelf.other, "hours", 9))
    room = ReadingRoom(stand.folder, stand.file)
    assert len(changes(room, stand, 0)[0]) == 2
    room.close()
    stand.close()
    for file in stand.folder.glob(f"{DATABASE_NAME}*"):
        file.unlink()
    shutil.copy(backup, stand.file)
    room = ReadingRoom(stand.folder, stand.file)
    assert len(changes(room, stand, 0)[0]) == 1
    assert rows_of(room._opened().pinned()) == made_anew(stand.file)
    room.close()


def test_a_receipt_from_before_the_hub_lost_its_log_says_when_a_set_was_first_received(
    stand: Stand, room: ReadingRoom
) -> None:
    shelf = stand.shelf
    sets = [shelf.put(shelf.phone, "visits", at, time=START + 10**9) for at in range(3)]
    late = shelf.put(shelf.other, "visits", 9)
    stand.take(*sets[:2])
    entries = (
        ReceiptEntry(sets[2].id, 2, 40, 0),
        ReceiptEntry(sets[0].id, 1, 5, 0),
        ReceiptEntry(late.id, 1, 9, 0),
    )
    lost = Receipt(shelf.hub, 1, raw("request", size=32), START - 5_000, 60, raw("root", size=32), entries)
    signed = sign(lost, shelf.hub_key)
    with stand.hub.transaction(START + 100):
        assert keep(stand.hub, [(lost, signed)]) == 1
    assert received(room, stand, sets) == [START - 5_000, START + 100]
    stand.take(sets[2])
    assert received(room, stand, sets) == [START - 5_000, START - 5_000, START - 5_000]
    with room.snapshot() as snapshot:
        ((read, _),) = snapshot.records(reach(snapshot, stand), Filter(), None, 10)
        assert read.place.day == civil_date(START - 5_000)
    assert rows_of(room._opened().pinned()) == made_anew(stand.file)


def received(room: ReadingRoom, stand: Stand, sets: list[OpenedSet]) -> list[int]:
    """When the held ones of the sets were first received."""
    with room.snapshot() as snapshot:
        held = {
            placed.facts.id: placed.received
            for placed in snapshot.sets_about(
                reach(snapshot, stand), record_id(stand.shelf.monthly, stand.shelf.phone.scope), None, 0
            )
        }
        return [held[opened.id] for opened in sets if opened.id in held]


@pytest.mark.parametrize("damage", [b"", b"no database", bytes(8_192)])
def test_a_damaged_index_is_made_anew(stand: Stand, damage: bytes) -> None:
    stand.take(stand.shelf.put(stand.shelf.phone, "visits", 1))
    (stand.folder / INDEX_NAME).write_bytes(damage)
    room = ReadingRoom(stand.folder, stand.file)
    assert len(changes(room, stand, 0)[0]) == 1
    room.close()


def test_an_index_of_another_layout_is_made_anew(stand: Stand, room: ReadingRoom) -> None:
    stand.take(stand.shelf.put(stand.shelf.phone, "visits", 1))
    changes(room, stand, 0)
    room.close()
    with sqlite.connect(stand.folder / INDEX_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("DROP TABLE touched")
    connection.close()
    assert len(changes(room, stand, 0)[0]) == 1


def test_a_snapshot_stands_still_while_the_hub_goes_on(stand: Stand, room: ReadingRoom) -> None:
    shelf = stand.shelf
    stand.take(shelf.put(shelf.phone, "visits", 1))
    with room.snapshot() as before:
        stand.take(shelf.put(shelf.far, "visits", 1), shelf.put(shelf.phone, "hours", 2))
        with room.snapshot() as after:
            assert len(after.records(reach(after, stand), Filter(), None, 10)) == 2
        ((read, _),) = before.records(reach(before, stand), Filter(), None, 10)
        assert read.report.answers == {"visits": 1}


def test_ten_thousand_records_are_listed_a_page_at_a_time_without_reading_the_others(
    stand: Stand, room: ReadingRoom
) -> None:
    shelf = stand.shelf
    for start in range(0, 10_000, 500):
        stand.take(
            shelf.say(
                shelf.phone,
                *(Operation(PUT, raw("event", at), "visits", at) for at in range(start, start + 500)),
            )
        )
    with room.snapshot() as snapshot:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        snapshot.connection.set_progress_handler(step, 1_000)
        after, seen = None, 0
        page = snapshot.records(reach(snapshot, stand), Filter(family="T1"), None, 100)
        assert len(page) == 100
        first = steps
        while page and seen < 1_000:
            read, listed = page[-1]
            after, seen = (listed.changed, read.place.record, read.place.scope), seen + len(page)
            page = snapshot.records(reach(snapshot, stand), Filter(family="T1"), after, 100)
        snapshot.connection.set_progress_handler(None, 0)
    assert first < 50, "a page must not read all records"
    assert seen == 1_000
