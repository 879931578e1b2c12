"""What follows from the headers and references of the sets held, before any verdict (SPEC L, O6)."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from haidang_protocol.body import Reference, slot_key
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.operations import SUPERSEDES

Slot = tuple[bytes, str]
"""(record id, slot key of the bytes layer)."""
NONE = frozenset[bytes]()


class Held:
    """The change sets held. If a redacted and a whole copy of one are held, the whole one speaks."""

    def __init__(self, sets: Collection[OpenedSet]) -> None:
        self.sets = {s.id: s for s in sorted(sets, key=lambda s: s.body.redacted is None)}
        self.by_id16 = {s.id16: s for s in self.sets.values()}
        self.slots: dict[bytes, list[Slot]] = {
            s.id: [
                (record, slot_key(operation.kind, operation.address))
                for record, operation in zip(s.body.record_ids, s.body.operations, strict=True)
            ]
            for s in self.sets.values()
        }
        self._ancestors: dict[bytes, frozenset[bytes]] = {}
        self._runs: dict[object, frozenset[bytes]] = {}

    def predecessors(self, s: OpenedSet) -> list[OpenedSet]:
        """Those held. One in another scope is as good as not held: who holds one scope only could not tell."""
        named = [self.sets[p] for p in s.header.previous if p in self.sets]
        return [p for p in named if p.header.scope == s.header.scope]

    def all_before(self, s: OpenedSet) -> bool:
        """Every predecessor is held."""
        return len(self.predecessors(s)) == len(s.header.previous)

    def ancestors(self, set_id: bytes) -> frozenset[bytes]:
        """A set and its ancestors in the line of its key and scope; nothing if it is not held."""
        if set_id not in self._ancestors:
            s = self.sets.get(set_id)
            line = [] if s is None else [p for p in self.predecessors(s) if p.header.key == s.header.key]
            own = frozenset() if s is None else frozenset({set_id})
            self._ancestors[set_id] = own.union(*(self.ancestors(p.id) for p in line))
        return self._ancestors[set_id]

    def run(self, tips: Iterable[bytes], bases: Iterable[bytes] = ()) -> frozenset[bytes]:
        """The named tips and their ancestors, less the named bases and theirs."""
        named = tuple(tips), tuple(bases)
        if named not in self._runs:
            kept, left_out = (NONE.union(*map(self.ancestors, ids)) for ids in named)
            self._runs[named] = kept - left_out
        return self._runs[named]

    def breaks_chain(self, s: OpenedSet) -> bool:
        """Rule L1, judged once all predecessors are held."""
        before = [p.header for p in self.predecessors(s)]
        return self.all_before(s) and (
            any(p.key != s.header.key or p.incarnation > s.header.incarnation for p in before)
            or s.header.position != max((p.position + 1 for p in before), default=0)
        )

    def forks(self) -> frozenset[frozenset[bytes]]:
        """Rule L2: the sets of one log that name one predecessor, or none."""
        following = defaultdict[object, set[bytes]](set)
        for s in self.sets.values():
            for p in s.header.previous or (None,):
                following[s.header.log, p].add(s.id)
        return frozenset(frozenset(sets) for sets in following.values() if len(sets) > 1)

    def source(self, s: OpenedSet, source: int | bytes, accepted: Collection[bytes]) -> OpenedSet | None:
        """The set that a reference of `s` points into, if that is an accepted one of the same scope (O6).

        A distance walks back through held sets of the same log that have one predecessor each; a join ends the walk.
        """
        if isinstance(source, bytes):
            named = self.by_id16.get(source)
            here = named is not None and named.id in accepted and named.header.scope == s.header.scope
            return named if here else None
        at, position = s, s.header.position - source
        while source and (at is s or at.header.position != position):
            before = [p for p in self.predecessors(at) if p.header.log == s.header.log]
            if len(at.header.previous) != 1 or not before:
                return None
            at = before[0]
        return at if at.id in accepted else None

    def superseded(
        self, s: OpenedSet, index: int, reference: Reference, accepted: Collection[bytes]
    ) -> bytes | None:
        """The identity that a supersede names, if its kind may be superseded by the operation that says so (O8)."""
        source = self.source(s, reference.source, accepted)
        if source is None:
            return None
        slot = self.slots[s.id][index]
        before = self.slots[source.id][: index if source is s else None]
        places = [at for at, other in enumerate(before) if other == slot]
        if reference.at >= len(places):
            return None
        place = places[-1 - reference.at]
        allowed = SUPERSEDES.get(s.body.operations[index].kind, frozenset())
        return source.identity(place) if source.body.operations[place].kind in allowed else None

    def covered(self, s: OpenedSet, reference: Reference, accepted: Collection[bytes]) -> bytes:
        """The identity that a cover names; a dangling one covers something that no accepted operation is."""
        source = self.source(s, reference.source, accepted)
        if source is None or reference.at >= len(source.leaves):
            return b"dangling"
        return source.identity(reference.at)
