"""H1: the server's log is an RFC 6962 tree; pymerkle, written by others, says the same."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from haidang_protocol.errors import ProofError
from haidang_protocol.merkle import (
    EMPTY_ROOT,
    append,
    consistency_proof,
    edge_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    right_edge,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES_MAX = 70


class Store:
    """A node store in memory that counts what is read."""

    def __init__(self, leaves: int, batches: tuple[int, ...] = ()) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.edge: list[bytes] = []
        self.size = 0
        self.reads = 0
        for count in (*batches, leaves - sum(batches)):
            self.append(count)

    def append(self, count: int) -> None:
        hashes = [leaf_hash(data_of(index)) for index in range(self.size, self.size + count)]
        nodes, self.edge = append(self.size, self.edge, hashes)
        assert not {(node.level, node.place) for node in nodes} & self.nodes.keys()
        self.nodes |= {(node.level, node.place): node.hash for node in nodes}
        self.size += count

    def read(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]


def data_of(index: int) -> bytes:
    return b"leaf %d" % index


def oracle(leaves: int) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for index in range(leaves):
        tree.append_entry(data_of(index))
    return tree


def holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return False
    return True


STORE = Store(LEAVES_MAX)
ORACLE = oracle(LEAVES_MAX)
sizes = st.integers(1, LEAVES_MAX)


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    second = draw(sizes)
    return draw(st.integers(0, second)), second


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root(0, STORE.read) == EMPTY_ROOT == ORACLE.get_root(0)


def test_every_root_is_that_of_an_independent_implementation() -> None:
    for size in range(1, LEAVES_MAX + 1):
        assert root(size, STORE.read) == ORACLE.get_root(size)


def test_every_inclusion_path_is_that_of_an_independent_implementation() -> None:
    for size in range(1, LEAVES_MAX + 1):
        for index in range(size):
            theirs = ORACLE.prove_inclusion(index + 1, size)
            assert inclusion_proof(index, size, STORE.read) == theirs.path[1:]


def subproof(first: int, start: int, end: int, *, known: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2, word for word, with `first` counted from `start`."""
    width = end - start
    if first == width:
        return [] if known else [subtree(start, end)]
    half = 1 << ((width - 1).bit_length() - 1)
    if first <= half:
        return [*subproof(first, start, start + half, known=known), subtree(start + half, end)]
    return [*subproof(first - half, start + half, end, known=False), subtree(start, start + half)]


def subtree(start: int, end: int) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if end - start == 1:
        return leaf_hash(data_of(start))
    half = start + (1 << ((end - start - 1).bit_length() - 1))
    return node_hash(subtree(start, half), subtree(half, end))


def test_every_consistency_proof_is_that_of_rfc_6962() -> None:
    for second in range(2, 40):
        for first in range(1, second):
            expected = subproof(first, 0, second, known=True)
            assert consistency_proof(first, second, STORE.read) == expected


def test_the_roots_are_those_of_the_certificate_transparency_test_suite() -> None:
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    _, edge = append(0, [], [leaf_hash(bytes.fromhex(leaf)) for leaf in leaves])
    assert edge_root(edge).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, LEAVES_MAX - 54))
def test_a_tree_is_the_same_in_whatever_batches_it_grew(batches: list[int], rest: int) -> None:
    grown = Store(sum(batches) + rest, tuple(batches))
    assert grown.nodes == {place: STORE.nodes[place] for place in grown.nodes}
    assert grown.edge == right_edge(grown.size, grown.read) == right_edge(grown.size, STORE.read)
    assert edge_root(grown.edge) == root(grown.size, STORE.read)


@given(places())
def test_an_inclusion_proof_verifies(place: tuple[int, int]) -> None:
    index, size = place
    path = inclusion_proof(index, size, STORE.read)
    verify_inclusion(leaf_hash(data_of(index)), index, size, root(size, STORE.read), path)


@given(spans())
def test_a_consistency_proof_verifies(span: tuple[int, int]) -> None:
    first, second = span
    proof = consistency_proof(first, second, STORE.read)
    verify_consistency(first, root(first, STORE.read), second, root(second, STORE.read), proof)


def tampered(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with a bit flipped, an element dropped, doubled, added or moved."""
    changed = list(proof)
    how = data.draw(st.sampled_from(("flip", "drop", "double", "swap", "add") if proof else ("add",)))
    if how == "add":
        changed.insert(data.draw(st.integers(0, len(proof))), data.draw(st.binary(min_size=32, max_size=32)))
        return changed
    at = data.draw(st.integers(0, len(proof) - 1))
    if how == "flip":
        bit = data.draw(st.integers(0, 255))
        changed[at] = (int.from_bytes(changed[at]) ^ (1 << bit)).to_bytes(32)
    elif how == "drop":
        del changed[at]
    elif how == "double":
        changed.insert(at, changed[at])
    else:
        other = data.draw(st.integers(0, len(proof) - 1))
        changed[at], changed[other] = changed[other], changed[at]
    return changed


@given(places(), st.data())
def test_a_tampered_inclusion_proof_never_verifies(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    proof = inclusion_proof(index, size, STORE.read)
    changed = tampered(proof, data)
    leaf, top = leaf_hash(data_of(index)), root(size, STORE.read)
    assert holds(lambda: verify_inclusion(leaf, index, size, top, changed)) == (changed == proof)


@given(spans(), st.data())
def test_a_tampered_consistency_proof_never_verifies(span: tuple[int, int], data: st.DataObject) -> None:
    first, second = span
    proof = consistency_proof(first, second, STORE.read)
    changed = tampered(proof, data)
    old, new = root(first, STORE.read), root(second, STORE.read)
    assert holds(lambda: verify_consistency(first, old, second, new, changed)) == (changed == proof)


@given(places(), st.data())
def test_a_leaf_is_included_nowhere_else(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    elsewhere = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    path = inclusion_proof(index, size, STORE.read)
    leaf, top = leaf_hash(data_of(index)), root(size, STORE.read)
    assert not holds(lambda: verify_inclusion(leaf, elsewhere, size, top, path))
    assert not holds(lambda: verify_inclusion(leaf_hash(b"other"), index, size, top, path))


@given(spans(), st.data())
def test_a_log_that_lost_or_changed_a_leaf_is_consistent_with_no_later_one(
    span: tuple[int, int], data: st.DataObject
) -> None:
    first, second = span
    size = data.draw(st.integers(0, second).filter(lambda other: other != first))
    proof = consistency_proof(first, second, STORE.read)
    other, new = root(size, STORE.read), root(second, STORE.read)
    assert not holds(lambda: verify_consistency(first, other, second, new, proof))
    assert not holds(lambda: verify_consistency(first, leaf_hash(b"x"), second, new, proof))


def test_two_logs_need_a_proof_to_be_one() -> None:
    for first, second in ((3, 7), (4, 7)):
        with pytest.raises(ProofError):
            verify_consistency(first, root(first, STORE.read), second, root(second, STORE.read), [])


def test_a_place_or_an_order_that_does_not_exist_is_refused() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ProofError, match="no place"):
            inclusion_proof(index, size, STORE.read)
    for first, second in ((-1, 3), (4, 3)):
        with pytest.raises(ProofError, match="does not hold"):
            consistency_proof(first, second, STORE.read)
        with pytest.raises(ProofError, match="does not hold"):
            verify_consistency(first, EMPTY_ROOT, second, EMPTY_ROOT, [])


def test_proofs_of_a_log_of_millions_read_few_nodes() -> None:
    size, reads = 5_000_011, 0

    def read(level: int, index: int) -> bytes:
        nonlocal reads
        reads += 1
        assert (index + 1) << level <= size
        return leaf_hash(b"%d %d" % (level, index))

    most = 2 * math.ceil(math.log2(size))
    for work in (
        lambda: root(size, read),
        lambda: inclusion_proof(1_234_567, size, read),
        lambda: inclusion_proof(size - 1, size, read),
        lambda: consistency_proof(3_999_999, size, read),
    ):
        reads = 0
        work()
        assert reads <= most


def test_leaves_and_inner_nodes_cannot_be_taken_for_one_another() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
