"""H1: the hub's log is the tree of RFC 6962, whatever the grouping of what is appended."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import merkle
from haidang_protocol.errors import ProofError
from haidang_protocol.statements import KnownRoot, LogLeaf, log_leaf
from haidang_server.database import DATABASE_NAME, open_for_writing
from haidang_server.hub_log import HubLog, leaves_of, node_place
from tests.server.world import START, raw


def leaf(number: int) -> LogLeaf:
    return LogLeaf(raw(number, size=32), START + number, number % 3)


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return merkle.node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


@contextmanager
def opened() -> Iterator[sqlite.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        connection = open_for_writing(Path(folder) / DATABASE_NAME)
        connection.execute("PRAGMA synchronous = OFF")
        yield connection
        connection.close()


@settings(max_examples=30)
@given(st.lists(st.integers(0, 20), max_size=8), st.data())
def test_any_grouping_makes_the_same_tree(groups: list[int], data: st.DataObject) -> None:
    with opened() as connection:
        log = HubLog(connection)
        hashes: list[bytes] = []
        roots = [merkle.EMPTY_ROOT]
        for count in groups:
            leaves = [leaf(len(hashes) + at) for at in range(count)]
            log.append(leaves)
            hashes += [merkle.leaf_hash(log_leaf(each)) for each in leaves]
            if data.draw(st.booleans()):
                log = HubLog(connection)
            assert (log.size, log.root) == (len(hashes), tree_root(hashes))
        roots = [tree_root(hashes[:size]) for size in range(len(hashes) + 1)]
        size = data.draw(st.integers(0, len(hashes)))
        assert log.reproduces(KnownRoot(size, roots[size]))
        assert not log.reproduces(KnownRoot(size, raw("never", size=32)))
        assert not log.reproduces(KnownRoot(len(hashes) + 1, roots[size]))
        merkle.verify_consistency(size, roots[size], log.size, log.root, log.proof(size))


@given(st.integers(0, 5_000))
def test_the_number_of_nodes_tells_the_number_of_leaves(leaves: int) -> None:
    nodes = 2 * leaves - leaves.bit_count()
    assert leaves_of(nodes) == leaves


def test_nodes_are_numbered_in_the_order_of_their_completion() -> None:
    nodes, _ = merkle.append(0, [], [merkle.leaf_hash(bytes([number])) for number in range(100)])
    assert [node_place(node.level, node.place) for node in nodes] == list(range(len(nodes)))


def test_what_a_rolled_back_transaction_appended_is_forgotten() -> None:
    with opened() as connection:
        log = HubLog(connection)
        log.append([leaf(0)])
        root = log.root
        connection.execute("BEGIN")
        log.append([leaf(1), leaf(2)])
        assert log.reproduces(KnownRoot(1, root))
        connection.execute("ROLLBACK")
        log.forget()
        assert (log.size, log.root) == (1, root)


def test_a_missing_node_is_named() -> None:
    with opened() as connection:
        log = HubLog(connection)
        log.append([leaf(number) for number in range(5)])
        connection.execute("DELETE FROM nodes WHERE place = 1")
        with pytest.raises(ProofError, match="node 1 of level 0"):
            log.proof(1)
