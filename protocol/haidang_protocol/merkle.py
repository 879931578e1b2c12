"""The Merkle tree of a server's log: RFC 6962 over SHA-256 (SPEC H1).

The tree lives in a *node store* that the caller keeps: node (level, place) is the hash of the complete subtree over the
leaves [place·2^level, (place+1)·2^level), written once and never changed. `append` says which nodes to store; `root` and
the proofs read O(log n) of them. An older size is as good as the newest: its nodes are all still there.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from haidang_protocol.errors import ProofError

NodeReader = Callable[[int, int], bytes]
"""(level, place) → the 32-byte hash of a complete subtree."""

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""


class Node(NamedTuple):
    """A complete subtree to be stored; level 0 are the leaves."""

    level: int
    place: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def append(size: int, right_edge: Sequence[bytes], leaves: Iterable[bytes]) -> tuple[list[Node], list[bytes]]:
    """Append leaf hashes to a tree of `size` leaves.

    Args:
        size: leaves before.
        right_edge: the roots of the complete subtrees that the tree of `size` leaves consists of, largest first.
        leaves: the leaf hashes to append, in order.

    Returns:
        The nodes that became complete, in the order of their completion, and the new right edge.
    """
    nodes: list[Node] = []
    edge = list(right_edge)
    for place, leaf in enumerate(leaves, start=size):
        node = Node(0, place, leaf)
        nodes.append(node)
        while node.place & 1:
            node = Node(node.level + 1, node.place >> 1, node_hash(edge.pop(), node.hash))
            nodes.append(node)
        edge.append(node.hash)
    return nodes, edge


def right_edge(size: int, read: NodeReader) -> list[bytes]:
    """What `append` needs to go on from a stored tree of `size` leaves."""
    return _subtrees(0, size, read)


def root(size: int, read: NodeReader) -> bytes:
    """The root over the first `size` leaves."""
    return edge_root(right_edge(size, read))


def edge_root(edge: Sequence[bytes]) -> bytes:
    """The root that belongs to a right edge."""
    if not edge:
        return EMPTY_ROOT
    *larger, result = edge
    for left in reversed(larger):
        result = node_hash(left, result)
    return result


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """The path from leaf `index` to the root over the first `size` leaves, nearest sibling first.

    Raises:
        ProofError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} has no place {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    path.reverse()
    return path


def consistency_proof(first: int, second: int, read: NodeReader) -> list[bytes]:
    """The proof that the first `first` leaves of the tree over `second` leaves are the tree over `first` leaves.

    Raises:
        ProofError: the sizes are in the wrong order.
    """
    if not 0 <= first <= second:
        raise ProofError(f"a log of {second} does not hold one of {first}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end = 0, second
    while end != first:
        middle = start + _largest_power_below(end - start)
        if first <= middle:
            proof.append(_range_root(middle, end, read))
            end = middle
        else:
            proof.append(_range_root(start, middle, read))
            start = middle
    if start:
        proof.append(_range_root(start, end, read))
    proof.reverse()
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, root_hash: bytes, path: Sequence[bytes]) -> None:
    """Check that a leaf hash stands at `index` of the tree with this size and root (RFC 9162, 2.1.3.2).

    Raises:
        ProofError: it does not follow from the path.
    """
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} has no place {index}")
    result = leaf
    for sibling, left in zip(path, _sides(index, size - 1, len(path)), strict=True):
        result = node_hash(sibling, result) if left else node_hash(result, sibling)
    if result != root_hash:
        raise ProofError("the inclusion proof does not lead to the root")


def verify_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a later log continues an earlier one (RFC 9162, 2.1.4.2).

    Raises:
        ProofError: it does not follow from the proof.
    """
    if not 0 <= first <= second:
        raise ProofError(f"a log of {second} does not hold one of {first}")
    if first in (0, second):
        expected = EMPTY_ROOT if first == 0 else second_root
        if proof or first_root != expected:
            raise ProofError("these are not two sizes of one log")
        return
    complete = first & -first
    hashes = [first_root, *proof] if complete == first else list(proof)
    if not hashes:
        raise ProofError("the consistency proof is empty")
    old = new = hashes[0]
    sides = _sides((first - 1) // complete, (second - 1) // complete, len(hashes) - 1)
    for sibling, left in zip(hashes[1:], sides, strict=True):
        new = node_hash(sibling, new) if left else node_hash(new, sibling)
        old = node_hash(sibling, old) if left else old
    if old != first_root or new != second_root:
        raise ProofError("the consistency proof does not join the two roots")


def _sides(place: int, last: int, length: int) -> list[bool]:
    """Which siblings stand to the left on the way up from `place`, in a level whose last place is `last`.

    Raises:
        ProofError: the way is not `length` long.
    """
    sides: list[bool] = []
    while last:
        if place & 1 or place < last:
            sides.append(bool(place & 1))
        place, last = place >> 1, last >> 1
    if len(sides) != length:
        raise ProofError(f"the proof has {length} hashes where {len(sides)} are needed")
    return sides


def _largest_power_below(width: int) -> int:
    """The largest power of two smaller than `width`, for width ≥ 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_root(start: int, end: int, read: NodeReader) -> bytes:
    return edge_root(_subtrees(start, end, read))


def _subtrees(start: int, end: int, read: NodeReader) -> list[bytes]:
    """The complete subtrees over [start, end), largest first; `start` is a multiple of the largest."""
    edge: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        edge.append(read(level, start >> level))
        start += 1 << level
    return edge
