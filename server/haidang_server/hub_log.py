"""The hub's own log: a Merkle tree over hub order, kept in the database (SPEC H1).

Nodes are numbered in the order in which they become complete, so appending writes at the end of the table alone.
"""

from collections.abc import Sequence
from typing import Final

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol import merkle
from haidang_protocol.errors import ProofError
from haidang_protocol.statements import KnownRoot, LogLeaf, log_leaf
from haidang_server.sqlite_store import insert_rows

_ROOTS_MAX: Final = 10_000
"""Roots of earlier sizes kept in memory: callers come back with the same few."""


def node_place(level: int, place: int) -> int:
    """The number of a node: how many nodes were complete before it."""
    last_leaf = ((place + 1) << level) - 1
    return 2 * last_leaf - last_leaf.bit_count() + level


class HubLog:
    """The tree as far as it is committed, and what the open transaction appends to it."""

    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Read anew what is kept in memory: the transaction was rolled back."""
        (nodes,) = self._connection.execute("SELECT coalesce(max(place), -1) + 1 FROM nodes").fetchone()
        self.size = leaves_of(nodes)
        self._edge = merkle.right_edge(self.size, self._read)
        self._root = merkle.edge_root(self._edge)
        self._roots: dict[int, bytes] = {}

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        return self._root

    def append(self, leaves: Sequence[LogLeaf]) -> None:
        """Append leaves inside the open transaction."""
        if not leaves:
            return
        hashes = [merkle.leaf_hash(log_leaf(leaf)) for leaf in leaves]
        nodes, self._edge = merkle.append(self.size, self._edge, hashes)
        rows = [(node_place(node.level, node.place), node.hash) for node in nodes]
        insert_rows(self._connection, "INSERT INTO nodes VALUES", rows)
        self.size += len(leaves)
        self._root = merkle.edge_root(self._edge)

    def reproduces(self, known: KnownRoot) -> bool:
        """Whether the log had this root at this size."""
        if known.size > self.size:
            return False
        root = self._root if known.size == self.size else self._roots.get(known.size)
        if root is None:
            if len(self._roots) >= _ROOTS_MAX:
                self._roots.clear()
            root = self._roots[known.size] = merkle.root(known.size, self._read)
        return root == known.root

    def proof(self, size: int) -> list[bytes]:
        """The consistency proof from an earlier size to now."""
        return merkle.consistency_proof(size, self.size, self._read)

    def _read(self, level: int, place: int) -> bytes:
        row = self._connection.execute(
            "SELECT hash FROM nodes WHERE place = ?", (node_place(level, place),)
        ).fetchone()
        if row is None:
            raise ProofError(f"node {place} of level {level} is missing in the log")
        return bytes(row[0])


def leaves_of(nodes: int) -> int:
    """How many leaves a tree with this many complete nodes has."""
    leaves = nodes // 2
    while 2 * leaves - leaves.bit_count() < nodes:
        leaves += 1
    return leaves
