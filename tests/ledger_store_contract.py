"""What every ledger store promises, asked of each of them: inherit `LedgerStoreContract` and give it `opened`.

`settle` makes what was written durable and forgets what is kept in memory, so that rows are asked, not caches.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.envelope import SetBytes
from haidang_protocol.ledger import Ledger
from haidang_protocol.ledger_store import Held, LedgerStore, StoredSet, Sums
from haidang_protocol.logs import Facts
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.merge import Live, RecordState, Tally
from haidang_protocol.verdicts import ACCEPTED, parked, quarantined
from tests.protocol.histories import History, histories

SCOPE, ELSEWHERE = bytes(17), b"\x01" * 17
KEY, OTHER = b"\x0a" * 16, b"\x0b" * 16
TAG = 2**64 - 600


class Bench(NamedTuple):
    """A store inside a transaction, and how to settle it."""

    store: LedgerStore
    settle: Callable[[], None]


def stored(number: int, **facts: object) -> StoredSet:
    """A set as a store takes it; its bytes need not be those of a real one."""
    set_id = bytes([number]) * 32
    stated = Facts(
        id=set_id, key=KEY, scope=SCOPE, incarnation=0, position=number, previous=(), acting=None, kinds=(1,), roles=(),
        tag=TAG + number, saves=1, time=-number, distances=False,
    )  # fmt: skip
    parts = SetBytes(b"header%d" % number, bytes([number]) * 64, b"structure", b"values%d" % number)
    return StoredSet(Held(msgspec.structs.replace(stated, **facts), ACCEPTED, whole=True), parts)


def state(number: int) -> RecordState:
    """A merged record with something in every part."""
    live = Live(
        1,
        bytes([number]) * 16,
        b"\x01" * 16,
        0,
        3,
        ["Xã An", number, None, b"\x00"],
        covers=((b"\x02" * 16, 1),),
    )
    return RecordState(
        None, {"vso_ho": [live], "v": []}, {"cso_lan": Tally(number, 2)}, {"vx": [(b"\x03" * 16, 0, 1)]}
    )


class LedgerStoreContract:
    """The promises of `haidang_protocol.ledger_store.LedgerStore`."""

    def opened(self) -> AbstractContextManager[Bench]:
        """A new store."""
        pytest.fail("a store to be asked has to be given")

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        """A new store for one test."""
        with self.opened() as bench:
            yield bench

    def test_what_is_inserted_is_held(self, bench: Bench) -> None:
        sets = [stored(number) for number in range(1, 4)]
        bench.store.insert(sets)
        for _ in range(2):
            ids = [each.held.facts.id for each in sets]
            assert bench.store.held([*ids, bytes(32)]) == {each.held.facts.id: each.held for each in sets}
            assert bench.store.parts([*ids, bytes(32)]) == {each.held.facts.id: each.parts for each in sets}
            bench.settle()

    def test_more_names_than_fit_a_statement_are_found(self, bench: Bench) -> None:
        sets = [stored(number % 250, id=number.to_bytes(32), position=number) for number in range(1_300)]
        bench.store.insert(sets)
        bench.settle()
        assert len(bench.store.held([each.held.facts.id for each in sets])) == 1_300

    def test_half_an_id_finds_the_whole(self, bench: Bench) -> None:
        high = b"\xff" * 32
        bench.store.insert([stored(1), stored(2, id=high)])
        bench.settle()
        assert bench.store.id_of(b"\x01" * 16) == b"\x01" * 32
        assert bench.store.id_of(high[:16]) == high
        assert bench.store.id_of(b"\x01" * 15 + b"\x02") is None

    def test_verdicts_and_wholeness_are_replaced(self, bench: Bench) -> None:
        bench.store.insert([stored(1), stored(2)])
        bench.store.set_verdicts({b"\x01" * 32: quarantined("revoked"), b"\x02" * 32: parked("predecessor")})
        bench.store.set_whole([b"\x01" * 32])
        bench.settle()
        held = bench.store.held([b"\x01" * 32, b"\x02" * 32])
        assert [held[each].verdict for each in sorted(held)] == [
            quarantined("revoked"),
            parked("predecessor"),
        ]
        assert held[b"\x01" * 32].whole

    def test_bytes_are_replaced(self, bench: Bench) -> None:
        bench.store.insert([stored(1), stored(2)])
        new = SetBytes(b"a", b"b", b"c", b"d")
        bench.store.replace_parts(b"\x01" * 32, new)
        bench.settle()
        assert bench.store.parts([b"\x01" * 32, b"\x02" * 32]) == {
            b"\x01" * 32: new,
            b"\x02" * 32: stored(2).parts,
        }

    def test_who_waits_is_told_once(self, bench: Bench) -> None:
        bench.store.await_parents([(b"p", b"b"), (b"p", b"a"), (b"q", b"a"), (b"p", b"a")])
        bench.settle()
        assert bench.store.waiting_for([b"p", b"z"]) == [b"a", b"b"]
        bench.settle()
        assert bench.store.waiting_for([b"p"]) == []
        assert bench.store.waiting_for([b"q"]) == [b"a"]

    def test_a_log_holds_the_sets_of_its_key_incarnation_and_scope(self, bench: Bench) -> None:
        sets = [
            stored(1), stored(2), stored(3, incarnation=1), stored(4, key=OTHER), stored(5, scope=ELSEWHERE),
            stored(6, position=2),
        ]  # fmt: skip
        bench.store.insert(sets)
        bench.settle()
        found = bench.store.in_log((KEY, 0, SCOPE))
        assert sorted(each.id[0] for each in found) == [1, 2, 6]
        assert bench.store.in_log((KEY, 2, SCOPE)) == []

    def test_a_scope_holds_its_sets_in_the_order_of_storing(self, bench: Bench) -> None:
        bench.store.insert([stored(5), stored(2, key=OTHER), stored(9, scope=ELSEWHERE)])
        bench.store.insert([stored(1)])
        bench.settle()
        assert [each.facts.id[0] for each in bench.store.in_scope(SCOPE)] == [5, 2, 1]
        assert [each.facts.id[0] for each in bench.store.in_scope(SCOPE, {KEY})] == [5, 1]
        assert [each.facts.id[0] for each in bench.store.in_scope(SCOPE, {OTHER, KEY})] == [5, 2, 1]
        assert bench.store.in_scope(SCOPE, set()) == bench.store.in_scope(b"\x02" * 17) == []
        assert bench.store.keys_in(SCOPE) == {KEY, OTHER}
        assert bench.store.keys_in(b"\x02" * 17) == set()
        assert bench.store.scopes() == {SCOPE, ELSEWHERE}

    @pytest.mark.parametrize("settled", [False, True])
    def test_sets_whose_tags_meet_are_found(self, bench: Bench, settled: bool) -> None:  # noqa: FBT001
        sets = [
            stored(1, tag=100, saves=10), stored(2, tag=109, saves=1), stored(3, tag=110, saves=512),
            stored(4, tag=2**64 - 1, saves=1), stored(5, tag=0, saves=1), stored(6, tag=105, saves=1, key=OTHER),
            stored(7, tag=105, saves=1, scope=ELSEWHERE), stored(8, tag=621, saves=1),
        ]  # fmt: skip
        for each in sets:
            bench.store.insert([each])
            if settled:
                bench.settle()
        meeting = {
            each.held.facts.id[0]: sorted(i[0] for i in bench.store.overlapping(each.held.facts))
            for each in sets
        }
        assert meeting == {1: [2], 2: [1], 3: [8], 4: [], 5: [], 6: [], 7: [], 8: [3]}

    def test_tags_meet_exactly_when_their_stretches_do(self) -> None:
        tags_meet_exactly_when_their_stretches_do(self.opened)

    def test_merged_records_come_back(self, bench: Bench) -> None:
        bench.store.insert([stored(1), stored(2, scope=ELSEWHERE)])
        one, two = b"\x01" * 16, b"\x02" * 16
        bench.store.put_records(SCOPE, {one: state(1), two: state(2)})
        bench.store.put_records(ELSEWHERE, {one: state(3)})
        bench.store.put_records(SCOPE, {two: state(4)})
        for _ in range(2):
            assert bench.store.records(SCOPE, [one, two, bytes(16)]) == {one: state(1), two: state(4)}
            assert dict(bench.store.all_records(SCOPE)) == {one: state(1), two: state(4)}
            assert dict(bench.store.all_records(ELSEWHERE)) == {one: state(3)}
            bench.settle()
        bench.store.clear_records(SCOPE)
        assert bench.store.records(SCOPE, [one]) == {}
        bench.settle()
        assert list(bench.store.all_records(SCOPE)) == []
        assert dict(bench.store.all_records(ELSEWHERE)) == {one: state(3)}

    def test_sums_come_back(self, bench: Bench) -> None:
        bench.store.insert([stored(1)])
        assert bench.store.sums(SCOPE) == bench.store.sums(ELSEWHERE) == Sums()
        largest = Sums(2**256 - 1, 2**128 - 1)
        bench.store.put_sums(SCOPE, Sums(1, 2))
        bench.store.put_sums(SCOPE, largest)
        for _ in range(2):
            assert bench.store.sums(SCOPE) == largest
            bench.settle()

    def test_a_ledger_over_it_says_what_one_in_memory_says(self) -> None:
        a_ledger_over_it_says_what_one_in_memory_says(self.opened)


Opened = Callable[[], AbstractContextManager[Bench]]


def tags_meet_exactly_when_their_stretches_do(opened: Opened) -> None:
    edges = st.sampled_from((0, 2**63 - 1, 2**63, 2**64 - 40))
    tags = st.builds(int.__add__, edges, st.integers(0, 30))

    @settings(max_examples=40)
    @given(
        st.lists(st.tuples(tags, st.integers(1, 9)), min_size=1, max_size=6), st.integers(0, 6), st.booleans()
    )
    def holds(stretches: list[tuple[int, int]], at: int, settled: bool) -> None:  # noqa: FBT001
        sets = [stored(number, tag=tag, saves=saves) for number, (tag, saves) in enumerate(stretches)]
        with opened() as bench:
            bench.store.insert(sets[:at])
            if settled:
                bench.settle()
            bench.store.insert(sets[at:])
            facts = [each.held.facts for each in sets]
            for one in facts:
                met = [
                    other.id
                    for other in facts
                    if other is not one
                    and other.tag < one.tag + one.saves
                    and one.tag < other.tag + other.saves
                ]
                assert sorted(bench.store.overlapping(one)) == sorted(met)

    holds()


def a_ledger_over_it_says_what_one_in_memory_says(opened: Opened) -> None:
    @settings(max_examples=25)
    @given(histories(40), st.randoms(use_true_random=False))
    def holds(history: History, chance: random.Random) -> None:
        genesis = genesis_from_value(canonical.decode(history.genesis))
        order = chance.sample(history.sets, len(history.sets))
        with opened() as bench:
            ledger, memory = Ledger(genesis, bench.store), Ledger(genesis, MemoryStore())
            while order:
                count = chance.choice((1, 1, 2, 5, 20))
                assert ledger.commit(order[:count]) == memory.commit(order[:count])
                order = order[count:]
                if chance.random() < 0.3:
                    bench.settle()
                    ledger = Ledger(genesis, bench.store)
            bench.settle()
            assert said(bench.store, history) == said(memory.store, history)
            for scope in memory.scopes():
                assert ledger.scope_digests(scope) == memory.scope_digests(scope)

    holds()


def said(store: LedgerStore, history: History) -> list[object]:
    """All that a store holds, in an order of its own."""
    ids = [each.id for each in history.sets]
    scopes = sorted(store.scopes())
    return [
        store.held(ids),
        store.parts(ids),
        [store.in_scope(scope) for scope in scopes],
        [sorted(store.all_records(scope), key=lambda item: item[0]) for scope in scopes],
        [store.sums(scope) for scope in scopes],
    ]
