"""The hub's ledger store keeps the contract; a rollback leaves no trace in what it keeps in memory."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ledger_store import Sums
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.hub import Hub
from haidang_server.loading import open_hub
from haidang_server.sqlite_store import SqliteStore
from tests.ledger_store_contract import KEY, SCOPE, Bench, LedgerStoreContract, state, stored
from tests.server.world import START, World


@contextmanager
def opened() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        connection = open_for_writing(Path(folder) / DATABASE_NAME)
        connection.execute("PRAGMA synchronous = OFF")
        store = SqliteStore(connection)

        def settle() -> None:
            store.flush()
            connection.execute("COMMIT")
            store.forget()
            connection.execute("BEGIN IMMEDIATE")

        connection.execute("BEGIN IMMEDIATE")
        yield Bench(store, settle)
        connection.close()


class TestSqliteStore(LedgerStoreContract):
    def opened(self) -> AbstractContextManager[Bench]:
        return opened()


class StopError(Exception):
    pass


def stopped(hub: Hub, sets: list[OpenedSet]) -> None:
    """Store sets in a transaction that does not come to its end."""
    with hub.transaction(START):
        hub.take(sets)
        raise StopError


def test_a_rollback_leaves_no_trace(folder: Path, world: World) -> None:
    hub = open_hub(folder)
    before = [world.phone.report(number) for number in range(2)]
    with hub.transaction(START):
        hub.take(before)
    digests, size, root = hub.ledger.scope_digests(world.phone.scope), hub.log.size, hub.log.root
    tips = hub.own_tips.of(world.phone.id)

    newcomer = world.person("newcomer", world.an)
    entered = world.district.enter(world.certified(world.district, newcomer, world.reporter))
    for _ in range(2):
        with pytest.raises(StopError):
            stopped(hub, [world.phone.report(2), entered, newcomer.report(0)])
        assert hub.ledger.scope_digests(world.phone.scope) == digests
        assert (hub.log.size, hub.log.root, hub.store.size) == (size, root, size)
        assert hub.own_tips.of(world.phone.id) == tips
        assert hub.public_key(newcomer.id) is None
        assert not hub.standings().of(newcomer.id).grants
    hub.connection.close()


def test_what_was_put_is_written_once_a_transaction() -> None:
    with opened() as bench:
        store = bench.store
        assert isinstance(store, SqliteStore)
        store.insert([stored(1)])
        changes = store.connection.total_changes
        for number in range(5):
            store.put_records(SCOPE, {bytes(16): state(number)})
            store.put_sums(SCOPE, Sums(number, number))
        store.flush()
        assert store.connection.total_changes - changes == 2
        store.flush()
        assert store.connection.total_changes - changes == 2


def test_new_sets_and_those_that_moved_are_told_until_the_next_transaction() -> None:
    with opened() as bench:
        store = bench.store
        assert isinstance(store, SqliteStore)
        store.insert([stored(1), stored(2, key=KEY)])
        store.set_whole([b"\x01" * 32])
        assert [each.held.facts.id[0] for each in store.fresh] == [1, 2]
        assert store.moved == {b"\x01" * 32}
        assert [
            (each.sequence, each.verdict) for each in sorted(store.placed([b"\x02" * 32, bytes(32)]))
        ] == [(1, 0)]
        store.begin(START)
        assert not store.fresh
        assert not store.moved
