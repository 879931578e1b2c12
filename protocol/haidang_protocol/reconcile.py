"""Reconciliation by tips: what to offer to a replica that named its tips and parked sets (SPEC X9, X12)."""

from collections.abc import Collection, Iterable

from haidang_protocol.logs import Facts, ancestors


def to_offer(held: Iterable[Facts], tips: Collection[bytes], parked: Collection[bytes] = ()) -> list[Facts]:
    """The sets of one scope that the other side lacks, predecessors first.

    Args:
        held: every set that this side holds in the scope, parked ones too.
        tips: the other side's tips; those that are not held here say nothing.
        parked: the other side's parked sets.
    """
    facts = {known.id: known for known in held}
    theirs = ancestors(tips, facts.get) | frozenset(parked)
    return sorted((known for known in facts.values() if known.id not in theirs), key=in_order)


def unknown(tips: Collection[bytes], held: Collection[bytes]) -> list[bytes]:
    """The tips of the other side that are not held here: their logs are to be asked for."""
    return sorted(set(tips).difference(held))


def in_order(facts: Facts) -> tuple[int, bytes]:
    """A sort key that puts predecessors before what follows them."""
    return (facts.position, facts.id)
