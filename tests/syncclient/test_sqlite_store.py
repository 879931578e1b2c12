"""The replica's store answers every question as the store in memory does, whatever history it has been through."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.envelope import open_set
from haidang_protocol.ids import ID16
from haidang_protocol.ledger import Ledger
from haidang_protocol.ledger_store import LedgerStore, Sums
from haidang_protocol.memory_store import MemoryStore
from haidang_syncclient.database import Database
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.scratch_store import ScratchStore
from haidang_syncclient.sqlite_store import SqliteStore, tag_bytes
from tests.protocol.histories import History, histories, history


@contextmanager
def database() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        made = Database(Path(folder) / "a.db")
        yield made
        made.close()


def replay(played: History, order: Random, made: Database) -> tuple[Ledger, Ledger]:
    """Commit a history in the same order and the same pieces to both stores; some steps fail and are done again."""
    genesis = genesis_from_value(canonical.decode(played.genesis))
    memory, disk = Ledger(genesis, MemoryStore()), Ledger(genesis, SqliteStore(made))
    sets = order.sample(played.sets, len(played.sets))
    while sets:
        piece, sets = sets[: order.randint(1, 6)], sets[6:]
        memory.commit(piece)
        if order.random() < 0.2:
            made.connection.execute("BEGIN IMMEDIATE")
            disk.commit(piece)
            made.connection.execute("ROLLBACK")
            disk = Ledger(genesis, SqliteStore(made))
        with made.transaction():
            disk.commit(piece)
    return memory, disk


def everything(store: LedgerStore) -> dict[str, object]:
    """What a store answers to every question about what it holds."""
    found: dict[str, object] = {"scopes": store.scopes()}
    for scope in sorted(store.scopes()):
        held = store.in_scope(scope)
        keys = store.keys_in(scope)
        one = sorted(keys)[:1]
        found |= {
            f"in scope {scope.hex()}": held,
            f"of one key {scope.hex()}": store.in_scope(scope, one),
            f"keys {scope.hex()}": keys,
            f"sums {scope.hex()}": store.sums(scope),
            f"records {scope.hex()}": dict(store.all_records(scope)),
            f"some records {scope.hex()}": store.records(
                scope, [record for record, _ in store.all_records(scope)][:3]
            ),
            f"logs {scope.hex()}": [
                {facts.id: facts for facts in store.in_log(each.facts.log)} for each in held
            ],
            f"overlapping {scope.hex()}": {
                each.facts.id: sorted(store.overlapping(each.facts)) for each in held
            },
            f"halves {scope.hex()}": [store.id_of(each.facts.id[:ID16]) for each in held],
            f"held {scope.hex()}": store.held([each.facts.id for each in held]),
            f"parts {scope.hex()}": store.parts([each.facts.id for each in held]),
        }
    return found


@settings(max_examples=15)
@given(histories(25), st.randoms(use_true_random=False))
def test_both_stores_answer_alike_after_any_history(played: History, order: Random) -> None:
    with database() as made:
        memory, disk = replay(played, order, made)
        assert everything(disk.store) == everything(memory.store)
        for scope in memory.scopes():
            assert disk.scope_digests(scope) == memory.scope_digests(scope)
            assert disk.live(scope) == memory.live(scope)


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_a_scratch_store_computes_anew_what_is_stored(seed: int) -> None:
    with database() as made:
        _, disk = replay(history(seed, 25), Random(seed), made)
        scratch = Ledger(disk.genesis, ScratchStore(made))
        before = everything(disk.store)
        assert scratch.rejudge_all() == {}
        for scope in disk.scopes():
            parts = disk.store.parts([held.facts.id for held in disk.store.in_scope(scope)])
            scratch.rebuild(scope, map(open_set, parts.values()))
            assert scratch.scope_digests(scope) == disk.scope_digests(scope)
            assert scratch.live(scope) == disk.live(scope)
        assert everything(disk.store) == before


def test_waiting_sets_are_told_once() -> None:
    with database() as made:
        store = SqliteStore(made)
        store.await_parents([(b"p" * 32, b"a" * 32), (b"p" * 32, b"b" * 32), (b"q" * 32, b"a" * 32)])
        store.await_parents([(b"p" * 32, b"a" * 32)])
        assert store.waiting_for([b"p" * 32]) == [b"a" * 32, b"b" * 32]
        assert store.waiting_for([b"p" * 32]) == []
        assert store.waiting_for([b"q" * 32, b"x" * 32]) == [b"a" * 32]


def test_sums_as_large_as_they_get_are_kept() -> None:
    with database() as made:
        store = SqliteStore(made)
        largest = Sums(2**256 - 1, 2**128 - 1)
        store.put_sums(b"s" * 17, largest)
        assert store.sums(b"s" * 17) == largest
        assert store.sums(b"t" * 17) == Sums()


@given(st.integers(0, 2**64 + 512), st.integers(0, 2**64 + 512))
def test_tags_sort_as_bytes_like_the_numbers(one: int, other: int) -> None:
    largest = 2**64 - 1
    assert (tag_bytes(one) < tag_bytes(other)) == (min(one, largest) < min(other, largest))


@pytest.mark.parametrize(
    "damage",
    ["UPDATE sets SET facts = x'c1'", "UPDATE sets SET verdict = 9", "UPDATE records SET state = x'91c1'"],
)
def test_rows_that_cannot_be_read_any_more_are_said_to_be_damaged(damage: str) -> None:
    with database() as made:
        _, disk = replay(history(5), Random(5), made)
        made.execute(damage)
        store = SqliteStore(made)
        with pytest.raises(DamagedDatabaseError):
            everything(store)
        assert disk.scopes()
