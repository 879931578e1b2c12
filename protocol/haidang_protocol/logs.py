"""Chains of change sets: what a set's place in its log says, ancestors, runs, forks, tips (SPEC L).

Everything here is a function of facts (what headers state) and of which sets are held; nothing of arrival.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Protocol

import msgspec

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import ID16
from haidang_protocol.operations import ATTEST


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What verdicts and references need to know of a set, without its values."""

    id: bytes
    key: bytes
    scope: bytes
    incarnation: int
    position: int
    previous: tuple[bytes, ...]
    acting: bytes | None
    kinds: tuple[int, ...]
    roles: tuple[str, ...]
    tag: int
    saves: int
    time: int
    distances: bool
    """Whether a reference counts back in the own log: such a set needs its ancestors to be merged."""

    @property
    def id16(self) -> bytes:
        """The half of the id that references use."""
        return self.id[:ID16]

    @property
    def log(self) -> tuple[bytes, int, bytes]:
        """(key, incarnation, scope)."""
        return (self.key, self.incarnation, self.scope)


Lookup = Callable[[bytes], Facts | None]
"""The facts of a held set by its id, None if it is not held."""


def facts_of(opened: OpenedSet) -> Facts:
    """The facts of an opened set."""
    header, body = opened.header, opened.body
    return Facts(
        id=opened.id,
        key=header.key,
        scope=header.scope,
        incarnation=header.incarnation,
        position=header.position,
        previous=header.previous,
        acting=header.acting,
        kinds=tuple(sorted(set(body.kind_column))),
        roles=tuple(sorted({str(o.address) for o in body.operations if o.kind == ATTEST}))
        if ATTEST in body.kind_column
        else (),
        tag=int.from_bytes(header.tag),
        saves=len(body.forms),
        time=header.time,
        distances=any(
            type(source) is int and source > 0
            for source in chain(body.supersedes.sources, body.covers.sources)
        ),
    )


class Holdings(Protocol):
    """Which sets are held."""

    def facts(self, set_id: bytes) -> Facts | None:
        """The facts of a held set, None if it is not held."""

    def whole(self, set_id: bytes) -> bool:
        """Whether the set and all its ancestors are held."""

    def whole_before(self, facts: Facts) -> bool:
        """Whether every predecessor is held, in the scope of the set, with all its ancestors."""


def before(facts: Facts, lookup: Lookup) -> list[Facts]:
    """The predecessors that are held. One in another scope is as good as not held: a replica of one scope cannot tell."""
    named = map(lookup, facts.previous)
    return [known for known in named if known is not None and known.scope == facts.scope]


def ancestors(tips: Iterable[bytes], lookup: Lookup) -> frozenset[bytes]:
    """The held ones of the tips and all held sets of their key and scope that can be reached back from them."""
    found: set[bytes] = set()
    todo = [known for known in map(lookup, tips) if known is not None]
    while todo:
        facts = todo.pop()
        if facts.id not in found:
            found.add(facts.id)
            todo += [known for known in before(facts, lookup) if known.key == facts.key]
    return frozenset(found)


def missing(named: Collection[bytes], lookup: Lookup) -> frozenset[bytes]:
    """The ids that are named, or met on the way back from the named, and are not held."""
    reached = ancestors(named, lookup)
    met = set(named)
    for known in map(lookup, reached):
        met.update(known.previous if known is not None else ())
    return frozenset(met - reached)


def run(tips: Iterable[bytes], bases: Iterable[bytes], lookup: Lookup) -> frozenset[bytes]:
    """The tips and their ancestors, less the bases and theirs."""
    return ancestors(tips, lookup) - ancestors(bases, lookup)


def chain_holds(facts: Facts, lookup: Lookup) -> bool:
    """Whether the predecessors fit the set; until all of them are held, nothing is said (SPEC L1)."""
    held = before(facts, lookup)
    if len(held) < len(facts.previous) or not held:
        return True
    return (
        all(known.key == facts.key and known.incarnation <= facts.incarnation for known in held)
        and max(known.position for known in held) + 1 == facts.position
    )


def tips(sets: Mapping[bytes, Facts], complete: Callable[[bytes], bool]) -> list[bytes]:
    """The ids of complete sets that no complete set follows, in ascending order."""
    whole = [known for known in sets.values() if complete(known.id)]
    followed = {previous for known in whole for previous in known.previous}
    return sorted(known.id for known in whole if known.id not in followed)


def forks(sets: Iterable[Facts]) -> list[tuple[bytes, ...]]:
    """Groups of two or more sets of one log that share a predecessor, or all have none: ascending ids (SPEC L2)."""
    followers: dict[tuple[object, ...], set[bytes]] = {}
    for known in sets:
        for previous in known.previous or (b"",):
            followers.setdefault((known.log, previous), set()).add(known.id)
    return sorted({tuple(sorted(group)) for group in followers.values() if len(group) > 1})


def ancestor_at(facts: Facts, distance: int, lookup: Lookup) -> bytes | None:
    """The ancestor in the same log `distance` positions before the set; None past a gap or a join (SPEC O6)."""
    wanted = facts.position - distance
    current: Facts | None = facts
    while current is not None and current.position > wanted:
        line = before(current, lookup)
        same = [known for known in line if known.log == facts.log]
        current = same[0] if len(same) == 1 and len(current.previous) == 1 else None
    return current.id if current is not None and current.position == wanted else None
